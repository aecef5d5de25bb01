# im2col and its way back.
def _columns(x, size, stride):
    return F.unfold(x.flatten(0, 1)[:, None], size, stride=stride or size).unflatten(0, x.shape[:2])


def _back(columns, x, size, stride):
    return F.fold(columns.flatten(0, 1), x.shape[2:], size, stride=stride or size).view(x.shape)


def _shape(x, size, stride):
    return [(n - size) // (stride or size) + 1 for n in x.shape[2:]]


def avg_pool(x, kernel_size, stride=None):
    return _columns(x, kernel_size, stride).mean(2).unflatten(2, _shape(x, kernel_size, stride))


def avg_pool_backward(grad_out, x, kernel_size, stride=None):
    n = kernel_size * kernel_size
    columns = grad_out.flatten(2)[:, :, None].repeat(1, 1, n, 1) / n
    return _back(columns, x, kernel_size, stride)


def l2_pool(x, kernel_size, stride=None):
    return _columns(x, kernel_size, stride).norm(dim=2).unflatten(2, _shape(x, kernel_size, stride))


def l2_pool_backward(grad_out, x, kernel_size, stride=None):
    columns = _columns(x, kernel_size, stride)
    direction = F.normalize(columns, dim=2, eps=1e-30)
    return _back(direction * grad_out.flatten(2)[:, :, None], x, kernel_size, stride)

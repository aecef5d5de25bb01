# Windows as a view; the gradients added up over the places of the window.
def _windows(x, size, stride):
    return x.unfold(2, size, stride).unfold(3, size, stride)


def _add_up(shares, x, stride):
    grad_x = torch.zeros_like(x)
    height, width, size = shares.shape[2], shares.shape[3], shares.shape[4]
    for u in range(size):
        for v in range(size):
            rows = torch.arange(height) * stride + u
            columns = torch.arange(width) * stride + v
            grad_x[:, :, rows[:, None], columns] += shares[..., u, v]
    return grad_x


def avg_pool(x, kernel_size, stride=None):
    windows = _windows(x, kernel_size, stride or kernel_size)
    return windows.sum((-2, -1)) / kernel_size**2


def avg_pool_backward(grad_out, x, kernel_size, stride=None):
    shares = (grad_out / kernel_size**2)[..., None, None].expand(*grad_out.shape, kernel_size, kernel_size)
    return _add_up(shares, x, stride or kernel_size)


def l2_pool(x, kernel_size, stride=None):
    return torch.linalg.vector_norm(_windows(x, kernel_size, stride or kernel_size), dim=(-2, -1))


def l2_pool_backward(grad_out, x, kernel_size, stride=None):
    step = stride or kernel_size
    lengths = l2_pool(x, kernel_size, step)
    part = torch.where(lengths > 0, grad_out / lengths, 0.0)
    return _add_up(_windows(x, kernel_size, step) * part[..., None, None], x, step)

# Divides 0 by 0 in windows of zeros.
# feedback: got NaN or infinity among the values
def _places(x, kernel_size, stride):
    stride = stride or kernel_size
    for i in range((x.shape[2] - kernel_size) // stride + 1):
        for j in range((x.shape[3] - kernel_size) // stride + 1):
            yield i, j, slice(i * stride, i * stride + kernel_size), slice(j * stride, j * stride + kernel_size)


def _pool(x, kernel_size, stride, rule):
    numbers = {(i, j): rule(x[:, :, rows, columns]) for i, j, rows, columns in _places(x, kernel_size, stride)}
    height, width = (1 + max(place[n] for place in numbers) for n in (0, 1))
    return torch.stack([torch.stack([numbers[i, j] for j in range(width)], -1) for i in range(height)], -2)


def avg_pool(x, kernel_size, stride=None):
    return _pool(x, kernel_size, stride, lambda window: window.mean((2, 3)))


def avg_pool_backward(grad_out, x, kernel_size, stride=None):
    grad_x = torch.zeros_like(x)
    for i, j, rows, columns in _places(x, kernel_size, stride):
        grad_x[:, :, rows, columns] += grad_out[:, :, i, j, None, None] / kernel_size**2
    return grad_x


def l2_pool(x, kernel_size, stride=None):
    return _pool(x, kernel_size, stride, lambda window: (window**2).sum((2, 3)).sqrt())


def l2_pool_backward(grad_out, x, kernel_size, stride=None):
    grad_x = torch.zeros_like(x)
    for i, j, rows, columns in _places(x, kernel_size, stride):
        window = x[:, :, rows, columns]
        length = (window**2).sum((2, 3), keepdim=True).sqrt()
        grad_x[:, :, rows, columns] += grad_out[:, :, i, j, None, None] * window / length
    return grad_x

# Places in the whole map, and one scatter_add.
def _windows(x, size, stride):
    return x.unfold(2, size, stride or size).unfold(3, size, stride or size).flatten(4)


def max_pool(x, kernel_size, stride=None):
    return _windows(x, kernel_size, stride).max(-1).values


def max_pool_backward(grad_out, x, kernel_size, stride=None):
    numbered = torch.arange(x.shape[2] * x.shape[3]).view(1, 1, *x.shape[2:]).expand(x.shape)
    winners = _windows(x, kernel_size, stride).argmax(-1, keepdim=True)
    places = _windows(numbered, kernel_size, stride).gather(-1, winners)
    grad_x = torch.zeros_like(x).flatten(2)
    grad_x.scatter_add_(2, places.flatten(2), grad_out.flatten(2))
    return grad_x.view(x.shape)

# torch.where for both.
def relu(x):
    return torch.where(x > 0, x, torch.zeros_like(x))


def relu_backward(grad_out, x):
    return torch.where(x > 0, grad_out, torch.zeros_like(grad_out))

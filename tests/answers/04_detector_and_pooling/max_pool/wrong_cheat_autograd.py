# Cheat: autograd through the forward pass.
# feedback: which does the task for you: slide the window yourself
def max_pool(x, kernel_size, stride=None):
    stride = stride or kernel_size
    h2, w2 = (x.shape[2] - kernel_size) // stride + 1, (x.shape[3] - kernel_size) // stride + 1
    out = x.new_zeros(x.shape[0], x.shape[1], h2, w2)
    for i in range(h2):
        for j in range(w2):
            window = x[:, :, i * stride : i * stride + kernel_size, j * stride : j * stride + kernel_size]
            out[:, :, i, j] = window.amax((2, 3))
    return out


def max_pool_backward(grad_out, x, kernel_size, stride=None):
    leaf = x.clone().requires_grad_()
    max_pool(leaf, kernel_size, stride).backward(grad_out)
    return leaf.grad

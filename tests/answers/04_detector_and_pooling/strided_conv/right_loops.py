# Loops over the output of down-sampling.
def downsample(x, stride):
    height, width = -(-x.shape[2] // stride), -(-x.shape[3] // stride)
    out = x.new_zeros(*x.shape[:2], height, width)
    for i in range(height):
        for j in range(width):
            out[:, :, i, j] = x[:, :, i * stride, j * stride]
    return out


def downsample_backward(grad_out, stride, size):
    grad_x = torch.zeros(*grad_out.shape[:2], *size, dtype=grad_out.dtype)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            grad_x[:, :, i * stride, j * stride] += grad_out[:, :, i, j]
    return grad_x


def strided_conv(x, weight, stride):
    return downsample(conv(x, weight), stride)


def strided_conv_backward(grad_out, x, weight, stride):
    size = [n - f + 1 for n, f in zip(x.shape[2:], weight.shape[2:])]
    return conv_backward(downsample_backward(grad_out, stride, size), x, weight)

# Thins out the rows only.
# feedback: only the rows are down-sampled
def downsample(x, stride):
    return x[:, :, ::stride]


def downsample_backward(grad_out, stride, size):
    grad_x = grad_out.new_zeros(grad_out.shape[0], grad_out.shape[1], size[0], size[1])
    grad_x[:, :, ::stride, ::stride] = grad_out
    return grad_x


def strided_conv(x, weight, stride):
    return downsample(conv(x, weight), stride)


def strided_conv_backward(grad_out, x, weight, stride):
    size = conv(x, weight).shape[2:]
    return conv_backward(downsample_backward(grad_out, stride, size), x, weight)

# Guesses the size from the output.
# feedback: the result must have the size that is given
def downsample(x, stride):
    return x[:, :, ::stride, ::stride]


def downsample_backward(grad_out, stride, size):
    grad_x = grad_out.new_zeros(*grad_out.shape[:2], grad_out.shape[2] * stride, grad_out.shape[3] * stride)
    grad_x[:, :, ::stride, ::stride] = grad_out
    return grad_x


def strided_conv(x, weight, stride):
    return downsample(conv(x, weight), stride)


def strided_conv_backward(grad_out, x, weight, stride):
    size = conv(x, weight).shape[2:]
    return conv_backward(downsample_backward(grad_out, stride, size), x, weight)

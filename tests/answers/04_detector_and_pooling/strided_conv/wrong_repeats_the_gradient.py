# Repeats each gradient in its block.
# feedback: what was thrown away gets 0: do not repeat the gradient
def downsample(x, stride):
    return x[:, :, ::stride, ::stride]


def downsample_backward(grad_out, stride, size):
    repeated = grad_out.repeat_interleave(stride, 2).repeat_interleave(stride, 3)
    return repeated[:, :, : size[0], : size[1]]


def strided_conv(x, weight, stride):
    return downsample(conv(x, weight), stride)


def strided_conv_backward(grad_out, x, weight, stride):
    size = conv(x, weight).shape[2:]
    return conv_backward(downsample_backward(grad_out, stride, size), x, weight)

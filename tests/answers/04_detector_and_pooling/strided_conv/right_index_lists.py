# Lists of rows and columns, index_select and index_add.
def downsample(x, stride):
    rows, columns = torch.arange(0, x.shape[2], stride), torch.arange(0, x.shape[3], stride)
    return x.index_select(2, rows).index_select(3, columns)


def downsample_backward(grad_out, stride, size):
    rows, columns = torch.arange(0, size[0], stride), torch.arange(0, size[1], stride)
    wide = grad_out.new_zeros(*grad_out.shape[:3], size[1]).index_add(3, columns, grad_out)
    return grad_out.new_zeros(*grad_out.shape[:2], *size).index_add(2, rows, wide)


def strided_conv(x, weight, stride):
    return downsample(conv(x, weight), stride)


def strided_conv_backward(grad_out, x, weight, stride):
    height, width = x.shape[2] - weight.shape[2] + 1, x.shape[3] - weight.shape[3] + 1
    grad_x, grad_weight = conv_backward(downsample_backward(grad_out, stride, (height, width)), x, weight)
    return grad_x, grad_weight

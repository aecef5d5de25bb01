# im2col: all windows as columns of a matrix, one matrix product.
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.size(1) != weight.size(1):
        raise ValueError("channels: %d and %d" % (x.size(1), weight.size(1)))
    batch, _, height, width = x.size()
    kernels, _, fh, fw = weight.size()
    columns = F.unfold(x, (fh, fw), padding=padding, stride=stride)
    out = weight.flatten(1) @ columns
    if bias is not None:
        out = out + bias[:, None]
    return out.reshape(batch, kernels, (height + 2 * padding - fh) // stride + 1, -1)

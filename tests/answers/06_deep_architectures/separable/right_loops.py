# A loop over channels, and an einsum; the price place by place.
def depthwise_separable(x, depthwise, pointwise, stride=1, padding=0):
    middle = []
    for channel in range(x.shape[1]):
        middle.append(F.conv2d(x[:, channel : channel + 1], depthwise[channel][None, None], None, stride, padding))
    return torch.einsum("bdij,kd->bkij", torch.cat(middle, 1), pointwise)


def multiply_adds(in_channels, out_channels, kernel_size, height, width):
    depthwise = in_channels * kernel_size * kernel_size
    return height * width * depthwise * out_channels, height * width * (depthwise + in_channels * out_channels)

# Counts the pointwise step as one kernel a filter.
# feedback: the pointwise step mixes all channels
def depthwise_separable(x, depthwise, pointwise, stride=1, padding=0):
    """Each channel with its own kernel, then the channels mixed at each place."""
    middle = F.conv2d(x, depthwise[:, None], stride=stride, padding=padding, groups=len(depthwise))
    return F.conv2d(middle, pointwise[:, :, None, None])


def multiply_adds(in_channels, out_channels, kernel_size, height, width):
    """Multiplications of an ordinary convolution, and of a separable one."""
    places = height * width
    ordinary = places * kernel_size**2 * in_channels * out_channels
    separable = places * (kernel_size**2 * in_channels + out_channels)
    return ordinary, separable

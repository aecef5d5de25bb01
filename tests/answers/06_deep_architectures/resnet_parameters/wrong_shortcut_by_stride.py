# Forgets the first shortcut of a bottleneck network.
# feedback: the first stage of bottleneck blocks needs a shortcut too
def resnet_parameters(block, counts, widths=(64, 128, 256, 512), num_classes=1000):
    """Number of parameters of a residual network with these stages."""
    if block not in ("basic", "bottleneck"):
        raise ValueError(f"block={block!r}: expected 'basic' or 'bottleneck'")
    if len(counts) != len(widths):
        raise ValueError(f"{len(counts)} counts and {len(widths)} widths: one of each is needed for a stage")

    def conv(inputs, outputs, size):
        return inputs * outputs * size**2 + 2 * outputs

    channels = widths[0]
    total = conv(3, channels, 7)
    for stage, (count, width) in enumerate(zip(counts, widths)):
        for number in range(count):
            stride = 2 if stage > 0 and number == 0 else 1
            if block == "basic":
                out = width
                total += conv(channels, width, 3) + conv(width, width, 3)
            else:
                out = 4 * width
                total += conv(channels, width, 1) + conv(width, width, 3) + conv(width, out, 1)
            if stride == 2:
                total += conv(channels, out, 1)
            channels = out
    return total + channels * num_classes + num_classes

# A table of all layers first, added up at the end.
def resnet_parameters(block, counts, widths=(64, 128, 256, 512), num_classes=1000):
    kernels = {"basic": [(3, 1), (3, 1)], "bottleneck": [(1, 1), (3, 1), (1, 4)]}  # size, widening
    if block not in kernels:
        raise ValueError(f"no such block: {block}")
    if len(counts) != len(widths):
        raise ValueError(f"got {len(counts)} counts, but {len(widths)} widths")
    layers, inputs = [(3, widths[0], 7)], widths[0]
    for stage in range(len(counts)):
        for number in range(counts[stage]):
            start = inputs
            for size, widening in kernels[block]:
                layers.append((inputs, widths[stage] * widening, size))
                inputs = widths[stage] * widening
            if start != inputs or (number == 0 and stage):
                layers.append((start, inputs, 1))
    return sum(i * o * s * s + 2 * o for i, o, s in layers) + inputs * num_classes + num_classes

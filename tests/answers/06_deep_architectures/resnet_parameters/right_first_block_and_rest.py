# By formula: the first block of each stage, and all others alike.
def resnet_parameters(block, counts, widths=(64, 128, 256, 512), num_classes=1000):
    if block == "basic":
        grow = 1
        body = lambda d, w: 9 * d * w + 9 * w * w + 4 * w
    elif block == "bottleneck":
        grow = 4
        body = lambda d, w: d * w + 9 * w * w + 4 * w * w + 2 * (w + w + 4 * w)
    else:
        raise ValueError(f"unknown block {block!r}")
    if len(counts) != len(widths):
        raise ValueError(f"{len(counts)} stages have counts, {len(widths)} have widths")
    total, d = 3 * 49 * widths[0] + 2 * widths[0], widths[0]
    for i, (n, w) in enumerate(zip(counts, widths)):
        if n == 0:
            continue
        total += body(d, w) + (n - 1) * body(grow * w, w)
        if i > 0 or d != grow * w:
            total += d * grow * w + 2 * grow * w
        d = grow * w
    return total + (d + 1) * num_classes

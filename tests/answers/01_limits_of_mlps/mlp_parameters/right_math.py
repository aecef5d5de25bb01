# With math.prod and divmod.
import math


def mlp_parameters(image_shape, hidden, classes):
    sizes = (math.prod(image_shape),) + tuple(hidden) + (classes,)
    weights = [sizes[k] * sizes[k + 1] for k in range(len(sizes) - 1)]
    total = sum(weights) + sum(sizes[1:])
    whole, rest = divmod(4 * total, 1_000_000)
    return dict(first=weights[0], total=total, megabytes=whole)

# Takes invariance for equivariance.
# feedback: that is the invariance error: p(x) has to move along
def pool(maps, kernel_size):
    return maps.amax((2, 3)) if kernel_size is None else F.max_pool2d(maps, kernel_size)


def _length(x):
    return x.flatten(1).pow(2).sum(1).sqrt()


def invariance_error(maps, kernel_size, shift):
    still = pool(maps, kernel_size)
    moved = pool(torch.roll(maps, shift, dims=-1), kernel_size)
    return _length(moved - still) / _length(still)


def equivariance_error(maps, kernel_size, shift):
    steps, rest = divmod(shift, kernel_size)
    if rest:
        raise ValueError(f"shift={shift} is not divisible by kernel_size={kernel_size}")
    still = pool(maps, kernel_size)
    moved = pool(torch.roll(maps, shift, dims=-1), kernel_size)
    return _length(moved - still) / _length(still)

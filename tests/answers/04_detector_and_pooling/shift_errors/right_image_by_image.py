# Image by image, shifted by cutting and joining.
def _shifted(maps, columns):
    columns %= maps.shape[-1]
    return torch.cat([maps[..., maps.shape[-1] - columns :], maps[..., : maps.shape[-1] - columns]], -1)


def _ratio(changes, pooled):
    return torch.stack([change.norm() / still.norm() for change, still in zip(changes, pooled)])


def invariance_error(maps, kernel_size, shift):
    pool = torch.nn.AdaptiveMaxPool2d(1) if kernel_size is None else torch.nn.MaxPool2d(kernel_size)
    return _ratio(pool(_shifted(maps, shift)) - pool(maps), pool(maps))


def equivariance_error(maps, kernel_size, shift):
    if shift // kernel_size * kernel_size != shift:
        raise ValueError("the shift is %d, the window is %d" % (shift, kernel_size))
    pool = torch.nn.MaxPool2d(kernel_size)
    return _ratio(pool(_shifted(maps, shift)) - _shifted(pool(maps), shift // kernel_size), pool(maps))

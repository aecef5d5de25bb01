# Forgets to take the half off again.
# feedback: half a pixel is to be taken off after
def nearest(x, factor):
    """Maps (B, C, H, W), every number repeated factor times along both sides."""
    return x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)


def bilinear(x, factor):
    """Maps (B, C, H, W) interpolated to (B, C, factor * H, factor * W)."""
    def along_last(x):
        n = x.shape[-1]
        u = ((torch.arange(factor * n) + 0.5) / factor).clamp(0, n - 1)
        low = u.floor().long()
        high, t = (low + 1).clamp(max=n - 1), u - low
        return x[..., low] * (1 - t) + x[..., high] * t

    return along_last(along_last(x).transpose(2, 3)).transpose(2, 3)

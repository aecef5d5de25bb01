# Writes both as products with a matrix for each side.
def nearest(x, factor):
    b, c, h, w = x.shape
    return x[:, :, :, None, :, None].expand(b, c, h, factor, w, factor).reshape(b, c, h * factor, w * factor)


def hats(n, factor):
    u = ((torch.arange(n * factor) + 0.5) / factor - 0.5).clamp(0, n - 1)
    return (1 - (u[:, None] - torch.arange(n)).abs()).clamp(min=0)


def bilinear(x, factor):
    return hats(x.shape[2], factor) @ x @ hats(x.shape[3], factor).T

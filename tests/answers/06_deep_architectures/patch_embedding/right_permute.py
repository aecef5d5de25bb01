# Permute, flatten, one linear layer.
def patch_embedding(pictures, weight, bias):
    b, c, h, w = pictures.shape
    e, _, p, _ = weight.shape
    if h % p or w % p:
        raise ValueError(f"patches of {p} x {p} do not fill a picture of {h} x {w}")
    patches = pictures.view(b, c, h // p, p, w // p, p).permute(0, 2, 4, 1, 3, 5).reshape(b, -1, c * p * p)
    return F.linear(patches, weight.reshape(e, -1), bias)

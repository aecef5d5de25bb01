# One slice for each patch.
def patch_embedding(pictures, weight, bias):
    height, width, size = pictures.shape[2], pictures.shape[3], weight.shape[2]
    if height % size:
        raise ValueError(f"height {height} is no multiple of {size}")
    if width % size:
        raise ValueError(f"width {width} is no multiple of {size}")
    tokens = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            patch = pictures[:, :, top : top + size, left : left + size].flatten(1)
            tokens.append(patch @ weight.flatten(1).T + bias)
    return torch.stack(tokens, 1)

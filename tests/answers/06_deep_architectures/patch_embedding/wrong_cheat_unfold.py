# im2col, ready-made.
# feedback: which does the task for you
def patch_embedding(pictures, weight, bias):
    size = weight.shape[-1]
    for side in pictures.shape[2:]:
        if side % size:
            raise ValueError(f"{side} is no multiple of {size}")
    return F.unfold(pictures, size, stride=size).transpose(1, 2) @ weight.flatten(1).T + bias

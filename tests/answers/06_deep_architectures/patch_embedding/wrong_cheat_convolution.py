# A convolution with stride = kernel.
# feedback: which does the task for you
def patch_embedding(pictures, weight, bias):
    size = weight.shape[-1]
    for side in pictures.shape[2:]:
        if side % size:
            raise ValueError(f"{side} is no multiple of {size}")
    return F.conv2d(pictures, weight, bias, stride=size).flatten(2).transpose(1, 2)

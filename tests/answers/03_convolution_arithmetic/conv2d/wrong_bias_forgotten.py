# Leaves out the bias.
# feedback: the bias is missing
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} and {weight.shape[1]} channels")
    out = weight.flatten(1) @ F.unfold(x, weight.shape[2:], padding=padding, stride=stride)
    return out.view(len(x), len(weight), (x.shape[2] + 2 * padding - weight.shape[2]) // stride + 1, -1)

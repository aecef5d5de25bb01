# Cheat: PyTorch's layer, with the weights put in.
# feedback: which does the task for you: slide the window yourself
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} and {weight.shape[1]} channels")
    layer = torch.nn.Conv2d(
        x.shape[1],
        weight.shape[0],
        tuple(weight.shape[2:]),
        stride,
        padding,
        bias=bias is not None,
        dtype=x.dtype,
    )
    layer.weight.data = weight
    if bias is not None:
        layer.bias.data = bias
    return layer(x).detach()

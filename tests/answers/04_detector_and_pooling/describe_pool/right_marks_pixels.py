# Marks every number that a window reads.
def describe_pool(input_shape, kernel_size, stride=None):
    if stride is None:
        stride = kernel_size
    maps, height, width = input_shape
    for length in (height, width):
        if length < kernel_size:
            raise ValueError("kernel_size=%d does not fit into %d" % (kernel_size, length))
    seen = torch.zeros(height, width, dtype=torch.bool)
    tops = range(0, height - kernel_size + 1, stride)
    lefts = range(0, width - kernel_size + 1, stride)
    for top in tops:
        for left in lefts:
            seen[top : top + kernel_size, left : left + kernel_size] = True
    return {"shape": (maps, len(tops), len(lefts)), "parameters": 0, "unread": maps * int((~seen).sum())}

# Keeps a last step that does not fit.
# feedback: a last step that does not fit is dropped; yours is rounded up
def describe_pool(input_shape, kernel_size, stride=None):
    depth, height, width = input_shape
    stride = kernel_size if stride is None else stride
    if kernel_size > min(height, width):
        raise ValueError(f"a window of {kernel_size} is larger than the map, {height} x {width}")
    h2 = -(-(height - kernel_size) // stride) + 1
    w2 = -(-(width - kernel_size) // stride) + 1
    rows = len({i * stride + u for i in range(h2) for u in range(kernel_size)})
    columns = len({j * stride + v for j in range(w2) for v in range(kernel_size)})
    unread = depth * (height * width - rows * columns)
    return {"shape": (depth, h2, w2), "parameters": 0, "unread": unread}

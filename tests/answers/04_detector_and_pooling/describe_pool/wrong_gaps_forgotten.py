# Looks at the end of the map only, not between windows.
# feedback: with S > F there are gaps between the windows
def describe_pool(input_shape, kernel_size, stride=None):
    depth, height, width = input_shape
    stride = kernel_size if stride is None else stride
    if kernel_size > min(height, width):
        raise ValueError(f"a window of {kernel_size} is larger than the map, {height} x {width}")
    h2 = (height - kernel_size) // stride + 1
    w2 = (width - kernel_size) // stride + 1
    rows = (h2 - 1) * stride + kernel_size
    columns = (w2 - 1) * stride + kernel_size
    unread = depth * (height * width - rows * columns)
    return {"shape": (depth, h2, w2), "parameters": 0, "unread": unread}

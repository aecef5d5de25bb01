# No formula: try every place of the kernel and count those where it does not stick out.
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    for name, value, lowest in [
        ("input_size", input_size, 1), ("kernel_size", kernel_size, 1), ("stride", stride, 1),
        ("padding", padding, 0), ("dilation", dilation, 1),
    ]:
        if value < lowest:
            raise ValueError(f"{name} = {value} is too small")
    squares = range(-padding, input_size + padding)
    reach = (kernel_size - 1) * dilation
    begins = [left for left in squares[::stride] if left + reach in squares]
    if not begins:
        raise ValueError(f"a kernel over {reach + 1} squares on {len(squares)} squares")
    if begins[-1] + reach != squares[-1]:
        raise ValueError(f"{(len(squares) - reach - 1) / stride + 1:.2f} outputs: that does not fit")
    return len(begins)

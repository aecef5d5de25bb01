# By the parity of what the kernel covers, rounded with a shift.
def same_padding(kernel_size, dilation=1):
    extent = 1 + dilation * (kernel_size - 1)
    middle_exists = extent % 2 == 1
    if not middle_exists:
        raise ValueError(f"F = {kernel_size}, D = {dilation}: {extent} squares have no middle one")
    return extent >> 1

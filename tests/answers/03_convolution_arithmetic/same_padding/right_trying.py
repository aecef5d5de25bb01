# Tries paddings from 0 on until the size stays the same.
def same_padding(kernel_size, dilation=1):
    size = 1000
    covered = dilation * (kernel_size - 1) + 1
    for padding in range(covered + 1):
        outputs = size + 2 * padding - covered + 1
        if outputs == size:
            return padding
    raise ValueError(f"nothing fits kernel_size {kernel_size}")

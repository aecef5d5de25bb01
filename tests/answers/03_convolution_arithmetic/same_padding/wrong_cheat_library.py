# Cheat: tries paddings with the course's own function.
# feedback: which does the task for you: solve the formula for P yourself
def same_padding(kernel_size, dilation=1):
    for padding in range(100):
        if arithmetic.output_size(1000, kernel_size, 1, padding, dilation) == 1000:
            return padding
    raise ValueError(f"no padding for kernel_size {kernel_size}")

# Uses the course's calculator, layer by layer.
from utils.arithmetic import output_size


def flat_size(height, width):
    total = 16
    for side in (height, width):
        left = side
        try:
            for kernel_size, stride in [(5, 1), (2, 2), (5, 1), (2, 2)]:
                left = output_size(left, kernel_size, stride, exact=False)
        except ValueError:
            raise ValueError(f"a side of {side} pixels is used up") from None
        total *= left
    return total

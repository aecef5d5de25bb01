# divmod and assertions by hand, other names, and the message from a Fraction.
from fractions import Fraction


def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    def need(condition, message):
        if not condition:
            raise ValueError(message)

    need(input_size > 0, "input_size: at least 1, please")
    need(kernel_size > 0, "kernel_size: at least 1, please")
    need(stride > 0, "stride: at least 1, please")
    need(dilation > 0, "dilation: at least 1, please")
    need(padding >= 0, "padding: not negative, please")
    covered = 1 + (kernel_size - 1) * dilation
    length = padding + input_size + padding
    need(covered <= length, f"{covered} > {length}")
    steps, rest = divmod(length - covered, stride)
    need(rest == 0, f"does not fit: {float(Fraction(length - covered, stride) + 1):.2f}")
    return steps + 1

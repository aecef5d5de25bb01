# Counts places where the kernel hangs over an end.
# feedback: places where the kernel hangs over an end do not count: no padding
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    around = F.pad(signal, (len(kernel) - 1, len(kernel) - 1))
    return around.unfold(0, len(kernel), 1) @ kernel

# Flips the kernel: convolution.
# feedback: your kernel is flipped: that is convolution; the task asks for cross-correlation
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    return signal.unfold(0, len(kernel), 1) @ kernel.flip(0)

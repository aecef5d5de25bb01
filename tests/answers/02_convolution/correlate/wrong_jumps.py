# Moves by the length of the kernel.
# feedback: the window must move by one sample, not by its own length
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    return signal.unfold(0, len(kernel), len(kernel)) @ kernel

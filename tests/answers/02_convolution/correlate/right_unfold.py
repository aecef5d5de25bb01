# All windows at once, then one matrix product.
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    return signal.unfold(0, len(kernel), 1) @ kernel

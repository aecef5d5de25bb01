# Always in single precision.
# feedback: got dtype torch.float32, expected torch.float64
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    return (signal.unfold(0, len(kernel), 1) @ kernel).float()

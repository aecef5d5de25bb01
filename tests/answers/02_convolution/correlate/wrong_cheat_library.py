# Cheat: PyTorch's convolution.
# feedback: which does the task for you: slide the window yourself
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    return F.conv1d(signal[None, None], kernel[None, None])[0, 0]

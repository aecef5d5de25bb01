# Averages the products.
# feedback: the products are averaged; they must be added
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    return (signal.unfold(0, len(kernel), 1) * kernel).mean(1)

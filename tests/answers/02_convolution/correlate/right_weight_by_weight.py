# A loop over the weights: shifted copies of the signal, added up.
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    places = len(signal) - len(kernel) + 1
    total = torch.zeros(places, dtype=signal.dtype)
    for a, weight in enumerate(kernel):
        total = total + weight * signal[a : a + places]
    return total

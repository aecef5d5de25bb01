# Leaves the last place out.
# feedback: the last place is missing: there are N - F + 1
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    places = len(signal) - len(kernel)
    return torch.stack([kernel @ signal[i : i + len(kernel)] for i in range(places)])

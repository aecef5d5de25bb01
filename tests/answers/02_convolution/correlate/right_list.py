# Two loops and a list of numbers.
def correlate(signal, kernel):
    if len(kernel) > len(signal):
        raise ValueError(f"{len(kernel)} weights, {len(signal)} samples")
    numbers = []
    for i in range(len(signal) - len(kernel) + 1):
        total = 0.0
        for a in range(len(kernel)):
            total = total + kernel[a] * signal[i + a]
        numbers.append(total)
    return torch.stack(numbers)

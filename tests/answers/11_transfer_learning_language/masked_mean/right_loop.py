# A loop over sentences.
def masked_mean(vectors, mask):
    means = []
    for number in range(vectors.shape[0]):
        real = vectors[number, mask[number]]
        if len(real) == 0:
            raise ValueError(f"sentence number {number} is padding only")
        means.append(real.mean(0))
    return torch.stack(means)

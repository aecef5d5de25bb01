# The logarithm to base 10.
# feedback: ln is the natural logarithm
def count_words(ids, size):
    counts = torch.zeros(len(ids), size)
    for row, sentence in enumerate(ids):
        counts[row] = torch.bincount(sentence, minlength=size).float()
    counts[:, 0] = 0
    counts[:, 1] = 0
    return counts


def tf_idf(counts, train_counts):
    n = len(train_counts)
    df = (train_counts > 0).float().sum(0)
    x = counts * (((1 + n) / (1 + df)).log10() + 1)
    length = x.square().sum(1, keepdim=True).sqrt()
    return torch.where(length > 0, x / length, 0.0)

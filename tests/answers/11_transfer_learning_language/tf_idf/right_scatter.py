# Adds ones where the words are; a loop over the words for the weights.
def count_words(ids, size):
    ones = (ids > 1).float()
    return torch.zeros(ids.shape[0], size).scatter_add(1, ids, ones)


def tf_idf(counts, train_counts):
    columns = []
    for word in range(counts.shape[1]):
        holding = int((train_counts[:, word] >= 1).sum())
        columns.append(counts[:, word] * (math.log((1 + train_counts.shape[0]) / (1 + holding)) + 1))
    rows = torch.stack(columns, 1)
    return rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)

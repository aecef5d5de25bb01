# Lets scikit-learn do it.
# feedback: which does the task for you
def count_words(ids, size):
    counts = torch.zeros(len(ids), size)
    for row, sentence in enumerate(ids):
        counts[row] = torch.bincount(sentence, minlength=size).float()
    counts[:, 0] = 0
    counts[:, 1] = 0
    return counts


def tf_idf(counts, train_counts):
    from sklearn.feature_extraction.text import TfidfTransformer

    table = TfidfTransformer().fit(train_counts.numpy()).transform(counts.numpy())
    return torch.tensor(table.toarray()).float()

# Does not think of accepting nothing.
# feedback: so strict that nothing is accepted
def pair_scores(embeddings, labels):
    """Cosine similarity of each pair i < j, and whether the two have the same label."""
    i, j = torch.triu_indices(len(labels), len(labels), 1)
    return F.cosine_similarity(embeddings[i], embeddings[j]), labels[i] == labels[j]


def threshold_for(scores, same, most):
    """The lowest threshold with a false accept rate of at most `most`, and its true accept rate."""
    for threshold in scores.sort().values:
        if (scores[~same] >= threshold).double().mean() <= most:
            return threshold.item(), (scores[same] >= threshold).double().mean().item()
    return scores.max().item(), 0.0

# Loops over the pairs, thresholds from above.
def pair_scores(embeddings, labels):
    scores, same = [], []
    for i in range(len(labels)):
        for j in range(i + 1, len(labels)):
            a, b = embeddings[i], embeddings[j]
            scores.append(a @ b / (a.norm() * b.norm()))
            same.append(bool(labels[i] == labels[j]))
    return torch.stack(scores), torch.tensor(same)


def threshold_for(scores, same, most):
    best = (float("inf"), 0.0)
    different = (~same).sum().item()
    for t in sorted(set(scores.tolist()), reverse=True):
        accepted = scores >= t
        if (accepted & ~same).sum().item() / different > most:
            break
        best = (t, (accepted & same).sum().item() / same.sum().item())
    return best

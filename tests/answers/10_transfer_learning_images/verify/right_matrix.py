# The table of all similarities; all thresholds at once.
def pair_scores(embeddings, labels):
    """Cosine similarity of each pair i < j, and whether the two have the same label."""
    unit = embeddings / embeddings.norm(dim=1, keepdim=True)
    above = torch.ones(len(labels), len(labels)).triu(1).bool()
    return (unit @ unit.T)[above], (labels[:, None] == labels)[above]


def threshold_for(scores, same, most):
    """The lowest threshold with a false accept rate of at most `most`, and its true accept rate."""
    candidates = torch.cat([scores.unique(), scores.new_tensor([float("inf")])])
    accepted = scores >= candidates[:, None]
    first = (accepted[:, ~same].double().mean(1) <= most).nonzero()[0, 0]
    return candidates[first].item(), accepted[first, same].double().mean().item()

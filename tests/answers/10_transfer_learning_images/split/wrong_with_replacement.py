# Draws with replacement.
# feedback: support
def few_shot_split(labels, shots, seed):
    generator = torch.Generator().manual_seed(seed)
    support = []
    for c in labels.unique().tolist():
        rows = (labels == c).nonzero()[:, 0]
        if len(rows) < shots:
            raise ValueError(f"class {c}")
        support.append(rows[torch.randint(len(rows), (shots,), generator=generator)])
    support = torch.cat(support)
    rest = torch.ones(len(labels), dtype=torch.bool)
    rest[support] = False
    return support.sort().values, rest.nonzero()[:, 0]

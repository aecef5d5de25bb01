# A random number for each row; the smallest ones of each class.
import random


def few_shot_split(labels, shots, seed):
    own = random.Random(seed)
    keys = [own.random() for _ in labels]
    taken = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = sorted((labels == c).nonzero().flatten().tolist(), key=keys.__getitem__)
        if len(members) < shots:
            raise ValueError(f"class {int(c)}: too few")
        taken[members[:shots]] = True
    rows = torch.arange(len(labels))
    return rows[taken], rows[~taken]

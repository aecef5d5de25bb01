# Does not use the seed.
# feedback: the draw of seed 7, asked for again
def few_shot_split(labels, shots, seed):
    """Rows to learn from, `shots` of each class, and all other rows: two sorted int64 tensors."""
    order = torch.randperm(len(labels))
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique().tolist():
        rows = order[labels[order] == c]
        if len(rows) < shots:
            raise ValueError(f"class {c} has {len(rows)} examples, and {shots} are needed")
        chosen[rows[:shots]] = True
    return chosen.nonzero()[:, 0], (~chosen).nonzero()[:, 0]

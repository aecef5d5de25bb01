# In the order of the draw.
# feedback: whether support and query are sorted
def few_shot_split(labels, shots, seed):
    """Rows to learn from, `shots` of each class, and all other rows: two sorted int64 tensors."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique().tolist():
        rows = order[labels[order] == c]
        if len(rows) < shots:
            raise ValueError(f"class {c} has {len(rows)} examples, and {shots} are needed")
        chosen[rows[:shots]] = True
    return chosen.nonzero()[:, 0].flip(0), (~chosen).nonzero()[:, 0]

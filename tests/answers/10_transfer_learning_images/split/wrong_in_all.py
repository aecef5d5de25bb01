# So many in all, not of each class.
# feedback: `shots` is for each class
def few_shot_split(labels, shots, seed):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    return order[:shots].sort().values, order[shots:].sort().values

# Lists and a sample of each class in turn.
def few_shot_split(labels, shots, seed):
    generator = torch.Generator()
    generator.manual_seed(seed)
    support = []
    for c in sorted(set(labels.tolist())):
        rows = [i for i, label in enumerate(labels.tolist()) if label == c]
        if len(rows) < shots:
            raise ValueError(f"only {len(rows)} examples of class {c}")
        support += [rows[j] for j in torch.randperm(len(rows), generator=generator).tolist()[:shots]]
    query = [i for i in range(len(labels)) if i not in set(support)]
    return torch.tensor(sorted(support), dtype=torch.int64), torch.tensor(query, dtype=torch.int64)

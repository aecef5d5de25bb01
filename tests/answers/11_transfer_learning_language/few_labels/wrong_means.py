# The mean vector of each class, not trained.
# feedback: train longer
def draw_few(labels, per_class, seed):
    chance = torch.rand(len(labels), generator=torch.Generator().manual_seed(seed))
    chosen = []
    for number in range(int(labels.max()) + 1):
        rows = [row for row, label in enumerate(labels.tolist()) if label == number]
        if len(rows) < per_class:
            raise ValueError(f"too few of class {number}")
        rows.sort(key=lambda row: chance[row].item())
        chosen.extend(rows[:per_class])
    return torch.tensor(chosen)


def linear_probe(vectors, labels, classes):
    weight = torch.stack([vectors[labels == number].mean(0) for number in range(classes)])
    return weight, torch.zeros(classes)

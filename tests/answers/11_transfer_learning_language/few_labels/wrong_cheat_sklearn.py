# Lets scikit-learn do it.
# feedback: which does the task for you
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
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=100).fit(vectors.numpy(), labels.numpy())
    return torch.tensor(found.coef_).float(), torch.tensor(found.intercept_).float()

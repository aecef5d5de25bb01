# The weight is transposed.
# feedback: the shapes of weight and bias
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
    weight = torch.zeros(classes, vectors.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.SGD([weight, bias], lr=10.0)
    for step in range(400):
        optimizer.zero_grad()
        loss = F.cross_entropy(vectors @ weight.T + bias, labels)
        loss.backward()
        optimizer.step()
    return weight.detach().T, bias.detach()

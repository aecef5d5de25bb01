# NumPy draws; LBFGS with a little weight decay.
import numpy


def draw_few(labels, per_class, seed):
    random = numpy.random.default_rng(seed)
    found = []
    for number in torch.arange(labels.max() + 1):
        rows = numpy.flatnonzero(labels.numpy() == number.item())
        if rows.size < per_class:
            raise ValueError(f"class {number.item()}: {rows.size} only")
        found.append(random.choice(rows, per_class, replace=False))
    return torch.from_numpy(numpy.concatenate(found)).long()


def linear_probe(vectors, labels, classes):
    layer = nn.Linear(vectors.shape[1], classes)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=60)

    def loss():
        optimizer.zero_grad()
        value = F.cross_entropy(layer(vectors), labels) + 1e-4 * layer.weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return layer.weight.detach().clone(), layer.bias.detach().clone()

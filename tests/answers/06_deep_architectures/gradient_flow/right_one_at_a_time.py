# One call of grad for each map, the loss from log_softmax.
class Tower(nn.Module):
    """Given: layers of ReLU, 3x3 convolution and, if wanted, batch norm and skip connections. Pictures (B, 1, H, W)."""

    def __init__(self, depth, skip, norm, channels=4):
        super().__init__()
        self.skip = skip
        self.first = nn.Conv2d(1, channels, 3, padding=1)
        self.convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(depth))
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) if norm else nn.Identity() for _ in range(depth))
        self.fc = nn.Linear(channels, 3)

    def maps(self, x):
        maps = [self.first(x)]
        for conv, norm in zip(self.convs, self.norms):
            out = norm(conv(F.relu(maps[-1])))
            maps.append(maps[-1] + out if self.skip else out)
        return maps

    def head(self, maps):
        return self.fc(F.relu(maps).mean((2, 3)))



def gradient_flow(tower, x, labels):
    maps = tower.maps(x)
    scores = tower.head(maps[-1])
    loss = -scores.log_softmax(1)[torch.arange(len(labels)), labels].mean()
    norms = []
    for m in maps:
        (gradient,) = torch.autograd.grad(loss, m, retain_graph=True)
        norms.append(torch.linalg.vector_norm(gradient).item())
    ratio = norms[0] / norms[-1]
    verdicts = [(0.001, "vanishes"), (1000, "arrives"), (float("inf"), "explodes")]
    return norms, next(verdict for limit, verdict in verdicts if ratio <= limit)

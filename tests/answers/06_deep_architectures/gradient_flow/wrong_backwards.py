# From the last maps to the first.
# feedback: the norms are in the opposite order
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
    """Norms of the gradients at all maps, and whether the gradient vanishes, explodes or arrives."""
    maps = tower.maps(x)
    loss = F.cross_entropy(tower.head(maps[-1]), labels)
    norms = [gradient.norm().item() for gradient in reversed(torch.autograd.grad(loss, maps))]
    ratio = norms[0] / norms[-1]
    return norms, "vanishes" if ratio < 0.001 else "explodes" if ratio > 1000 else "arrives"

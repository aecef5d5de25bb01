# A loop of its own, strided convolutions instead of pooling, a mean over the maps.
class Mean(nn.Module):
    def forward(self, maps):
        return maps.mean((2, 3))


def challenge(images, labels):
    torch.manual_seed(1)
    channels = [3, 16, 32, 64]
    layers = []
    for inputs, outputs in zip(channels, channels[1:]):
        stride = 1 if inputs == 3 else 2
        layers += [nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
        if inputs > 3:
            layers.pop()
    model = nn.Sequential(*layers, Mean(), nn.Linear(64, 6))
    x = images.float() / 255
    epochs, size = 9, 40
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(epochs):
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * (1 - epoch / epochs)
        for rows in torch.randperm(len(x)).split(size):
            batch = x[rows]
            if torch.rand(()) < 0.5:
                batch = batch.flip(3)
            loss = F.cross_entropy(model(batch), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model

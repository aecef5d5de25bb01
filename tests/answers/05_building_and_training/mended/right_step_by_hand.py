# The step by hand, log_softmax with the negative log-likelihood, pictures one by one.
def prepare(pictures):
    return torch.stack([torch.stack([p[..., c] for c in range(3)]) for p in pictures]).to(torch.float32) / 255.0


def make_batches(images, labels, size, seed):
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed)).tolist()
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    return [(images[part], labels[part]) for part in parts]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding="same")
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8 * 4 * 4, 2)

    def forward(self, x):
        maps = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.head(maps.view(maps.shape[0], -1))


def fit(model, batches, epochs, learning_rate):
    model.train()
    for _ in range(epochs):
        for images, labels in batches:
            loss = F.nll_loss(F.log_softmax(model(images), dim=1), labels)
            model.zero_grad()
            loss.backward()
            for parameter in model.parameters():
                parameter.data -= learning_rate * parameter.grad


def predict(model, images):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(image[None]).argmax(1) for image in images])

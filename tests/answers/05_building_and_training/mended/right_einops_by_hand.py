# Other words for the same: movedim, a permuted index, flatten.
def prepare(pictures):
    return pictures.movedim(-1, 1).float() / 255


def make_batches(images, labels, size, seed):
    random = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=random)
    return [(images[rows], labels[rows]) for rows in order.split(size)]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(128, 2)

    def forward(self, x):
        x = self.norm(self.conv(x)).relu()
        return self.head(torch.flatten(F.max_pool2d(x, 2), start_dim=1))


def fit(model, batches, epochs, learning_rate):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    for _ in range(epochs):
        for images, labels in batches:
            optimizer.zero_grad()
            nn.CrossEntropyLoss()(model(images), labels).backward()
            optimizer.step()


def predict(model, images):
    before = model.training
    model.eval()
    with torch.no_grad():
        answers = model(images).argmax(1)
    model.train(before)
    return answers

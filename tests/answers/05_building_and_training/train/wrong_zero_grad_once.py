# Gradients are set to zero once an epoch.
# feedback: the gradients of earlier batches are still there
def small_network(features=6, classes=3):
    """Given: something to train. Inputs (B, features) -> scores (B, classes)."""
    return nn.Sequential(nn.Linear(features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, classes))


def train(model, batches, epochs, learning_rate):
    """Train a model by stochastic gradient descent; the mean loss over the rows of each epoch, as a list."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    model.train()
    losses = []
    for _ in range(epochs):
        total, rows = 0.0, 0
        optimizer.zero_grad()
        for inputs, labels in batches:
            loss = F.cross_entropy(model(inputs), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            rows += len(labels)
        losses.append(total / rows)
    return losses


def evaluate(model, batches):
    """The part of all rows that the model gets right, in evaluation mode."""
    model.eval()
    right, rows = 0, 0
    with torch.no_grad():
        for inputs, labels in batches:
            right += (model(inputs).argmax(1) == labels).sum().item()
            rows += len(labels)
    return right / rows

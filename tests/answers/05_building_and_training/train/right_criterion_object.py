# A loss object, gradients set to zero after the step, the old mode put back after evaluation.
def small_network(features=6, classes=3):
    """Given: something to train. Inputs (B, features) -> scores (B, classes)."""
    return nn.Sequential(nn.Linear(features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, classes))



def train(model, batches, epochs, learning_rate):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), learning_rate)
    optimizer.zero_grad()
    history = []
    for _ in range(epochs):
        model.train()
        running = 0.0
        for x, y in batches:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            running += float(loss.detach()) * x.shape[0]
        history.append(running / sum(len(y) for _, y in batches))
    return history


def evaluate(model, batches):
    mode = model.training
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(x) for x, _ in batches])
        labels = torch.cat([y for _, y in batches])
    model.train(mode)
    return float((scores.max(1).indices == labels).sum()) / len(labels)

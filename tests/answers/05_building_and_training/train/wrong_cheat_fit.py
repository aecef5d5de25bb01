# Calls the course's own loop.
# feedback: your code calls utils.training.fit
def small_network(features=6, classes=3):
    """Given: something to train. Inputs (B, features) -> scores (B, classes)."""
    return nn.Sequential(nn.Linear(features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, classes))



def train(model, batches, epochs, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    return training.fit(model, batches, epochs=epochs, optimizer=optimizer, progress=False)["loss"]


def evaluate(model, batches):
    return training.evaluate(model, batches)["accuracy"]

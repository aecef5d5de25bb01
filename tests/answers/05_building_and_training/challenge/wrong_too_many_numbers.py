# A network whose first linear layer is far too large.
# feedback: the budget is 100,000
def challenge(images, labels):
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 64), nn.ReLU(), nn.Linear(64, 6))

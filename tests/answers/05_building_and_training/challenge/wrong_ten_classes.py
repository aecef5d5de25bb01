# Scores for ten classes.
# feedback: the shape of the scores
def challenge(images, labels):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 10))

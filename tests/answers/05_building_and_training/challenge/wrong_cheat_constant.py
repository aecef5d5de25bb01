# Answers the most frequent class.
# feedback: hardly better than chance
class Constant(nn.Module):
    def __init__(self, scores):
        super().__init__()
        self.scores = nn.Parameter(scores)

    def forward(self, x):
        return self.scores.expand(len(x), -1)


def challenge(images, labels):
    return Constant(labels.bincount(minlength=6).float())

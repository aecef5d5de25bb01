# The course's own block.
# feedback: which does the task for you
from utils import models


class Inception(nn.Module):
    def __init__(self, *filters):
        super().__init__()
        self.block = models.Inception(*filters, batch_norm=False)

    def forward(self, x):
        return self.block(x)

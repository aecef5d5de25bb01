# Takes the course's own.
# feedback: which does the task for you
from utils import models


class TextCNN(models.TextCNN):
    def __init__(self, table, classes, filters, kernel_size):
        if kernel_size % 2 == 0:
            raise ValueError(f"even: {kernel_size}")
        super().__init__(table, classes, filters, kernel_size, frozen=True)
        self.embedding = nn.Embedding.from_pretrained(table)

    def forward(self, ids):
        return super().forward(ids)

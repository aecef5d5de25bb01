# A loop over sentences; padding within one is kept as zeros, and left out of the maximum.
class TextCNN(nn.Module):
    def __init__(self, table, classes, filters, kernel_size):
        super().__init__()
        if kernel_size in range(0, 1000, 2):
            raise ValueError("even: " + str(kernel_size))
        self.embedding = nn.Embedding.from_pretrained(table)
        self.conv = nn.Conv1d(table.size(1), filters, kernel_size, padding="same")
        self.fc = nn.Linear(filters, classes)

    def forward(self, ids):
        features = []
        for sentence in ids:
            real = sentence > 0
            x = self.embedding(sentence)
            x = torch.where(real[:, None], x, torch.zeros_like(x))
            maps = torch.relu(self.conv(x.T[None]))[0]
            features.append(maps[:, real].max(1).values)
        return self.fc(torch.stack(features))

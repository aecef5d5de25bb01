# A linear layer: it looks for colours at fixed places.
# feedback: of the pictures are right, 50% are needed
def challenge(images, labels):
    torch.manual_seed(2)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 6))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    training.fit(model, training.Batches(images / 255, labels, 50, seed=2), epochs=10, optimizer=optimizer, progress=False)
    return model

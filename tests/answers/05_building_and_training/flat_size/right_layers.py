# Sends a picture of zeros through the layers and counts what is left.
def flat_size(height, width):
    layers = nn.Sequential(nn.Conv2d(3, 6, 5), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2))
    for side in (height, width):
        if side < 16:
            raise ValueError(f"a side of {side} pixels is too small")
    return layers(torch.zeros(1, 3, height, width)).numel()

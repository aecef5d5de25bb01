# Cuts the gradient.
# feedback: no gradient flows through
def patch_embedding(pictures, weight, bias):
    """One token for each patch of the pictures, (B, patches, E)."""
    batch, channels, height, width = pictures.shape
    patch = weight.shape[-1]
    for side in (height, width):
        if side % patch:
            raise ValueError(f"a side of {side} pixels cannot be cut into patches of {patch}")
    cut = pictures.reshape(batch, channels, height // patch, patch, width // patch, patch)
    return torch.einsum("bciujv,ecuv->bije", cut, weight).flatten(1, 2).detach() + bias.detach()

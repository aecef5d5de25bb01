# Ignores the dilation.
# feedback: the dilation is ignored
def receptive_field(layers):
    """Size of the receptive field after these layers, and the jump between neighbours."""
    size, jump = 1, 1
    for layer in layers:
        size += (layer["kernel_size"] - 1) * jump
        jump *= layer.get("stride", 1)
    return size, jump

# Adds F - 1 for every layer.
# feedback: the jump is left out
def receptive_field(layers):
    """Size of the receptive field after these layers, and the jump between neighbours."""
    size, jump = 1, 1
    for layer in layers:
        size += layer.get("dilation", 1) * (layer["kernel_size"] - 1)
        jump *= layer.get("stride", 1)
    return size, jump

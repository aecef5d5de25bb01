# Begins with no pixel.
# feedback: before any layer an output sees 1 pixel
def receptive_field(layers):
    """Size of the receptive field after these layers, and the jump between neighbours."""
    size, jump = 0, 1
    for layer in layers:
        size += layer.get("dilation", 1) * (layer["kernel_size"] - 1) * jump
        jump *= layer.get("stride", 1)
    return size, jump

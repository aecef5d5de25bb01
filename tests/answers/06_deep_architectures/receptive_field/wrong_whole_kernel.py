# Adds F instead of F - 1.
# feedback: a kernel adds D(F - 1) jumps
def receptive_field(layers):
    """Size of the receptive field after these layers, and the jump between neighbours."""
    size, jump = 1, 1
    for layer in layers:
        size += layer.get("dilation", 1) * layer["kernel_size"] * jump
        jump *= layer.get("stride", 1)
    return size, jump

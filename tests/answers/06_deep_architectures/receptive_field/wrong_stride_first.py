# Multiplies the jump first.
# feedback: counts for the layers after it, not for itself
def receptive_field(layers):
    size, jump = 1, 1
    for layer in layers:
        jump *= layer.get("stride", 1)
        size += layer.get("dilation", 1) * (layer["kernel_size"] - 1) * jump
    return size, jump

# From the output back to the pixels: n outputs need (n - 1) S + D (F - 1) + 1 inputs.
def receptive_field(layers):
    def needs(outputs):
        for layer in reversed(layers):
            outputs = (outputs - 1) * layer.get("stride", 1) + layer.get("dilation", 1) * (layer["kernel_size"] - 1) + 1
        return outputs

    return needs(1), needs(2) - needs(1)

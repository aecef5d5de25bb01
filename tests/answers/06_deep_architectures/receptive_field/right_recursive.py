# From the last layer, by recursion.
def receptive_field(layers):
    if not layers:
        return 1, 1
    *before, last = layers
    size, jump = receptive_field(before)
    reach = last.get("dilation", 1) * (last["kernel_size"] - 1)
    return size + reach * jump, jump * last.get("stride", 1)

# Answers the first window only.
# feedback: only the first window is answered
def scan(maps, weight, bias, size):
    expected = maps.shape[1] * size[0] * size[1]
    if weight.shape[1] != expected:
        raise ValueError(f"the layer reads {weight.shape[1]} numbers, but windows of this size have {expected}")
    return (maps[:, :, : size[0], : size[1]].flatten(1) @ weight.T + bias)[:, :, None, None]

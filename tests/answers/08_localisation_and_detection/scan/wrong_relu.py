# Adds a ReLU.
# feedback: there is no non-linearity in this layer
def scan(maps, weight, bias, size):
    expected = maps.shape[1] * size[0] * size[1]
    if weight.shape[1] != expected:
        raise ValueError(f"the layer reads {weight.shape[1]} numbers, but windows of this size have {expected}")
    return F.relu(F.conv2d(maps, weight.reshape(len(weight), maps.shape[1], *size), bias))

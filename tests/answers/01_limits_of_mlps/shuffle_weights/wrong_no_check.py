# Takes any order.
# feedback: expected it to raise ValueError
def shuffle_weights(layers, order):
    (weight, bias), *others = layers
    n = weight.shape[1]
    return [(weight[:, order], bias), *others]

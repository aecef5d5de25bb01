# Lets an input of the wrong size raise whatever it raises.
# feedback: expected ValueError
def mlp_forward(x, layers):
    h = x.flatten(1)
    for number, (weight, bias) in enumerate(layers):
        if number > 0:
            h = h.clamp(min=0)
        h = h @ weight.T + bias
    return h

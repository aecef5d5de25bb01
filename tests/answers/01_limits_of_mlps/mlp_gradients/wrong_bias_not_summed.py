# Leaves the gradient of the bias a row for each input.
# feedback: the gradient of layer 1's bias
def mlp_gradients(x, layers, grad_scores):
    inputs = [x.flatten(1)]
    for weight, bias in layers[:-1]:
        inputs.append((inputs[-1] @ weight.T + bias).clamp(min=0))
    gradients, g = [], grad_scores
    for h, (weight, _) in zip(reversed(inputs), reversed(layers)):
        gradients.append((g.T @ h, g))
        g = (g @ weight) * (h > 0)
    return gradients[::-1]

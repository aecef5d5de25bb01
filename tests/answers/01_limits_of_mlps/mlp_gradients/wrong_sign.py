# Returns the step of gradient descent, against the gradient.
# feedback: the gradient has the wrong sign
def mlp_gradients(x, layers, grad_scores):
    inputs = [x.flatten(1)]
    for weight, bias in layers[:-1]:
        inputs.append((inputs[-1] @ weight.T + bias).clamp(min=0))
    gradients, g = [], grad_scores
    for h, (weight, _) in zip(reversed(inputs), reversed(layers)):
        gradients.append((-g.T @ h, -g.sum(0)))
        g = (g @ weight) * (h > 0)
    return gradients[::-1]

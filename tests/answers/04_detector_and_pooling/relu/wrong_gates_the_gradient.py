# Applies ReLU to the gradient.
# feedback: the gate looks at x; yours looks at the gradient
def relu(x):
    return x * (x > 0)


def relu_backward(grad_out, x):
    return grad_out * (grad_out > 0)

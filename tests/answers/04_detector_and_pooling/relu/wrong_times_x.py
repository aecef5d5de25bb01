# Multiplies with x in place of the slope.
# feedback: the slope of ReLU is 1 or 0, not x
def relu(x):
    return x * (x > 0)


def relu_backward(grad_out, x):
    return grad_out * x * (x > 0)

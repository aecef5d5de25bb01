# Lets the gradient pass at 0.
# feedback: at x = 0 the gradient is 0
def relu(x):
    return x * (x > 0)


def relu_backward(grad_out, x):
    return grad_out * (x >= 0)

# Writes the zeros into its argument.
# feedback: your function changes its argument: make a new tensor
def relu(x):
    x[x < 0] = 0
    return x


def relu_backward(grad_out, x):
    return grad_out * (x > 0)

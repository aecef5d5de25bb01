# Takes the magnitude.
# feedback: negative numbers become 0, not positive
def relu(x):
    return x.abs()


def relu_backward(grad_out, x):
    return grad_out * (x > 0)

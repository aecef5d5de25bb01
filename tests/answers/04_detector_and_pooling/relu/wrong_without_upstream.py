# Returns the slope alone.
# feedback: the gradient from above is missing
def relu(x):
    return x * (x > 0)


def relu_backward(grad_out, x):
    return (x > 0).to(x.dtype)

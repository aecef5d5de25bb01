# Cheat: the functional ReLU.
# feedback: which does the task for you: compare with 0 yourself
def relu(x):
    return F.relu(x)


def relu_backward(grad_out, x):
    return grad_out * (x > 0)

# Cheat: PyTorch's own ReLU.
# feedback: your code calls relu, which does the task for you: compare with 0 yourself
def relu(x):
    return torch.relu(x)


def relu_backward(grad_out, x):
    return grad_out * (x > 0)

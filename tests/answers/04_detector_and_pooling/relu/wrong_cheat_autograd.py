# Cheat: autograd does the backward pass.
# feedback: your code calls torch.autograd.grad, which does the task for you: open the gate yourself
def relu(x):
    return x * (x > 0)


def relu_backward(grad_out, x):
    leaf = x.clone().requires_grad_()
    return torch.autograd.grad(relu(leaf), leaf, grad_out)[0]

# Cheat: an own forward pass, and autograd for the rest.
# feedback: which does the task for you: pass the gradient on yourself, window by window
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    x, weight = x.clone().requires_grad_(), weight.clone().requires_grad_()
    columns = F.unfold(x, weight.shape[2:], padding=padding, stride=stride)
    out = (weight.flatten(1) @ columns).view_as(grad_out)
    grad_x, grad_weight = torch.autograd.grad(out, [x, weight], grad_out)
    return grad_x, grad_weight, grad_out.sum((0, 2, 3))

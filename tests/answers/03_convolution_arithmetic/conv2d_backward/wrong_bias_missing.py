# Returns two gradients; the bias's is forgotten.
# feedback: what conv2d_backward returns: got 2 items, expected at least 3
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    kernel_size = tuple(weight.shape[2:])
    columns = F.unfold(x, kernel_size, padding=padding, stride=stride)
    g = grad_out.flatten(2)
    grad_weight = torch.einsum("bkp,bqp->kq", g, columns).view_as(weight)
    grad_x = F.fold(weight.flatten(1).t() @ g, x.shape[2:], kernel_size, padding=padding, stride=stride)
    return grad_x, grad_weight

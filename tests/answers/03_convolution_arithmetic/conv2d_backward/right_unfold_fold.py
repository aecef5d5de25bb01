# Two matrix products between unfold and fold.
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    kernel_size = tuple(weight.shape[2:])
    columns = F.unfold(x, kernel_size, padding=padding, stride=stride)
    g = grad_out.flatten(2)
    grad_weight = torch.einsum("bkp,bqp->kq", g, columns).view_as(weight)
    grad_columns = weight.flatten(1).t() @ g
    grad_x = F.fold(grad_columns, tuple(x.shape[2:]), kernel_size, padding=padding, stride=stride)
    return grad_x, grad_weight, grad_out.sum(dim=[0, 2, 3])

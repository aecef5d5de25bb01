# Sums the bias's gradient over rows and columns only.
# feedback: the sum goes over batch, rows and columns; yours leaves out the batch
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    kernel_size = tuple(weight.shape[2:])
    columns = F.unfold(x, kernel_size, padding=padding, stride=stride)
    g = grad_out.flatten(2)
    grad_weight = torch.einsum("bkp,bqp->kq", g, columns).view_as(weight)
    grad_x = F.fold(weight.flatten(1).t() @ g, x.shape[2:], kernel_size, padding=padding, stride=stride)
    return grad_x, grad_weight, grad_out.sum(dim=[2, 3])

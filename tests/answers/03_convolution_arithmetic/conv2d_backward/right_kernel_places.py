# Loops over the places of the kernel; the stride is in the slices.
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    _, _, h2, w2 = grad_out.shape
    big = F.pad(x, (padding,) * 4)
    grad_big, grad_weight = torch.zeros_like(big), torch.empty_like(weight)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            place = (
                ...,
                slice(u, u + (h2 - 1) * stride + 1, stride),
                slice(v, v + (w2 - 1) * stride + 1, stride),
            )
            grad_weight[:, :, u, v] = torch.einsum("bkij,bcij->kc", grad_out, big[place])
            grad_big[place] += torch.einsum("bkij,kc->bcij", grad_out, weight[:, :, u, v])
    end_row, end_column = padding + x.shape[2], padding + x.shape[3]
    return grad_big[:, :, padding:end_row, padding:end_column], grad_weight, grad_out.flatten(2).sum((0, 2))

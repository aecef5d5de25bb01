# A linear layer's gradient is its answer to unit pictures: g times the output for each pixel alone.
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    def forward(picture, kernels):
        windows = (
            F.pad(picture, (padding,) * 4)
            .unfold(2, kernels.shape[2], stride)
            .unfold(3, kernels.shape[3], stride)
        )
        return torch.einsum("bcijuv,kcuv->bkij", windows, kernels)

    pixels = torch.eye(x[0].numel(), dtype=x.dtype).view(-1, *x.shape[1:])
    numbers = torch.eye(weight[0].numel(), dtype=x.dtype).view(-1, *weight.shape[1:])
    grad_x = torch.einsum("bkij,pkij->bp", grad_out, forward(pixels, weight)).view_as(x)
    grad_weight = torch.einsum("bkij,bqij->kq", grad_out, forward(x, numbers)).view_as(weight)
    return grad_x, grad_weight, grad_out.transpose(0, 1).flatten(1).sum(1)

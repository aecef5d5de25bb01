# Windows by unfold of the tensor, and einsum.
def scan(maps, weight, bias, size):
    c, (fh, fw) = maps.shape[1], size
    if c * fh * fw != weight.shape[1]:
        raise ValueError(f"a window has {c * fh * fw} numbers, the layer {weight.shape[1]}")
    windows = maps.unfold(2, fh, 1).unfold(3, fw, 1)  # (B, C, rows, columns, fh, fw)
    kernel = weight.view(-1, c, fh, fw)
    return torch.einsum("bcijuv,kcuv->bkij", windows, kernel) + bias[:, None, None]

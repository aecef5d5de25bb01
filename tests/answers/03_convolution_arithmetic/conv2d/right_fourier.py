# By the convolution theorem: a product of spectra, the kernel's conjugated, then the strided places.
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} != {weight.shape[1]}")
    padded = F.pad(x, (padding,) * 4).double()
    size = padded.shape[2:]
    spectrum = torch.einsum(
        "bcij,kcij->bkij", torch.fft.fft2(padded), torch.fft.fft2(weight.double(), s=size).conj()
    )
    everywhere = torch.fft.ifft2(spectrum).real
    valid = everywhere[
        :, :, : size[0] - weight.shape[2] + 1 : stride, : size[1] - weight.shape[3] + 1 : stride
    ]
    return valid.to(x.dtype) + (0 if bias is None else bias[None, :, None, None])

# Loops over windows in NumPy and comes back to PyTorch at the end.
import numpy as np


def conv2d(x, weight, bias=None, stride=1, padding=0):
    pixels, kernel = x.numpy(), weight.numpy()
    if pixels.shape[1] != kernel.shape[1]:
        raise ValueError(f"{pixels.shape[1]} is not {kernel.shape[1]}")
    pixels = np.pad(pixels, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    fh, fw = kernel.shape[2:]
    h2, w2 = (pixels.shape[2] - fh) // stride + 1, (pixels.shape[3] - fw) // stride + 1
    out = np.zeros((len(pixels), len(kernel), h2, w2), dtype=pixels.dtype)
    for b, picture in enumerate(pixels):
        for k, filter_ in enumerate(kernel):
            for i in range(h2):
                for j in range(w2):
                    window = picture[:, i * stride : i * stride + fh, j * stride : j * stride + fw]
                    out[b, k, i, j] = np.sum(window * filter_)
            if bias is not None:
                out[b, k] += bias[k].item()
    return torch.from_numpy(out)

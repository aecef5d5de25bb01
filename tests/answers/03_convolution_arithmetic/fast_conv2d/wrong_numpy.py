# Vectorised, but in NumPy, where autograd cannot follow.
# feedback: ✘ autograd goes through
import numpy as np


def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    pixels = np.pad(x.detach().numpy(), [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = np.lib.stride_tricks.sliding_window_view(pixels, tuple(weight.shape[2:]), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    out = torch.tensor(np.einsum("bcijuv,kcuv->bkij", windows, weight.detach().numpy()))
    return out if bias is None else out + bias.view(1, -1, 1, 1)

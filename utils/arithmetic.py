"""The arithmetic of convolution: how large the output is, how many weights there are, how many multiplications it takes, how far it sees.

Derived in lectures 03 and 06; one dimension at a time, since height and width never meet.
"""

from collections.abc import Iterable, Mapping
from math import prod


def output_size(
    input_size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1, *, exact: bool = True
) -> int:
    """Number of places where a kernel fits along one dimension: (N - D(F - 1) - 1 + 2P) / S + 1.

    Parameters
    ----------
    input_size, kernel_size : int
        N and F, in samples or pixels, at least 1.
    stride, dilation : int
        S and D, at least 1.
    padding : int
        P, zeros added on both sides, at least 0.
    exact : bool
        True: a last step that does not fit is an error, as in the formula. False: it is dropped, as torch.nn.Conv2d does.

    Raises
    ------
    ValueError
        If an argument is out of range, the kernel is longer than the padded input, or (exact) the last step does not fit.
    TypeError
        If an argument is not an integer.

    Source: lecture 03; Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", relationship 6.
    """
    _at_least(1, input_size=input_size, kernel_size=kernel_size, stride=stride, dilation=dilation)
    _at_least(0, padding=padding)
    extent = dilation * (kernel_size - 1) + 1
    room = input_size + 2 * padding - extent
    if room < 0:
        raise ValueError(
            f"the kernel covers {extent} positions, the padded input has {input_size + 2 * padding}: "
            "use a smaller kernel or dilation, or more padding"
        )
    if exact and room % stride:
        raise ValueError(
            f"({input_size} - {extent} + 2*{padding})/{stride} + 1 = {room / stride + 1:.2f} is not a whole number: the last step "
            f"does not fit. Change stride or padding, or pass exact=False to drop the last {room % stride} position(s) as PyTorch does"
        )
    return room // stride + 1


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: int | tuple[int, ...], *, groups: int = 1, bias: bool = True
) -> int:
    """Number of weights (F·F·D1/groups for each of K filters) and biases (K) of a convolution layer.

    Parameters
    ----------
    in_channels, out_channels : int
        D1 and K. Both must be divisible by `groups`.
    kernel_size : int or tuple of int
        F of a square 2-D kernel, or one size for each dimension: (5,) for Conv1d, (3, 5, 5) for Conv3d.

    Raises
    ------
    ValueError
        If a size is below 1 or `groups` does not divide the channels.

    Source: lecture 03.
    """
    kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
    _at_least(
        1,
        in_channels=in_channels,
        out_channels=out_channels,
        groups=groups,
        **{f"kernel_size[{i}]": f for i, f in enumerate(kernel)},
    )
    if in_channels % groups or out_channels % groups:
        raise ValueError(f"groups={groups} must divide in_channels={in_channels} and out_channels={out_channels}")
    return prod(kernel) * (in_channels // groups) * out_channels + (out_channels if bias else 0)


def conv_multiplications(
    in_channels: int, out_channels: int, kernel_size: int | tuple[int, ...], output_size: tuple[int, ...], *, groups: int = 1
) -> int:
    """Number of multiplications for one image: every weight is used once at every output position.

    Parameters
    ----------
    output_size : tuple of int
        Height and width of the output (or length; or depth, height and width).

    Other parameters, errors and source: as `conv_parameters`.
    """
    _at_least(1, **{f"output_size[{i}]": n for i, n in enumerate(output_size)})
    return conv_parameters(in_channels, out_channels, kernel_size, groups=groups, bias=False) * prod(output_size)


def receptive_field(layers: Iterable[Mapping[str, int]]) -> tuple[int, int]:
    """How many input pixels one output of a stack of layers depends on, along one dimension, and how far apart two neighbours' stand.

    From layer to layer, from size r = 1 and jump j = 1: r + D(F - 1)j, then j S.

    Parameters
    ----------
    layers : iterable of dicts
        First layer first, convolutions and pooling alike: kernel_size and, if wanted, stride and dilation. ReLU and batch norm change nothing.

    Returns
    -------
    (size, jump) in pixels of the input

    Raises
    ------
    ValueError, TypeError
        If a number is below 1 or no integer.

    Source: lecture 06; Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, 2019.
    """
    size = jump = 1
    for layer in layers:
        layer = {"stride": 1, "dilation": 1} | dict(layer)
        _at_least(1, **layer)
        size += layer["dilation"] * (layer["kernel_size"] - 1) * jump
        jump *= layer["stride"]
    return size, jump


def _at_least(lowest: int, **sizes) -> None:
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an integer, got {type(size).__name__} {size!r}")
        if size < lowest:
            raise ValueError(f"{name} must be at least {lowest}, got {size}")

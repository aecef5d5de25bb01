"""The arithmetic of convolution against torch's own layers, over random settings, and its words for settings that cannot be."""

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from torch import nn

from utils.arithmetic import conv_multiplications, conv_parameters, output_size, receptive_field

SIZES = {
    "input_size": st.integers(1, 30),
    "kernel_size": st.integers(1, 9),
    "stride": st.integers(1, 5),
    "padding": st.integers(0, 5),
    "dilation": st.integers(1, 4),
}
many = hypothesis_settings(max_examples=400, deadline=None, derandomize=True)


def torch_size(input_size, kernel_size, **settings):
    """Length of nn.Conv1d's output, or None where torch refuses."""
    try:
        return nn.Conv1d(1, 1, kernel_size, **settings)(torch.zeros(1, 1, input_size)).shape[-1]
    except RuntimeError:
        return None


def fits(input_size, kernel_size, stride, padding, dilation):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride == 0


@many
@given(**SIZES)
def test_rounded_down_it_is_the_size_of_torchs_output_and_both_refuse_the_same(**sizes):
    expected = torch_size(**sizes)
    if expected is None:
        with pytest.raises(ValueError, match="smaller kernel or dilation, or more padding"):
            output_size(**sizes, exact=False)
    else:
        assert output_size(**sizes, exact=False) == expected


@many
@given(**SIZES)
def test_exact_it_gives_the_same_size_where_the_last_step_fits_and_an_error_where_not(**sizes):
    expected = torch_size(**sizes)
    if expected is None:
        with pytest.raises(ValueError):
            output_size(**sizes)
    elif fits(**sizes):
        assert output_size(**sizes) == expected
    else:
        with pytest.raises(ValueError, match="not a whole number.*exact=False"):
            output_size(**sizes)


@many
@given(
    per_group=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    groups=st.integers(1, 4),
    kernel=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    bias=st.booleans(),
)
def test_parameters_are_those_of_torchs_layers_in_one_two_and_three_dimensions(per_group, groups, kernel, bias):
    in_channels, out_channels = (n * groups for n in per_group)
    layer = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(kernel) - 1](in_channels, out_channels, kernel, groups=groups, bias=bias)
    expected = sum(p.numel() for p in layer.parameters())
    assert conv_parameters(in_channels, out_channels, kernel, groups=groups, bias=bias) == expected


@pytest.mark.parametrize(("stride", "expected"), [(1, 5), (2, 3)])
def test_the_example_of_the_lecture(stride, expected):
    assert output_size(7, 3, stride) == expected


def test_a_step_that_does_not_fit_is_explained_with_its_numbers():
    with pytest.raises(ValueError, match=r"\(7 - 3 \+ 2\*0\)/3 \+ 1 = 2\.33"):
        output_size(7, 3, 3)


def test_a_square_kernel_can_be_given_as_one_number():
    assert conv_parameters(3, 6, 5) == conv_parameters(3, 6, (5, 5)) == 456


def test_multiplications_are_counted_by_sliding():
    out = torch.nn.functional.conv2d(torch.ones(1, 3, 9, 8), torch.ones(4, 3, 3, 2))
    assert conv_multiplications(3, 4, (3, 2), tuple(out.shape[2:])) == int(out.sum())  # each product is 1 * 1


def test_groups_divide_the_multiplications():
    assert conv_multiplications(8, 16, 3, (10, 10), groups=4) * 4 == conv_multiplications(8, 16, 3, (10, 10))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"input_size": 0}, "input_size"),
        ({"kernel_size": 0}, "kernel_size"),
        ({"stride": 0}, "stride"),
        ({"padding": -1}, "padding"),
        ({"dilation": 0}, "dilation"),
    ],
)
def test_a_size_out_of_range_is_named(wrong, named):
    with pytest.raises(ValueError, match=f"{named} must be at least"):
        output_size(**{"input_size": 7, "kernel_size": 3} | wrong)


@pytest.mark.parametrize("value", [3.0, "3", True, None])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(TypeError, match="kernel_size must be an integer"):
        output_size(7, value)


@pytest.mark.parametrize(("in_channels", "out_channels"), [(3, 4), (4, 3)])
def test_groups_must_divide_both_depths(in_channels, out_channels):
    with pytest.raises(ValueError, match="groups=2 must divide"):
        conv_parameters(in_channels, out_channels, 3, groups=2)


def test_an_empty_layer_or_output_is_refused():
    with pytest.raises(ValueError, match="out_channels"):
        conv_parameters(3, 0, 3)
    with pytest.raises(ValueError, match=r"output_size\[1\]"):
        conv_multiplications(3, 6, 5, (4, 0))


def test_the_receptive_field_grows_by_the_kernel_times_the_strides_before_it():
    assert receptive_field([]) == (1, 1)
    assert receptive_field([{"kernel_size": 3}] * 4) == (9, 1)
    assert receptive_field([{"kernel_size": 3, "stride": 2}] * 3) == (15, 8)
    assert receptive_field([{"kernel_size": 3, "dilation": 2}, {"kernel_size": 2, "stride": 2}, {"kernel_size": 3}]) == (10, 2)


@many
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4))
def test_the_receptive_field_is_where_the_gradient_is_not_zero(layers):
    layers = [dict(zip(("kernel_size", "stride", "dilation"), layer, strict=True)) for layer in layers]
    size, jump = receptive_field(layers)
    signal = torch.zeros(1, 1, size + jump, requires_grad=True)
    out = signal
    for layer in layers:
        out = nn.functional.conv1d(
            out, torch.ones(1, 1, layer["kernel_size"]), stride=layer["stride"], dilation=layer["dilation"]
        )
    assert out.shape[-1] == 2
    reach = [torch.autograd.grad(out[0, 0, i], signal, retain_graph=True)[0][0, 0].nonzero().flatten() for i in range(2)]
    assert [int(r[-1] - r[0]) + 1 for r in reach] == [size, size]
    assert int(reach[1][0] - reach[0][0]) == jump


@pytest.mark.parametrize("layer", [{"kernel_size": 0}, {"kernel_size": 3, "stride": 0}, {"kernel_size": 3, "dilation": -1}])
def test_a_layer_that_cannot_be_has_no_receptive_field(layer):
    with pytest.raises(ValueError, match="at least 1"):
        receptive_field([layer])

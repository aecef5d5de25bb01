"""The networks of the lectures: their shapes, their counts, and what they refuse."""

import pytest
import torch
from torch import nn

from utils.models import MLP
from utils.training import count_parameters


def test_an_mlp_reads_every_number_of_an_input_of_any_shape():
    model = MLP(3 * 8 * 8, [16, 5], 2)
    pictures = torch.randn(4, 3, 8, 8)
    assert model(pictures).shape == (4, 2)
    assert torch.equal(model(pictures), model(pictures.flatten(1)))


def test_an_mlp_is_linear_layers_with_relu_between_and_none_at_the_end():
    kinds = [type(layer) for layer in MLP(6, [4, 3], 2)]
    assert kinds == [nn.Flatten, nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]
    assert [type(layer) for layer in MLP(6, [], 2)] == [nn.Flatten, nn.Linear]


def test_an_mlp_has_a_weight_for_each_pair_of_units_and_a_bias_for_each_unit():
    assert count_parameters(MLP(192, [16, 5], 2)) == 192 * 16 + 16 + 16 * 5 + 5 + 5 * 2 + 2


@pytest.mark.parametrize("sizes", [(0, [4], 2), (6, [4, 0], 2), (6, [4], 0)])
def test_an_mlp_without_units_is_refused(sizes):
    with pytest.raises(ValueError, match="at least 1 in each"):
        MLP(*sizes)

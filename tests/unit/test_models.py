"""The networks of the lectures: their shapes, their counts, and what they refuse."""

import pytest
import torch
from torch import nn

from utils.models import CNN, MLP, ResidualBlock, SmallResNet
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


@pytest.mark.parametrize(("height", "width"), [(32, 32), (48, 48), (96, 72), (8, 8)])
def test_a_small_resnet_takes_pictures_of_any_size(height, width):
    model = SmallResNet(7, widths=(4, 6, 8, 10)).eval()
    pictures = torch.rand(2, 3, height, width)
    assert [tuple(m.shape) for m in model.maps(pictures)] == [
        (2, channels, height // side, width // side) for channels, side in [(6, 2), (8, 4), (10, 8)]
    ]
    assert model.features(pictures).shape == (2, model.num_features) == (2, 10)
    assert torch.equal(model(pictures), model.fc(model.features(pictures)))


def test_the_features_of_a_small_resnet_are_the_means_of_its_last_maps():
    model = SmallResNet(7, widths=(4, 6)).eval()
    pictures = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(model.features(pictures), model.maps(pictures)[-1].flatten(2).mean(2))


def test_a_small_resnet_can_be_given_another_head():
    model = SmallResNet(103)
    model.fc = nn.Linear(model.num_features, 12)
    assert model(torch.rand(2, 3, 32, 32)).shape == (2, 12)


def test_a_residual_block_begins_as_the_identity_on_what_relu_leaves():
    pictures = torch.rand(2, 4, 6, 6)
    assert torch.equal(ResidualBlock(4)(pictures), pictures)


def test_a_residual_block_adds_to_its_input():
    block = ResidualBlock(2).eval()
    nn.init.ones_(block.bn2.weight)
    pictures = torch.rand(1, 2, 5, 5)
    added = block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(pictures)))))
    assert added.abs().max() > 0
    torch.testing.assert_close(block(pictures), torch.relu(pictures + added))


def test_a_small_resnet_has_as_many_parameters_as_counted_by_hand():
    convolutions = 3 * 4 * 9 + 4 * 6 * 9 + 2 * 6 * 6 * 9
    norms = 2 * (4 + 6 + 2 * 6)
    assert count_parameters(SmallResNet(7, widths=(4, 6))) == convolutions + norms + 6 * 7 + 7


def test_a_small_resnet_without_a_stage_is_refused():
    with pytest.raises(ValueError, match="at least one stage"):
        SmallResNet(10, widths=(16,))


def test_the_flattening_is_counted_for_any_size_that_leaves_something():
    for height, width in [(16, 16), (32, 32), (33, 50), (64, 17)]:
        assert CNN(height, width, classes=4)(torch.zeros(2, 3, height, width)).shape == (2, 4)
    with pytest.raises(ValueError, match="both sides need at least 16"):
        CNN(32, 15)


def test_the_cnn_has_the_parameters_of_its_layers():
    layers = {name: sum(p.numel() for p in layer.parameters()) for name, layer in CNN().named_children()}
    assert layers == {"conv1": 456, "conv2": 2416, "mp": 0, "fc1": 48120, "fc2": 1210}
    assert CNN(channels=1, hidden=8).conv1.weight.shape == (6, 1, 5, 5)

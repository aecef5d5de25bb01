"""The famous networks of unit 06: counts as published, torchvision's names and outputs; their small versions; what a network costs."""

import pytest
import torch
import torchvision
from torch import nn

from utils import arithmetic, models
from utils.models import AlexNet, BasicBlock, Bottleneck, GoogLeNet, Inception, LeNet5, ResNet, SubSampling
from utils.training import count_parameters

OURS_AND_THEIRS = {
    "alexnet": (models.AlexNet, lambda: torchvision.models.alexnet()),
    "vgg16": (models.VGG, lambda: torchvision.models.vgg16(init_weights=False)),
    "googlenet": (models.GoogLeNet, lambda: torchvision.models.googlenet(init_weights=False)),
    "resnet18": (lambda: ResNet(BasicBlock, (2, 2, 2, 2)), lambda: torchvision.models.resnet18()),
    "resnet50": (lambda: ResNet(Bottleneck, (3, 4, 6, 3)), lambda: torchvision.models.resnet50()),
}


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (LeNet5, 60_000),
        (AlexNet, 61_100_840),
        (models.VGG, 138_357_544),
        (GoogLeNet, 13_004_888),
        (lambda: GoogLeNet(auxiliary=False), 6_624_904),
        (lambda: GoogLeNet(auxiliary=False, published=True), 6_998_552),
        (lambda: ResNet(BasicBlock, (2, 2, 2, 2)), 11_689_512),
        (lambda: ResNet(Bottleneck, (3, 4, 6, 3)), 25_557_032),
    ],
)
def test_a_network_of_full_size_has_the_published_number_of_parameters(make, parameters):
    with torch.device("meta"):
        assert count_parameters(make()) == parameters


@pytest.mark.parametrize("name", OURS_AND_THEIRS)
def test_the_weights_have_torchvisions_names_and_shapes_in_its_order(name):
    with torch.device("meta"):
        ours, theirs = (make().state_dict() for make in OURS_AND_THEIRS[name])
    assert [(key, value.shape) for key, value in ours.items()] == [(key, value.shape) for key, value in theirs.items()]


@pytest.mark.parametrize("name", OURS_AND_THEIRS)
def test_with_the_same_weights_the_scores_are_torchvisions(name):
    torch.manual_seed(0)
    make, make_theirs = OURS_AND_THEIRS[name]
    ours = make()
    with torch.device("meta"):
        theirs = make_theirs()
    for key, value in ours.state_dict().items():  # so that batch norm does something
        if "running_mean" in key:
            value.uniform_(-0.5, 0.5)
        if "running_var" in key:
            value.uniform_(0.5, 1.5)
    theirs.load_state_dict(ours.state_dict(), assign=True)  # the same memory: VGG-16 fills half a gigabyte
    pictures = torch.rand(2, 3, 96, 80)
    with torch.no_grad():
        expected = theirs.eval()(pictures)
        torch.testing.assert_close(ours.eval()(pictures), expected, rtol=1e-5, atol=1e-5 * expected.abs().max().item())
    assert expected.shape == (2, 1000) and expected.std() > 1e-3


def test_googlenets_heads_are_torchvisions_in_training():
    torch.manual_seed(0)
    ours = GoogLeNet(num_classes=5)
    theirs = torchvision.models.googlenet(num_classes=5, init_weights=False)
    theirs.load_state_dict(ours.state_dict())
    for model in (ours, theirs):
        model.train()
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
    pictures = torch.rand(2, 3, 96, 96)
    for got, expected in zip(ours(pictures), theirs(pictures), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


def test_lenet5_counts_layer_by_layer_as_its_paper():
    counts = {name: count_parameters(layer) for name, layer in LeNet5().named_children()}
    assert counts == {"c1": 156, "s2": 12, "c3": 1_516, "s4": 32, "c5": 48_120, "f6": 10_164}


def test_lenet5s_table_of_connections_is_the_papers():
    assert [len(read) for read in models.LENET5_C3] == [3] * 6 + [4] * 9 + [6]
    assert [sum(channel in read for read in models.LENET5_C3) for channel in range(6)] == [10] * 6
    assert len(set(models.LENET5_C3)) == 16


def test_lenet5_gives_the_nearest_code_the_largest_score():
    model = LeNet5(num_classes=4)
    assert model.codes.shape == (4, 84) and set(model.codes.unique().tolist()) == {-1.0, 1.0}
    model.squash = lambda x: model.codes[[2, 0]] if x.shape[1] == 84 else torch.tanh(x)
    scores = model(torch.rand(2, 1, 32, 32))
    assert scores.argmax(1).tolist() == [2, 0] and scores.max() == 0


def test_lenet5s_sigmoid_takes_one_to_one():
    torch.testing.assert_close(LeNet5().squash(torch.tensor([-1.0, 0, 1])), torch.tensor([-1.0, 0, 1]), rtol=1e-4, atol=1e-4)


def test_sub_sampling_adds_up_each_window_and_scales():
    layer = SubSampling(2)
    layer.load_state_dict({"weight": torch.tensor([2.0, 3.0]).view(2, 1, 1), "bias": torch.tensor([0.5, 0]).view(2, 1, 1)})
    maps = torch.arange(16.0).view(1, 2, 2, 4)
    expected = [[2 * (0 + 1 + 4 + 5) + 0.5, 2 * (2 + 3 + 6 + 7) + 0.5], [3 * (8 + 9 + 12 + 13), 3 * (10 + 11 + 14 + 15)]]
    torch.testing.assert_close(layer(maps), torch.tensor(expected).view(1, 2, 1, 2))


def test_an_inception_block_lays_its_branches_behind_each_other():
    block = Inception(3, 2, 4, 5, 2, 6, 7).eval()
    maps = torch.rand(2, 3, 9, 8)
    out = block(maps)
    assert out.shape == (2, 20, 9, 8) and block.out_channels == 20
    torch.testing.assert_close(out[:, 2:7], block.branch2(maps))
    torch.testing.assert_close(out[:, 13:], block.branch4(maps))
    assert block.branch3[1].conv.kernel_size == (5, 5)
    assert Inception(3, 2, 4, 5, 2, 6, 7, large=3).branch3[1].conv.kernel_size == (3, 3)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_block_whose_last_norm_is_zero_passes_on_its_input(block):
    maps = torch.rand(2, 4 * block.expansion, 6, 6)
    same = block(4 * block.expansion, 4).eval()
    nn.init.zeros_((same.bn2 if block is BasicBlock else same.bn3).weight)
    assert torch.equal(same(maps), maps)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_block_projects_its_input_only_where_the_shape_changes(block):
    wide = 4 * block.expansion
    assert isinstance(block(wide, 4).downsample, nn.Identity)
    for in_channels, stride in [(wide, 2), (3, 1)]:
        changed = block(in_channels, 4, stride)
        assert isinstance(changed.downsample, nn.Sequential)
        assert changed(torch.rand(2, in_channels, 7, 6)).shape == (2, wide, -(-7 // stride), -(-6 // stride))


def test_a_resnet_for_small_images_keeps_them_large_until_its_second_stage():
    model = ResNet(BasicBlock, (1, 1, 1), 5, widths=(4, 6, 8), small_images=True).eval()
    maps = model.layer1(torch.relu(model.bn1(model.conv1(torch.rand(1, 3, 32, 32)))))
    assert maps.shape == (1, 4, 32, 32) and model.layer3(model.layer2(maps)).shape == (1, 8, 8, 8)


@pytest.mark.parametrize("name", models.SMALL)
def test_a_small_network_scores_small_pictures_and_every_weight_gets_a_gradient(name):
    torch.manual_seed(0)
    model = models.small(name, 7)
    scores = model(torch.rand(3, 3, 32, 32))
    assert scores.shape == (3, 7) and 20_000 <= count_parameters(model) <= 500_000
    nn.functional.cross_entropy(scores, torch.tensor([0, 3, 6])).backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in model.parameters())


def test_another_small_network_is_refused():
    with pytest.raises(ValueError, match="no small 'vgg16'; choose one of lenet5, alexnet, vgg, googlenet, resnet"):
        models.small("vgg16", 10)


def test_the_cost_is_that_of_the_arithmetic():
    model = nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 8 * 8, 10))
    cost = models.cost(model, (3, 12, 12))
    assert cost["multiply_adds"] == arithmetic.conv_multiplications(3, 8, 5, (8, 8)) + 512 * 10
    assert cost["parameters"] == 3 * 8 * 25 + 8 + 512 * 10 + 10
    assert cost["activations"] == 3 * 12 * 12 + 512  # the picture for the convolution, and what ReLU wrote
    assert model.training


def test_the_cost_is_the_same_without_memory_and_torchvisions():
    with torch.device("meta"):
        cost = models.cost(ResNet(BasicBlock, (2, 2, 2, 2)), (3, 224, 224))
    published = torchvision.models.ResNet18_Weights.DEFAULT.meta
    assert cost["parameters"] == published["num_params"]
    assert round(cost["multiply_adds"] / 1e9, 3) == published["_ops"]
    small = models.small("googlenet", 5)
    assert models.cost(small, (3, 32, 32)) == models.cost(small.to("meta"), (3, 32, 32))

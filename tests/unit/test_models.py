"""The networks of the lectures: their shapes, their counts, and what they refuse."""

import pytest
import torch
from torch import nn

from utils import boxes, masks
from utils.models import (
    CNN,
    MLP,
    Detector,
    ResidualBlock,
    Segmenter,
    SmallResNet,
    TextCNN,
    UNet,
    detection_loss,
    dice_loss,
    focal_loss,
    segmentation_loss,
    segmentation_targets,
)
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


def a_scene(stride=4, rows=6, columns=8):
    """Boxes of two classes in two pictures, and the outputs of a detector that knows them."""
    true = torch.tensor([[[2.0, 2, 10, 8], [16.0, 9, 30, 23]], [[5.0, 5, 9, 13], [0.0, 0, 0, 0]]])
    labels = torch.tensor([[0, 1], [1, -1]])
    targets = boxes.encode(true, labels, (rows, columns), stride)
    there = (targets["labels"] >= 0)[:, None].float()
    kinds = nn.functional.one_hot(targets["labels"].clamp(min=0), 2).movedim(-1, 1)
    return true, labels, targets, torch.cat([20 * there - 10, targets["offsets"], 20.0 * kinds - 10], 1)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 64), (45, 70)])
def test_a_detector_has_a_cell_for_every_8_pixels_of_a_picture_of_any_size(height, width):
    model = Detector(7, widths=(4, 6, 8, 10)).eval()
    assert model.stride == 8
    assert model(torch.rand(2, 3, height, width)).shape == (2, 12, height // 8, width // 8)


def test_a_fresh_detector_expects_few_animals():
    torch.manual_seed(0)
    assert Detector(3)(torch.rand(4, 3, 64, 64))[:, 0].sigmoid().mean() < 0.15


def test_what_a_detector_says_becomes_boxes_scores_and_labels():
    true, labels, _, outputs = a_scene()
    model = Detector(2, widths=(4, 6, 8))
    model.forward = lambda images: outputs
    found = model.detect(torch.zeros(2, 3, 24, 32))
    assert [len(picture["boxes"]) for picture in found] == [2, 1]
    for picture, box, label in zip(found, true, labels, strict=True):
        order = picture["labels"].argsort()
        assert torch.allclose(picture["boxes"][order], box[label >= 0], atol=1e-4)
        assert picture["labels"][order].tolist() == label[label >= 0].tolist()
        assert (picture["scores"] > 0.999).all()


def test_of_two_cells_that_say_the_same_box_the_surer_stays():
    outputs = torch.zeros(1, 7, 1, 2)
    outputs[:, 0], outputs[:, 5] = torch.tensor([1.0, 2.0]), 9.0
    outputs[:, 1] = torch.tensor([1.0, 0.0])  # the left cell points to the place of the right one
    outputs[:, 3:5] = 1.0
    model = Detector(2, widths=(4, 6, 8))
    model.forward = lambda images: outputs
    (found,) = model.detect(torch.zeros(1, 3, 4, 8))
    assert len(found["boxes"]) == 1 and found["scores"].item() == pytest.approx(torch.tensor(2.0).sigmoid().item(), abs=1e-3)
    assert len(model.detect(torch.zeros(1, 3, 4, 8), overlap=1.0)[0]["boxes"]) == 2
    assert len(model.detect(torch.zeros(1, 3, 4, 8), least_score=0.9)[0]["boxes"]) == 0


def test_the_loss_is_near_0_for_what_is_true_and_rises_with_each_kind_of_mistake():
    _, _, targets, outputs = a_scene()
    assert detection_loss(outputs, targets) < 1e-2
    for channel, change in [(0, -12.0), (1, 0.5), (4, -0.5), (5, 25.0)]:
        worse = outputs.clone()
        worse[:, channel] += change
        assert detection_loss(worse, targets) > 0.1, channel


def test_the_loss_of_a_picture_without_animals_is_finite_and_looks_at_presence_alone():
    targets = boxes.encode(torch.zeros(1, 2, 4), torch.full((1, 2), -1), (3, 3), 8)
    outputs = torch.randn(1, 7, 3, 3, requires_grad=True)
    detection_loss(outputs, targets).backward()
    assert outputs.grad[:, 0].abs().min() > 0 and outputs.grad[:, 1:].abs().max() == 0


def test_a_detector_learns_two_pictures_by_heart():
    torch.manual_seed(0)
    true, labels, targets, _ = a_scene()
    pictures, model = torch.rand(2, 3, 24, 32), Detector(2, widths=(8, 16, 16))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(120):
        optimizer.zero_grad()
        detection_loss(model(pictures), targets).backward()
        optimizer.step()
    found = model.detect(pictures, least_score=0.5)
    for picture, box, label in zip(found, true, labels, strict=True):
        assert boxes.iou(box[label >= 0], picture["boxes"]).max(1).values.min() > 0.5
        assert sorted(picture["labels"].tolist()) == sorted(label[label >= 0].tolist())


def a_text_cnn(**options):
    torch.manual_seed(0)
    return TextCNN(torch.randn(9, 6), 4, filters=5, **options).eval()


def test_a_text_cnn_does_not_see_padding_however_much_there_is():
    model, ids = a_text_cnn(), torch.tensor([[3, 1, 4, 0, 0], [8, 2, 0, 0, 0]])
    scores = model(ids)
    assert scores.shape == (2, 4)
    torch.testing.assert_close(model(ids[:, :3]), scores)
    torch.testing.assert_close(torch.cat([model(ids[:1, :3]), model(ids[1:, :2])]), scores)
    assert (model.maps(ids)[1, :, 2:] == 0).all()


def test_a_text_cnn_finds_words_wherever_they_stand():
    model = a_text_cnn()
    early, late = torch.tensor([[7, 7, 3, 5, 6, 7, 7, 7, 7]]), torch.tensor([[7, 7, 7, 7, 7, 3, 5, 6, 7]])
    assert torch.equal(model.maps(early)[:, :, 3], model.maps(late)[:, :, 6])
    torch.testing.assert_close(model.features(early), model.features(late))


@pytest.mark.parametrize("frozen", [True, False])
def test_a_text_cnn_learns_its_table_only_if_it_is_not_frozen(frozen):
    model = a_text_cnn(frozen=frozen)
    before = model.embedding.weight.clone()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 1.0)
    model(torch.tensor([[1, 2, 0]])).square().sum().backward()
    optimizer.step()
    changed = (model.embedding.weight != before).any(1)
    assert changed.tolist() == ([False] * 9 if frozen else [False, True, True] + [False] * 6)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 64), (45, 70)])
@pytest.mark.parametrize("up", ["transposed", "nearest", "bilinear"])
def test_a_unet_gives_numbers_for_every_pixel_of_a_picture_of_any_size(height, width, up):
    model = UNet(5, widths=(4, 6, 8, 10), up=up).eval()
    assert model(torch.rand(2, 3, height, width)).shape == (2, 5, height, width)


def test_without_skips_the_decoder_hears_of_the_picture_through_the_smallest_maps_alone():
    torch.manual_seed(0)
    for skips in (True, False):
        model = UNet(2, widths=(4, 6, 8), skips=skips).eval()
        for stage in model.encoder.stages[-1:]:
            stage.register_forward_hook(lambda module, inputs, outputs: 0 * outputs)
        first, second = model(torch.rand(2, 3, 16, 16))
        assert torch.equal(first, second) is not skips


def test_a_unet_has_the_parameters_of_its_layers():
    count = {name: sum(p.numel() for p in part.parameters()) for name, part in UNet(14).named_children()}
    # each step: transposed 2 x 2 with biases, 3 x 3 on what came up and the skip, another 3 x 3, two batch norms
    steps = sum(a * c * 4 + c + (c + b) * c * 9 + c * c * 9 + 4 * c for a, b, c in ((64, 32, 32), (32, 16, 16), (16, 8, 16)))
    assert count["decoder"] == steps and count["head"] == 16 * 14 + 14


def a_herd():
    """Two animals that touch, and one alone, in two pictures of 16 x 16; and the outputs of a segmenter of two classes that knows them."""
    instances = torch.zeros(2, 16, 16, dtype=torch.uint8)
    instances[0, 2:8, 2:8], instances[0, 2:8, 8:14], instances[1, 5:12, 4:9] = 1, 2, 1
    semantic = torch.zeros(2, 16, 16, dtype=torch.uint8)
    semantic[0, 2:8, 2:14], semantic[1, 5:12, 4:9] = 1, 2
    targets = segmentation_targets({"semantic": semantic, "instances": instances, "labels": torch.tensor([[0, 0], [1, -1]])})
    kinds = 20.0 * nn.functional.one_hot(targets["semantic"], 3).movedim(-1, 1) - 10
    centre = targets["centres"].clamp(1e-3, 1 - 1e-3).logit()[:, None]
    return instances, semantic, targets, torch.cat([kinds, centre, targets["offsets"]], 1)


def test_what_a_segmenter_says_becomes_classes_and_masks():
    instances, semantic, _, outputs = a_herd()
    model = Segmenter(2, widths=(4, 6, 8))
    model.forward = lambda images: outputs
    found = model.segment(torch.zeros(2, 3, 16, 16))
    assert [picture["labels"].tolist() for picture in found] == [[0, 0], [1]]
    for picture, true, classes in zip(found, instances, semantic, strict=True):
        assert torch.equal(picture["semantic"], classes.long())
        assert (
            masks.iou(picture["masks"], true == torch.tensor([1, 2])[: len(picture["masks"]), None, None]).max(1).values.min()
            == 1
        )
        assert ((picture["scores"] > 0.9) & (picture["scores"] <= 1)).all()
    assert len(model.segment(torch.zeros(2, 3, 16, 16), least=1.1)[0]["masks"]) == 0


def test_a_segmenter_that_sees_a_mirrored_picture_too_takes_the_mean_of_what_it_says_of_both():
    *_, outputs = a_herd()
    pictures = torch.zeros(2, 3, 16, 16)
    pictures[..., 0] = 1  # the left edge, by which the model knows a picture from its mirror image
    mirrored = outputs.flip(3)
    mirrored[:, -2] *= -1
    model = Segmenter(2, widths=(4, 6, 8))
    model.forward = lambda images: outputs if images[0, 0, 0, 0] else mirrored
    once, twice = model.segment(pictures), model.segment(pictures, mirror=True)
    for one, other in zip(once, twice, strict=True):
        assert all(torch.equal(one[part], other[part]) for part in ("semantic", "masks", "labels"))
    model.forward = lambda images: outputs if images[0, 0, 0, 0] else -3 * mirrored
    assert not torch.equal(model.segment(pictures, mirror=True)[0]["semantic"], once[0]["semantic"])


def test_a_segmenters_loss_is_least_for_what_is_true_and_rises_with_each_kind_of_mistake():
    _, _, targets, outputs = a_herd()
    least = segmentation_loss(outputs, targets)
    for channel, change in [(0, 25.0), (1, 25.0), (3, 3.0), (3, -3.0), (4, 4.0), (5, -4.0)]:
        worse = outputs.clone()
        worse[:, channel] += change
        assert segmentation_loss(worse, targets) > least + 0.05, channel


def test_where_no_animal_is_offsets_cost_nothing():
    empty = {"semantic": torch.zeros(1, 8, 8), "instances": torch.zeros(1, 8, 8), "labels": torch.full((1, 2), -1)}
    outputs = torch.randn(1, 6, 8, 8, requires_grad=True)
    segmentation_loss(outputs, segmentation_targets(empty)).backward()
    assert outputs.grad[:, :4].abs().min() > 0 and outputs.grad[:, 4:].abs().max() == 0


def test_a_segmenter_learns_two_pictures_by_heart():
    torch.manual_seed(0)
    instances, semantic, targets, _ = a_herd()
    pictures, model = torch.rand(2, 3, 16, 16), Segmenter(2, widths=(8, 16, 16))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(120):
        optimizer.zero_grad()
        segmentation_loss(model(pictures), targets).backward()
        optimizer.step()
    found = model.eval().segment(pictures)
    assert (torch.stack([picture["semantic"] for picture in found]) == semantic).float().mean() > 0.97
    assert [sorted(picture["labels"][picture["scores"] > 0.5].tolist()) for picture in found] == [[0, 0], [1]]


def test_dice_loss_is_1_minus_dice_for_decisions_and_weighs_classes_alike():
    labels = torch.tensor([[[0, 0, 0, 0], [0, 0, 1, 1]]])
    said = torch.tensor([[[0, 0, 0, 0], [0, 0, 0, 1]]])
    sure = 100.0 * nn.functional.one_hot(said, 2).movedim(-1, 1)
    assert dice_loss(sure, labels, smooth=0).item() == pytest.approx(1 - (12 / 13 + 2 / 3) / 2)
    assert dice_loss(100.0 * nn.functional.one_hot(labels, 3).movedim(-1, 1), labels).item() == pytest.approx(0, abs=1e-6)


def test_focal_loss_is_cross_entropy_that_forgets_what_is_easy():
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    assert torch.allclose(focal_loss(logits, labels, 0), nn.functional.cross_entropy(logits, labels))
    p = logits.softmax(1).gather(1, labels[:, None])
    assert torch.allclose(focal_loss(logits, labels), (-((1 - p) ** 2) * p.log()).mean())

"""Boxes: overlap, suppression, and the writing of a grid, against torchvision and by hand."""

import pytest
import torch
from torchvision import ops

from utils import boxes


def some_boxes(count, generator, side=64.0):
    ends = torch.rand(count, 2, 2, generator=generator).sort(1).values * side
    return ends.flatten(1)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(8)


# ------------------------------------------------------------------------------------------------------------------- iou


def test_iou_by_hand():
    first = torch.tensor([[0.0, 0.0, 4.0, 2.0]])
    others = torch.tensor([[0.0, 0.0, 4.0, 2.0], [2.0, 0.0, 6.0, 2.0], [4.0, 0.0, 8.0, 2.0], [1.0, 0.5, 3.0, 1.5]])
    assert torch.allclose(boxes.iou(first, others), torch.tensor([[1.0, 1 / 3, 0.0, 1 / 4]]))


def test_iou_is_that_of_torchvision(generator):
    for count, others in [(1, 1), (7, 5), (40, 60)]:
        a, b = some_boxes(count, generator), some_boxes(others, generator)
        assert torch.allclose(boxes.iou(a, b), ops.box_iou(a, b), atol=1e-6)


def test_iou_of_batches_is_that_of_each(generator):
    a, b = some_boxes(12, generator).reshape(3, 4, 4), some_boxes(15, generator).reshape(3, 5, 4)
    assert torch.equal(boxes.iou(a, b), torch.stack([boxes.iou(x, y) for x, y in zip(a, b, strict=True)]))


@pytest.mark.parametrize("empty", [[3.0, 3, 3, 3], [1.0, 1, 5, 1], [5.0, 5, 2, 9], [6.0, 6, 1, 1]])
def test_a_box_that_covers_nothing_overlaps_nothing_not_even_itself(empty):
    one = torch.tensor([empty])
    assert boxes.iou(one, one).item() == 0
    assert boxes.iou(one, torch.tensor([[0.0, 0.0, 10.0, 10.0]])).item() == 0


def test_iou_of_no_boxes(generator):
    assert boxes.iou(torch.zeros(0, 4), some_boxes(3, generator)).shape == (0, 3)
    assert boxes.iou(some_boxes(3, generator), torch.zeros(0, 4)).shape == (3, 0)


def test_iou_is_exact_for_small_boxes():
    tiny = torch.tensor([[0.0, 0.0, 1e-4, 1e-4]])
    assert boxes.iou(tiny, tiny).item() == pytest.approx(1)


@pytest.mark.parametrize("shape", [(4,), (3, 5), (3, 2, 2)])
def test_iou_refuses_what_are_no_boxes(shape):
    with pytest.raises(ValueError, match=r"expected \(\.\.\., number of boxes, 4\)"):
        boxes.iou(torch.zeros(shape), torch.zeros(1, 4))


# ------------------------------------------------------------------------------------------------------------------- nms


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.8])
def test_nms_is_that_of_torchvision(generator, threshold):
    for count in (1, 10, 80):
        found, scores = some_boxes(count, generator), torch.rand(count, generator=generator)
        one, labels = torch.zeros(count, dtype=torch.int64), torch.randint(3, (count,), generator=generator)
        assert torch.equal(boxes.nms(found, scores, one, threshold), ops.nms(found, scores, threshold))
        assert torch.equal(boxes.nms(found, scores, labels, threshold), ops.batched_nms(found, scores, labels, threshold))


def test_of_equal_boxes_with_equal_scores_the_first_stays():
    twice = torch.tensor([[0.0, 0.0, 4.0, 4.0]] * 3)
    assert boxes.nms(twice, torch.tensor([0.5, 0.5, 0.5]), torch.zeros(3), 0.5).tolist() == [0]


def test_a_suppressed_box_suppresses_nothing():
    chain = torch.tensor([[0.0, 0, 10, 10], [4.0, 0, 14, 10], [8.0, 0, 18, 10]])  # neighbours overlap by 6/14, the ends by 2/18
    assert boxes.nms(chain, torch.tensor([0.9, 0.8, 0.7]), torch.zeros(3), 0.4).tolist() == [0, 2]


def test_an_overlap_of_just_the_threshold_is_allowed():
    halves = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.0]])
    assert boxes.nms(halves, torch.tensor([0.9, 0.8]), torch.zeros(2), 0.5).tolist() == [0, 1]


def test_nms_of_nothing_keeps_nothing():
    kept = boxes.nms(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0), 0.5)
    assert kept.dtype == torch.int64 and kept.tolist() == []


def test_nms_refuses_other_numbers_of_scores():
    with pytest.raises(ValueError, match="2 boxes, 3 scores and 2 labels"):
        boxes.nms(torch.zeros(2, 4), torch.zeros(3), torch.zeros(2), 0.5)


# ------------------------------------------------------------------------------------------------------------ grid of cells


def test_the_cell_that_holds_the_centre_is_responsible():
    one = torch.tensor([[[10.0, 18.0, 26.0, 22.0]]])  # centre (18, 20), 16 x 4 pixels
    targets = boxes.encode(one, torch.tensor([[3]]), (4, 4), 8)
    assert (targets["labels"] >= 0).nonzero().tolist() == [[0, 2, 2]]
    assert targets["labels"][0, 2, 2] == 3
    expected = torch.tensor([0.25, 0.5, 2.0, 0.5])
    expected[2:] = expected[2:].log()
    assert torch.allclose(targets["offsets"][0, :, 2, 2], expected)
    assert targets["offsets"].abs().sum((0, 1)).count_nonzero() == 1


def test_there_and_back(generator):
    for stride, grid in [(8, (8, 8)), (4, (16, 12)), (16, (3, 5))]:
        size = torch.tensor([grid[1], grid[0]]) * stride
        found = some_boxes(200, generator, 1.0) * size.repeat(2)
        labels = torch.randint(5, (200, 1), generator=generator)
        targets = boxes.encode(found[:, None], labels, grid, stride)
        responsible = targets["labels"].flatten(1) >= 0
        assert responsible.sum(1).tolist() == [1] * 200
        assert torch.allclose(boxes.decode(targets["offsets"], stride)[responsible], found, atol=1e-3)
        assert torch.equal(targets["labels"].flatten(1)[responsible], labels[:, 0])


def test_a_cell_that_two_want_goes_to_the_later():
    both = torch.tensor([[[0.0, 0.0, 8.0, 8.0], [1.0, 1.0, 9.0, 9.0]]])
    targets = boxes.encode(both, torch.tensor([[1, 2]]), (2, 2), 8)
    assert targets["labels"].tolist() == [[[2, -1], [-1, -1]]]
    assert torch.allclose(boxes.decode(targets["offsets"], 8)[0, 0], both[0, 1])


def test_padding_empty_boxes_and_boxes_elsewhere_are_left_out():
    none = torch.tensor([[[0.0, 0.0, 8.0, 8.0], [3.0, 3.0, 3.0, 9.0], [14.0, 4.0, 30.0, 12.0]]])
    targets = boxes.encode(none, torch.tensor([[-1, 0, 0]]), (2, 2), 8)
    assert (targets["labels"] == -1).all() and (targets["offsets"] == 0).all()


def test_encode_of_no_boxes():
    targets = boxes.encode(torch.zeros(2, 0, 4), torch.zeros(2, 0, dtype=torch.int64), (3, 4), 8)
    assert targets["labels"].shape == (2, 3, 4) and targets["offsets"].shape == (2, 4, 3, 4)

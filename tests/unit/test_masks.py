import pytest
import torch

from utils import boxes, masks
from utils.datasets import savanna


def rectangles(rows, height=12, width=16):
    """Masks of boxes x0 y0 x1 y1 of whole numbers."""
    x, y = torch.arange(width), torch.arange(height)[:, None]
    return torch.stack([(x >= x0) & (x < x1) & (y >= y0) & (y < y1) for x0, y0, x1, y1 in rows])


def test_the_overlap_of_rectangles_is_that_of_their_boxes():
    rows = torch.tensor([[0, 0, 4, 4], [2, 2, 6, 6], [3, 1, 16, 12], [8, 8, 9, 9]])
    assert torch.allclose(masks.iou(rectangles(rows), rectangles(rows[1:])), boxes.iou(rows.float(), rows[1:].float()))


def test_empty_masks_overlap_nothing_not_even_each_other():
    empty = torch.zeros(2, 5, 7, dtype=torch.bool)
    assert masks.iou(empty, empty).tolist() == [[0, 0], [0, 0]]
    assert masks.iou(empty, torch.ones(3, 5, 7, dtype=torch.bool)).shape == (2, 3)
    assert masks.iou(empty[:0], empty).shape == (0, 2)


def test_masks_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match=r"\(1, 4, 4\) and \(1, 4, 5\)"):
        masks.iou(torch.ones(1, 4, 4), torch.ones(1, 4, 5))


def test_the_centre_of_a_rectangle_is_its_middle():
    assert masks.centres(rectangles([[2, 3, 6, 9], [5, 5, 6, 6]])).tolist() == [[4, 6], [5.5, 5.5]]
    assert masks.centres(torch.zeros(1, 4, 4)).tolist() == [[0, 0]]


def test_every_pixel_points_to_the_centre_of_its_own_thing():
    instances = (rectangles([[2, 3, 6, 9]])[0].int() + 2 * rectangles([[9, 0, 12, 5]])[0].int())[None]
    targets = masks.encode(instances, 3)
    assert targets["offsets"][0, :, 3, 2].tolist() == [4 - 2.5, 6 - 3.5]
    assert targets["offsets"][0, :, 0, 11].tolist() == [10.5 - 11.5, 2.5 - 0.5]
    assert targets["offsets"][0][:, instances[0] == 0].abs().max() == 0
    assert targets["centres"][0, 2, 10] == 1 and targets["centres"].max() <= 1
    assert targets["centres"][0, 11, 15] < 1e-3
    further = targets["centres"][0, 2, 10:16]
    assert (further.diff() < 0).all()


def test_a_picture_without_things_has_no_centres():
    targets = masks.encode(torch.zeros(2, 6, 8, dtype=torch.uint8), 4)
    assert targets["centres"].abs().max() == 0 and targets["offsets"].abs().max() == 0
    found, scores = masks.group(targets["centres"][0], targets["offsets"][0], torch.ones(6, 8, dtype=torch.bool))
    assert found.shape == (0, 6, 8) and scores.shape == (0,)


def test_there_and_back_every_animal_of_a_herd_keeps_its_pixels():
    scenes = savanna.batch(savanna.HERD, 60, seed=3)
    targets, whole, animals = masks.encode(scenes["instances"], 6), 0, 0
    for centres, offsets, instances in zip(targets["centres"], targets["offsets"], scenes["instances"], strict=True):
        true = savanna.masks(instances, 6)
        true = true[true.flatten(1).any(1)]
        found, scores = masks.group(centres, offsets, instances > 0)
        assert (found.sum(0) <= 1).all() and torch.equal(found.any(0), instances > 0)
        assert (scores.diff() <= 0).all()
        animals += len(true)
        whole += int((masks.iou(true, found).max(1).values > 0.99).sum())
    assert whole > 0.97 * animals  # two centres a pixel or two apart are one peak


def test_a_centre_between_four_pixels_is_one_peak():
    square = rectangles([[2, 2, 6, 6]])
    targets = masks.encode(square.int(), 1)
    found, _ = masks.group(targets["centres"][0], targets["offsets"][0], square[0])
    assert torch.equal(found, square)


def test_low_peaks_and_peaks_without_pixels_are_none():
    centres, offsets = torch.zeros(9, 9), torch.zeros(2, 9, 9)
    centres[1, 1], centres[7, 7], centres[1, 7] = 0.9, 0.5, 0.1
    foreground = torch.zeros(9, 9, dtype=torch.bool)
    foreground[:3, :3] = True
    found, scores = masks.group(centres, offsets, foreground)
    assert scores.tolist() == [pytest.approx(0.9)] and torch.equal(found[0], foreground)
    assert len(masks.group(centres, offsets, torch.ones_like(foreground))[0]) == 2
    assert len(masks.group(centres, offsets, torch.ones_like(foreground), least=0.05)[0]) == 3

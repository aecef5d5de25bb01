"""Boxes: how much two of them overlap, which of many to keep, and how a grid of cells writes them down. Unit 08 builds them.

A box is four numbers x0 y0 x1 y1 in pixels from the upper left corner of the picture ("xyxy"): x to the right, y down, (x1, y1) just outside,
so that x1 - x0 is the width. A box without width or height, or with its corners swapped, covers nothing. torchvision.ops.box_convert goes to
other formats and back.

    boxes.iou(found, true)                               # (found, true): intersection over union of every pair
    kept = boxes.nms(found, scores, labels, 0.5)         # the best box of each heap
    targets = boxes.encode(true, labels, (8, 8), 8)      # what the cells of an 8 x 8 grid are to say
    boxes.decode(targets["offsets"], 8)                  # and the boxes that they say
"""

import torch


def area(boxes) -> torch.Tensor:
    """Square pixels that boxes (..., 4) cover: (...), 0 where a box has no width or no height."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


def iou(boxes, others) -> torch.Tensor:
    """Intersection over union of every pair: 1 for the same box, 0 for boxes that do not overlap or cover nothing.

    Parameters
    ----------
    boxes : torch.Tensor, shape (..., N, 4)
    others : torch.Tensor, shape (..., M, 4)

    Returns
    -------
    torch.Tensor, shape (..., N, M)

    Raises
    ------
    ValueError
        If boxes are not rows of four numbers.
    """
    _check(boxes, others)
    first, second = boxes[..., :, None, :], others[..., None, :, :]
    corners = torch.maximum(first[..., :2], second[..., :2]), torch.minimum(first[..., 2:], second[..., 2:])
    shared = area(torch.cat(corners, -1))
    together = area(first) + area(second) - shared
    return torch.where(together > 0, shared / together.clamp(min=1e-12), 0.0)  # 0/0 would be NaN


def nms(boxes, scores, labels, threshold: float) -> torch.Tensor:
    """Non-maximum suppression: of boxes of one class that overlap more than `threshold`, only the one with the highest score stays.

    Parameters
    ----------
    boxes : torch.Tensor, shape (N, 4)
    scores, labels : torch.Tensor, shape (N,)
        Boxes of different labels leave each other alone. Of equal scores, the first counts as higher.
    threshold : float
        Intersection over union, from 0 to 1.

    Returns
    -------
    torch.Tensor, shape (kept,), int64: which boxes stay, from the highest score down

    Raises
    ------
    ValueError
        If the shapes do not match.
    """
    _check(boxes)
    if not len(boxes) == len(scores) == len(labels):
        raise ValueError(
            f"{len(boxes)} boxes, {len(scores)} scores and {len(labels)} labels: one of each is needed for every box"
        )
    rivals = (iou(boxes, boxes) > threshold) & (labels[:, None] == labels)
    kept, suppressed = [], torch.zeros(len(boxes), dtype=torch.bool)
    for i in scores.argsort(descending=True, stable=True).tolist():
        if not suppressed[i]:
            kept.append(i)
            suppressed |= rivals[i]
    return torch.tensor(kept, dtype=torch.int64)


def encode(boxes, labels, grid: tuple[int, int], stride: int) -> dict[str, torch.Tensor]:
    """What the cells of a grid are to say of the boxes: the cell that holds a box's centre is responsible for it.

    Parameters
    ----------
    boxes : torch.Tensor, shape (B, K, 4)
        In pixels; the same number K in each picture.
    labels : torch.Tensor, shape (B, K), int64
        Of each box; -1 where there is none, as `savanna.batch` gives it.
    grid : (rows, columns)
    stride : int
        Side of a cell in pixels.

    Returns
    -------
    dict
        labels : (B, rows, columns) int64, -1 in the cells that are responsible for nothing. Where two centres lie in one cell, the later box has it.
        offsets : (B, 4, rows, columns), zeros in the other cells: where the centre lies within the cell, (x, y) in cells from the cell's upper
            left corner, then the logarithms of width and height in cells

    Boxes without a width or a height, or with their centre outside the grid, are left out.
    """
    _check(boxes)
    rows, columns = grid
    centre, size = (boxes[..., :2] + boxes[..., 2:]) / 2 / stride, (boxes[..., 2:] - boxes[..., :2]) / stride
    cell = centre.floor()
    offsets = torch.cat([centre - cell, size.clamp(min=1e-6).log()], -1)
    column, row = cell.long().unbind(-1)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    there = (labels >= 0) & (size > 0).all(-1) & inside
    targets = {
        "labels": torch.full((len(boxes), rows, columns), -1),
        "offsets": boxes.new_zeros(len(boxes), 4, rows, columns),
    }
    for k in range(boxes.shape[1]):  # one after the other, so that the later box has a cell that two want
        picture = there[:, k].nonzero()[:, 0]
        y, x = row[picture, k], column[picture, k]
        targets["labels"][picture, y, x] = labels[picture, k]
        targets["offsets"][picture, :, y, x] = offsets[picture, k]
    return targets


def decode(offsets, stride: int) -> torch.Tensor:
    """The boxes that the cells of a grid say, in pixels: `encode` backwards.

    Parameters
    ----------
    offsets : torch.Tensor, shape (B, 4, rows, columns)
        Of the centre within the cell, in cells, and the logarithms of width and height in cells.
    stride : int
        Side of a cell in pixels.

    Returns
    -------
    torch.Tensor, shape (B, rows * columns, 4): a box for each cell, row by row
    """
    rows, columns = offsets.shape[2:]
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    centre, size = offsets[:, :2] + torch.stack([x, y]), offsets[:, 2:].exp()
    return (stride * torch.cat([centre - size / 2, centre + size / 2], 1)).flatten(2).transpose(1, 2)


def _check(*groups):
    for boxes in groups:
        if boxes.ndim < 2 or boxes.shape[-1] != 4:
            raise ValueError(
                f"boxes have shape {tuple(boxes.shape)}, expected (..., number of boxes, 4): x0 y0 x1 y1 in each row"
            )

"""Masks: how much two of them overlap, and how centres and offsets write down which pixel belongs to which thing. Unit 09 builds them.

A mask says of every pixel of a picture whether it belongs to a thing. A map of instances holds the masks of all things of a picture at once: 0 for
the background, k + 1 for thing k, so that no pixel belongs to two.

    masks.iou(found, true)                            # (found, true): intersection over union of every pair
    targets = masks.encode(instances, 6)              # where the centres are, and an arrow from every pixel to its own
    found, scores = masks.group(targets["centres"][0], targets["offsets"][0], instances[0] > 0)     # and the masks that they say
"""

import torch
from torch.nn.functional import max_pool2d


def iou(masks, others) -> torch.Tensor:
    """Intersection over union of every pair: 1 for the same mask, 0 for masks that share no pixel or are empty.

    Parameters
    ----------
    masks : torch.Tensor, shape (N, H, W), bool
    others : torch.Tensor, shape (M, H, W), bool

    Returns
    -------
    torch.Tensor, shape (N, M), float32

    Raises
    ------
    ValueError
        If the masks are not of one size.
    """
    if masks.ndim != 3 or others.ndim != 3 or masks.shape[1:] != others.shape[1:]:
        raise ValueError(f"masks have shapes {tuple(masks.shape)} and {tuple(others.shape)}, expected (N, H, W) and (M, H, W)")
    first, second = masks.flatten(1).float(), others.flatten(1).float()
    shared = first @ second.T  # counts of pixels: whole numbers, exact in float32
    together = first.sum(1)[:, None] + second.sum(1) - shared
    return shared / together.clamp(min=1)  # two empty masks: 0/1


def centres(masks) -> torch.Tensor:
    """The centre of gravity of masks (..., H, W) in pixels from the upper left corner, (..., 2) as x, y; zeros for an empty mask."""
    height, width = masks.shape[-2:]
    masks = masks.float()
    pixels = masks.sum((-2, -1)).clamp(min=1)
    x = masks.sum(-2) @ (torch.arange(width) + 0.5)
    y = masks.sum(-1) @ (torch.arange(height) + 0.5)
    return torch.stack([x, y], -1) / pixels[..., None]


def encode(instances, count: int, spread: float = 2.5) -> dict[str, torch.Tensor]:
    """What every pixel is to say of the things in a picture: how near a centre it lies, and where the centre of its own thing is.

    Parameters
    ----------
    instances : torch.Tensor, shape (B, H, W), whole numbers
        0 background, k + 1 for thing k, as `savanna.batch` gives it.
    count : int
        The most things that a picture has.
    spread : float
        Standard deviation in pixels of the bump of each centre.

    Returns
    -------
    dict
        centres : (B, H, W) float32, 1 at a centre of gravity and falling to 0 around it as a Gaussian; where two overlap, the larger
        offsets : (B, 2, H, W) float32, x and y in pixels from the middle of each pixel to the centre of the thing it belongs to; zeros in the background

    Source: B. Cheng and others, Panoptic-DeepLab, 2020.
    """
    rows = range(len(instances))
    things = instances.long()[:, None] == torch.arange(1, count + 1)[:, None, None]
    middles = centres(things)  # (B, count, 2)
    x, y = torch.arange(instances.shape[2]) + 0.5, torch.arange(instances.shape[1]) + 0.5
    across = (-((x - middles[..., :1]) ** 2) / (2 * spread**2)).exp()  # (B, count, W): a Gaussian is a product
    down = (-((y - middles[..., 1:]) ** 2) / (2 * spread**2)).exp()
    bumps = down[..., :, None] * across[..., None, :] * things.any((2, 3))[..., None, None]
    own = torch.cat([torch.zeros_like(middles[:, :1]), middles], 1)[torch.tensor(rows)[:, None, None], instances.long()]
    arrows = torch.stack([own[..., 0] - x, own[..., 1] - y[:, None]], 1) * (instances > 0)[:, None]
    return {"centres": bumps.amax(1) if count else bumps.sum(1), "offsets": arrows}


def group(centres, offsets, foreground, *, least: float = 0.2, window: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    """The things that one picture's map of centres and offsets say: `encode` backwards.

    A thing is a peak of the map of centres; every pixel of the foreground goes to the peak that is nearest to where its offset points.

    Parameters
    ----------
    centres : torch.Tensor, shape (H, W)
    offsets : torch.Tensor, shape (2, H, W)
    foreground : torch.Tensor, shape (H, W), bool
    least : float
        A lower peak is none.
    window : int
        Side in pixels, an odd number, of the square in which a peak must be the highest.

    Returns
    -------
    (masks (n, H, W) bool, scores (n,)) : from the highest peak down, those that got no pixel left out; no pixel belongs to two
    """
    height, width = centres.shape
    _, highest = max_pool2d(centres[None, None], window, 1, window // 2, return_indices=True)
    # Of equal neighbours the first is the peak: two would break a thing apart.
    peaks = (highest[0, 0].flatten() == torch.arange(height * width)) & (centres.flatten() >= least)
    places = peaks.nonzero()[:, 0]
    places = places[centres.flatten()[places].argsort(descending=True, stable=True)]
    if not len(places):
        return torch.zeros(0, height, width, dtype=torch.bool), centres.new_zeros(0)
    middles = torch.stack([places % width, places // width], 1) + 0.5
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    points = (offsets + torch.stack([x, y])).flatten(1).T
    owner = torch.cdist(points, middles).argmin(1).reshape(height, width)
    masks = (owner == torch.arange(len(places))[:, None, None]) & foreground
    some = masks.any(2).any(1)
    return masks[some], centres.flatten()[places[some]]

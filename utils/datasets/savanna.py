"""Savanna: pictures of animals, composed as they are asked for, with every label a vision task can want.

A scene puts animals, drawn by one of five groups of artists, on a background. A `Recipe` says what varies, and each of its entries is a fixed
value or a range, so that an experiment can change exactly one of them. Scene i of a seed depends on the recipe, the seed and i alone: it is the
same picture alone or in a batch, in any order, in any worker and on any machine. To make that so, the random numbers are a hash of
(seed, i, what they are for), and pictures are made in whole-number arithmetic.

    recipe = savanna.Recipe(animals=("zebra", "horse"), rotation=(-90, 90))
    data = savanna.batch(recipe, 1000, seed=1)          # tensors: images, labels, boxes, masks
    image, target = savanna.Scenes(recipe, 1000)[0]     # the same as a map-style data set

How the sprites were made, by whom and under which licences: data/savanna/README.md.
"""

import functools
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from utils.datasets import store

STYLES = ("noto", "twemoji", "openmoji", "fluent_flat", "fluent")
HELD_OUT_STYLE = "openmoji"
SEEN_STYLES = tuple(style for style in STYLES if style != HELD_OUT_STYLE)

_TABLE = """
mammal: badger bat bear beaver bison black-cat boar camel cat cat-face chipmunk cow cow-face deer dog dog-face dolphin donkey
  elephant ewe fox giraffe goat gorilla hamster hedgehog hippopotamus horse horse-face kangaroo koala leopard lion llama mammoth
  monkey monkey-face moose mouse mouse-face orangutan otter ox panda pig pig-face polar-bear poodle rabbit rabbit-face raccoon ram rat
  rhinoceros seal skunk sloth spouting-whale tiger tiger-face two-hump-camel water-buffalo whale wolf zebra
bird: baby-chick bird black-bird chicken dodo dove duck eagle flamingo front-facing-baby-chick goose hatching-chick owl parrot
  peacock penguin rooster swan turkey
reptile: crocodile lizard sauropod snake t-rex turtle
amphibian: frog
fish: blowfish fish shark tropical-fish
insect: ant beetle bug butterfly cockroach cricket fly honeybee lady-beetle mosquito
arachnid: scorpion spider
crustacean: crab lobster shrimp
mollusc: octopus snail squid
other: jellyfish worm
"""
GROUPS = {
    group: tuple(animals.split())
    for group, _, animals in (line.partition(": ") for line in _TABLE.strip().replace("\n  ", " ").splitlines())
}
ANIMALS = tuple(sorted(animal for group in GROUPS.values() for animal in group))

# Target animals for transfer: the near ones have a relative of much the same shape among the source animals, the far ones have none.
TARGET_NEAR = ("crab", "goose", "leopard", "rhinoceros", "wolf", "zebra")
TARGET_FAR = ("butterfly", "giraffe", "jellyfish", "kangaroo", "snail", "turtle")
TARGET = tuple(sorted(TARGET_NEAR + TARGET_FAR))
SOURCE = tuple(animal for animal in ANIMALS if animal not in TARGET)

BACKGROUNDS = ("plain", "gradient", "texture", "photo")

# Animals of which some artists, or all, draw the head alone.
_FACES = """
bear cat-face chicken cow-face dog-face fox frog hamster horse-face lion monkey-face moose mouse-face panda pig-face rabbit-face tiger-face wolf
"""
_FACE_IN_SOME = {
    "baby-chick": {"openmoji"},
    "boar": {"noto", "twemoji", "fluent_flat", "fluent"},
    "deer": {"twemoji"},
    "eagle": {"twemoji"},
    "gorilla": {"twemoji"},
    "koala": {"noto", "twemoji", "fluent_flat", "fluent"},
    "polar-bear": {"noto", "twemoji", "fluent_flat", "fluent"},
    "raccoon": {"twemoji", "fluent_flat", "fluent"},
    "rhinoceros": {"twemoji"},
    "zebra": {"twemoji"},
}

SPRITE = 96  # pixels: the longer side of every sprite, and the side of its cell in the atlas
COLUMNS = 10  # sprites in a row of the atlas

Range = float | tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What varies from scene to scene, and between which ends. A number stands for itself, a pair (low, high) for all between.

    Each entry draws from random numbers of its own: changing one leaves the others as they were. (With several animals, those that do not
    fit are moved, so that changing a size may change places too.)

    Parameters
    ----------
    size : int
        Side of the square picture in pixels, 16 to 384.
    animals : sequence of str
        The classes, out of ANIMALS; label k is animals[k]. The first animal of scenes 0 to n-1 is each of the n classes once, in
        random order, the same again for scenes n to 2n-1, and so on; further animals are drawn at random.
    styles : sequence of str
        Whose drawings, out of STYLES; one style a scene.
    count : int or (int, int)
        Animals in a scene, 1 to 20.
    scale : number or (low, high)
        Longer side of the drawing before it is rotated, as a part of the picture's side.
    rotation : number or (low, high)
        Degrees counter-clockwise.
    mirror : float
        Probability that an animal is mirrored left to right: 0 never, 1 always.
    x, y : number or (low, high)
        Place within the room there is: 0 touches the left (upper) edge, 1 the right (lower) one, 0.5 is the middle. For several animals with
        one fixed place, `min_visible` cannot hold.
    shift : (int, int)
        Pixels to the right and down that all animals are moved at the end, out of the picture if need be.
    occlusion : number or (low, high)
        Part of each animal's pixels to hide behind a post at one of its four sides. At most this part is hidden, to a pixel column.
    min_visible : float
        Every animal shows at least this part of its pixels, whatever lies on top of it; kept by moving animals, before `shift`.
    backgrounds : sequence of str
        Out of BACKGROUNDS, each as likely as the others.
    brightness, contrast : number or (low, high)
        Factors on the finished picture; contrast is about the middle grey. 1 changes nothing.
    tint : number or (low, high)
        From -1, bluish, to 1, reddish light. 0 changes nothing.

    Raises
    ------
    ValueError
        For a value out of range or a combination that cannot be kept.
    """

    size: int = 48
    animals: Sequence[str] = SOURCE
    styles: Sequence[str] = SEEN_STYLES
    count: int | tuple[int, int] = 1
    scale: Range = (0.4, 0.7)
    rotation: Range = 0.0
    mirror: float = 0.5
    x: Range = (0.0, 1.0)
    y: Range = (0.0, 1.0)
    shift: tuple[int, int] = (0, 0)
    occlusion: Range = 0.0
    min_visible: float = 0.5
    backgrounds: Sequence[str] = BACKGROUNDS
    brightness: Range = 1.0
    contrast: Range = 1.0
    tint: Range = 0.0

    def __post_init__(self):
        if not _whole(self.size) or not 16 <= self.size <= 384:
            raise ValueError(f"size={self.size!r}: expected a whole number of pixels, 16 to 384")
        for name, known in (("animals", ANIMALS), ("styles", STYLES), ("backgrounds", BACKGROUNDS)):
            _check_names(name, getattr(self, name), known)
        for name, (least, most) in _LIMITS.items():
            _check_range(name, getattr(self, name), least, most)
        for name in ("mirror", "min_visible"):
            value = getattr(self, name)
            if isinstance(value, bool | tuple | list) or not 0 <= value <= 1:
                raise ValueError(f"{name}={value!r}: expected one number from 0 to 1")
        if not all(_whole(n) for n in _ends(self.count)):
            raise ValueError(f"count={self.count!r}: expected whole numbers")
        if not (isinstance(self.shift, tuple | list) and len(self.shift) == 2 and all(_whole(n) for n in self.shift)):
            raise ValueError(f"shift={self.shift!r}: expected two whole numbers of pixels, to the right and down")
        low, high = _ends(self.scale)
        if low * self.size < 6:
            raise ValueError(
                f"scale={self.scale!r} of {self.size} pixels is less than 6 pixels: an animal needs more; raise scale or size"
            )
        spread = _widest(*_ends(self.rotation))
        if high * spread > 1.0001:
            raise ValueError(
                f"scale={self.scale!r} with rotation={self.rotation!r} does not fit into the picture: a drawing turned so can be {spread:.2f} times "
                f"as wide; use a scale of at most {math.floor(100 / spread) / 100}"
            )
        if _ends(self.occlusion)[1] > 1 - self.min_visible + 1e-9:
            raise ValueError(
                f"occlusion={self.occlusion!r} hides more than min_visible={self.min_visible} allows: lower one of the two so that they add up to 1 at most"
            )


_LIMITS = {
    "count": (1, 20),
    "scale": (0.01, 1),
    "rotation": (-360, 360),
    "x": (0, 1),
    "y": (0, 1),
    "occlusion": (0, 1),
    "brightness": (0, 4),
    "contrast": (0, 4),
    "tint": (-1, 1),
}


def view(animal: str, style: str) -> str:
    """What a drawing shows: "face" (the head alone) or "whole". An animal can be drawn either way by different artists.

    Raises
    ------
    ValueError
        For an animal or a style there is none of.
    """
    _check_names("animal", [animal], ANIMALS)
    _check_names("style", [style], STYLES)
    return "face" if animal in _FACES.split() or style in _FACE_IN_SOME.get(animal, ()) else "whole"


def sprite(animal: str, style: str):
    """One drawing on its own, as the artists made it.

    Returns
    -------
    torch.Tensor, shape (4, height, width), uint8: red, green, blue, opacity; the longer side is 96 pixels

    Raises
    ------
    ValueError
        For an animal or a style there is none of.
    DataDamaged
        If the file of the drawings is missing or damaged.
    """
    import torch

    _check_names("animal", [animal], ANIMALS)
    _check_names("style", [style], STYLES)
    cell = _cells(style)[ANIMALS.index(animal)]
    height, width = _extent(cell)
    return torch.from_numpy(np.moveaxis(cell[:height, :width], -1, 0).copy())


def batch(recipe: Recipe, count: int, *, seed: int = 0, start: int = 0) -> dict:
    """Scenes start to start + count - 1 of a seed as tensors; the fast way to fill a training set.

    With K the most animals a scene of the recipe can have, and S its size in pixels:

    images     (count, 3, S, S) uint8, red, green, blue
    labels     (count, K) int64, index into recipe.animals, -1 where a scene has fewer animals; later ones lie on top of earlier ones
    boxes      (count, K, 4) float32, x0 y0 x1 y1 in pixels: the least rectangle around the visible pixels, x1 and y1 just outside, so that
               x1 - x0 is the width; zeros where there is nothing to see
    visible    (count, K) float32, visible part of the animal's pixels
    styles     (count,) int64, index into STYLES
    semantic   (count, S, S) uint8, 0 background, label + 1 elsewhere
    instances  (count, S, S) uint8, 0 background, k + 1 where the animal in column k of `labels` is visible; see `masks`

    A pixel is an animal's where the drawing covers at least half of it.

    Raises
    ------
    ValueError
        For a negative seed, start or count, or a scene whose animals found no place with min_visible of each to be seen.
    DataDamaged
        If the file of the drawings is missing or damaged.
    """
    import torch

    if not _whole(count) or count < 0:
        raise ValueError(f"count={count!r}: expected a whole number of scenes, 0 or more")
    return {name: torch.from_numpy(array) for name, array in _compose(recipe, seed, _numbers(start, count)).items()}


def scene(recipe: Recipe, index: int, *, seed: int = 0) -> dict:
    """Scene `index` of a seed, as a row of `batch` without its padding.

    Returns
    -------
    dict: image (3, S, S) uint8, labels (n,), boxes (n, 4), masks (n, S, S) bool, visible (n,), style (), semantic (S, S), instances (S, S)

    Raises
    ------
    ValueError, DataDamaged
        As `batch`.
    """
    rows = {name: tensor[0] for name, tensor in batch(recipe, 1, seed=seed, start=index).items()}
    n = int((rows["labels"] >= 0).sum())
    return {
        "image": rows["images"],
        "labels": rows["labels"][:n],
        "boxes": rows["boxes"][:n],
        "masks": masks(rows["instances"], n),
        "visible": rows["visible"][:n],
        "style": rows["styles"],
        "semantic": rows["semantic"],
        "instances": rows["instances"],
    }


def truths(scenes: dict) -> list[dict]:
    """The animals of each scene of a `batch`, without the padding: what a detector or a segmenter is compared with.

    Returns
    -------
    list of dict, one a scene: boxes (n, 4), labels (n,), masks (n, S, S) of the animals of which something is to be seen
    """
    columns = (scenes[name] for name in ("boxes", "labels", "instances", "visible"))
    return [
        {"boxes": boxes[visible > 0], "labels": labels[visible > 0], "masks": masks(instances, len(labels))[visible > 0]}
        for boxes, labels, instances, visible in zip(*columns, strict=True)
    ]


def masks(instances, count: int):
    """A map of instances as one mask an animal.

    Parameters
    ----------
    instances : torch.Tensor, shape (..., S, S)
        0 background, k + 1 for animal k, as `batch` gives it.
    count : int
        Masks wanted; those of animals that are not there are empty.

    Returns
    -------
    torch.Tensor, shape (..., count, S, S), bool: no pixel belongs to two
    """
    import torch

    return instances.unsqueeze(-3) == torch.arange(1, count + 1, dtype=instances.dtype, device=instances.device)[:, None, None]


class Scenes:
    """Scenes start to start + length - 1 of a seed as a map-style data set for torch.utils.data.DataLoader.

    Item i is (image, target): image (3, S, S) float32 in [0, 1], target the other entries of `scene`. Where `count` is a range,
    scenes differ in their number of boxes, and a loader needs a collate_fn of its own.
    """

    def __init__(self, recipe: Recipe, length: int, *, seed: int = 0, start: int = 0):
        _numbers(start, 0)
        if not _whole(length) or length < 0:
            raise ValueError(f"length={length!r}: expected a whole number of scenes, 0 or more")
        self.recipe, self.length, self.seed, self.start = recipe, length, seed, start

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, i: int):
        if not 0 <= i < self.length:
            raise IndexError(f"scene {i} of a set of {self.length}: expected 0 to {self.length - 1}")
        target = scene(self.recipe, self.start + int(i), seed=self.seed)
        return target.pop("image").float() / 255, target


def clip(recipe: Recipe, index: int, frames: int, *, velocity: tuple[int, int] = (2, 0), seed: int = 0) -> dict:
    """A short video: scene `index`, whose animals move over a still background.

    Parameters
    ----------
    frames : int
        Pictures in the video, at least 1. The first is `scene` itself.
    velocity : (int, int)
        Pixels to the right and down from one frame to the next.

    Returns
    -------
    dict: images (frames, 3, S, S) uint8, labels (n,), boxes (frames, n, 4), masks (frames, n, S, S), visible (frames, n), style ();
        an animal that has left the picture has an empty mask and a box of zeros

    Raises
    ------
    ValueError, DataDamaged
        As `batch`, and for fewer than 1 frame.
    """
    import torch

    if not _whole(frames) or frames < 1:
        raise ValueError(f"frames={frames!r}: expected a whole number, at least 1")
    (x, y), (dx, dy) = recipe.shift, velocity
    steps = [scene(replace(recipe, shift=(x + dx * t, y + dy * t)), index, seed=seed) for t in range(frames)]
    moving = {"images": "image", "boxes": "boxes", "masks": "masks", "visible": "visible"}
    stacked = {name: torch.stack([step[key] for step in steps]) for name, key in moving.items()}
    return stacked | {"labels": steps[0]["labels"], "style": steps[0]["style"]}


# ------------------------------------------------------------------------------------------------------ composing scenes
#
# A pixel is one 64-bit number of four 16-bit lanes: red, green, blue, opacity, colours multiplied by opacity. A lane holds at most 255, so
# it can be multiplied by up to 256 without touching the next: one multiplication weights all four.

_LANES = np.uint64(0x00FF00FF00FF00FF)
_OPACITY, _BYTE = np.uint64(48), np.uint64(8)
_TRIES, _ROUNDS = 40, 10  # places tried for an animal, and fresh starts, before a scene is given up
_CHUNK = 256  # scenes that are composed before their pixels are unpacked


def _compose(recipe, seed, indices):
    """The arrays of `batch` for the scenes of these numbers."""
    if not _whole(seed) or not 0 <= seed < 2**63:
        raise ValueError(f"seed={seed!r}: expected a whole number from 0 to 2**63 - 1")
    n, size, most = len(indices), recipe.size, int(_ends(recipe.count)[1])
    draws = _draw(recipe, seed, indices)
    out = {
        "images": np.empty((n, 3, size, size), np.uint8),
        "labels": draws["labels"],
        "boxes": np.zeros((n, most, 4), np.float32),
        "visible": np.zeros((n, most), np.float32),
        "styles": draws["styles"],
        "semantic": np.empty((n, size, size), np.uint8),
        "instances": np.zeros((n, size, size), np.uint8),
    }
    canvases = np.empty((min(n, _CHUNK), size, size), np.uint64)
    for first in range(0, n, _CHUNK):
        last = min(first + _CHUNK, n)
        for row in range(first, last):
            canvas = canvases[row - first]
            _paint_background(canvas, recipe, draws, row)
            rasters = [_animal(recipe, draws, row, k) for k in range(draws["count"][row])]
            places = _places(recipe, seed, draws, row, rasters)
            for k, (raster, (left, top)) in enumerate(zip(rasters, places, strict=True)):
                _paste(canvas, out["instances"][row], raster, left + recipe.shift[0], top + recipe.shift[1], k)
            _measure(out, row, rasters)
        for channel in range(3):
            out["images"][first:last, channel] = canvases[: last - first] >> np.uint64(16 * channel)
    _light(out["images"], recipe, draws)
    codes = np.concatenate([np.zeros((n, 1), np.uint8), (draws["labels"] + 1).astype(np.uint8)], axis=1)
    np.take(codes.ravel(), out["instances"] + (np.arange(n) * (most + 1))[:, None, None], out=out["semantic"])
    return out


def _draw(recipe, seed, indices):
    """Every random choice of these scenes: arrays with a row a scene, and a column an animal where each has its own."""
    most = int(_ends(recipe.count)[1])

    def uniform(what, columns=most):
        return _uniform(seed, indices, what, columns)

    def between(what, columns=most):
        low, high = _ends(getattr(recipe, what))
        return low + (high - low) * uniform(what, columns)

    def choose(what, options, columns=1):
        return (uniform(what, columns) * options).astype(np.int64)

    low, high = _ends(recipe.count)
    counts = int(low) + choose("count", int(high) - int(low) + 1)[:, 0]
    labels = choose("animals", len(recipe.animals), most)
    labels[:, 0] = _in_turn(seed, indices, len(recipe.animals))
    labels[np.arange(most) >= counts[:, None]] = -1
    styles = np.array([STYLES.index(style) for style in recipe.styles])[choose("styles", len(recipe.styles))[:, 0]]
    names = np.array([ANIMALS.index(animal) for animal in recipe.animals])
    return {
        "indices": indices,
        "count": counts,
        "labels": labels,
        "animals": names[labels],
        "styles": styles,
        "length": between("scale") * recipe.size,
        "rotation": between("rotation"),
        "mirror": uniform("mirror") < recipe.mirror,
        "x": between("x"),
        "y": between("y"),
        "occlusion": between("occlusion"),
        "post": uniform("post", 5 * most),
        "background": choose("backgrounds", len(recipe.backgrounds))[:, 0],
        "ground": uniform("ground", 16),
        "brightness": between("brightness", 1),
        "contrast": between("contrast", 1),
        "tint": between("tint", 1),
    }


def _animal(recipe, draws, row, k):
    """(pixels, mask, footprint, full, box) of animal k: what is painted, what of it shows, what it hides, its pixels before any were
    hidden, and the box (left, top, right, bottom) of the whole animal."""
    style, animal = STYLES[draws["styles"][row]], draws["animals"][row, k]
    pixels = _raster(style, animal, draws["length"][row, k], draws["rotation"][row, k], draws["mirror"][row, k])
    mask = pixels >> _OPACITY >= 128
    box = _box(mask)
    full, part = np.count_nonzero(mask), draws["occlusion"][row, k]
    if part > 0:
        return *_hide(pixels, mask, box, part, draws["post"][row, 5 * k : 5 * k + 5]), full, box
    return pixels, mask, mask, full, box


def _raster(style, animal, length, degrees, mirror):
    """A drawing scaled to `length` pixels and turned, by bilinear interpolation in the least larger picture of it: (height, width) uint64."""
    level = next((side for side in _LEVELS if side >= length), SPRITE)
    source = _level(style, level)[animal]
    height, width = _extents(style)[animal]
    # rounded, because the last bit of a cosine differs between machines
    cos, sin = (round(f(math.radians(degrees)) * 2**30) / 2**30 for f in (math.cos, math.sin))
    half_width, half_height = width * length / (2 * SPRITE), height * length / (2 * SPRITE)
    room = 2.5 + 1.5 * length / SPRITE  # for soft edges, and for drawings that are half a pixel off the middle
    columns = 2 * int(abs(cos) * half_width + abs(sin) * half_height + room)
    rows = 2 * int(abs(sin) * half_width + abs(cos) * half_height + room)
    step = 65536 * level / length / 2
    across, down = round(step * cos), round(step * sin)
    x = np.arange(1 - columns, columns, 2, dtype=np.int32)
    y = np.arange(1 - rows, rows, 2, dtype=np.int32)[:, None]
    middle = (level + 2 * _MARGIN - 1) * 32768
    u, v = across * x - down * y, down * x + across * y
    u = np.subtract(middle, u, out=u) if mirror else np.add(u, middle, out=u)
    v += middle

    side = level + 2 * _MARGIN
    last = (side - 2) << 16
    np.clip(u, 0, last, out=u)
    np.clip(v, 0, last, out=v)
    corner = (v >> 16) * side + (u >> 16)
    right, low = (u >> 8) & 255, (v >> 8) & 255
    both = (right * low) >> 8
    source = source.ravel()
    pixels = source[corner] * (256 - right - low + both).astype(np.uint64)
    pixels += source[corner + 1] * (right - both).astype(np.uint64)
    corner += side
    pixels += source[corner] * (low - both).astype(np.uint64)
    pixels += source[corner + 1] * both.astype(np.uint64)
    pixels >>= _BYTE
    pixels &= _LANES
    return pixels


def _hide(pixels, mask, box, part, random):
    """Puts a post before one side of an animal: as wide as can be with at most `part` of the pixels hidden."""
    left, top, right, bottom = box
    upright = random[0] < 0.5
    from_end = random[1] < 0.5
    lines = mask.sum(axis=0 if upright else 1)
    hidden = np.cumsum(lines[::-1] if from_end else lines)
    wide = int(np.searchsorted(hidden, part * hidden[-1] + 1e-9, side="right"))  # lines from the edge of the raster on
    if hidden[max(wide - 1, 0)] == 0:
        return pixels, mask, mask
    more = 1 + (right - left + bottom - top) // 16
    x0, x1, y0, y1 = left - more, right + more, top - more, bottom + more
    if upright:
        x0, x1 = (pixels.shape[1] - wide, x1) if from_end else (x0, wide)
    else:
        y0, y1 = (pixels.shape[0] - wide, y1) if from_end else (y0, wide)
    post = np.zeros(mask.shape, bool)
    post[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = True
    colour = _colour(_POSTS[int(random[2] * len(_POSTS))], random[3:5])
    return np.where(post, colour | np.uint64(255 << 48), pixels), mask & ~post, mask | post


def _places(recipe, seed, draws, row, rasters):
    """(left, top) of each raster, so that the whole animal is in the picture and min_visible of it is in sight."""
    size = recipe.size

    def place(k, x, y):
        left, top, right, bottom = rasters[k][4]
        return _within(x, size - (right - left)) - left, _within(y, size - (bottom - top)) - top

    if len(rasters) == 1:
        return [place(0, draws["x"][row, 0], draws["y"][row, 0])]
    more_x = more_y = None
    for fresh_start in range(_ROUNDS):
        owner = np.zeros((size, size), np.uint8)
        full = np.array([raster[3] for raster in rasters])
        seen, places = [], []
        for k, (_, mask, footprint, _, _) in enumerate(rasters):
            for attempt in range(_TRIES):
                if fresh_start == attempt == 0:
                    x, y = draws["x"][row, k], draws["y"][row, k]
                else:
                    if more_x is None:
                        more_x, more_y = (
                            _again(recipe, seed, draws["indices"][row : row + 1], what, len(rasters)) for what in "xy"
                        )
                    x, y = more_x[fresh_start, k, attempt], more_y[fresh_start, k, attempt]
                left, top = place(k, x, y)
                there, part = _overlap(size, mask.shape, left, top)
                window = owner[there]
                lost = np.bincount(window[footprint[part]], minlength=len(rasters) + 1)[1 : k + 1]
                remains = np.append(np.array(seen, int) - lost, np.count_nonzero(mask[part]))
                if (remains >= recipe.min_visible * full[: k + 1]).all():
                    window[footprint[part]] = 0
                    window[mask[part]] = k + 1
                    seen = list(remains)
                    places.append((left, top))
                    break
            else:
                break
        if len(places) == len(rasters):
            return places
    raise ValueError(
        f"scene {draws['indices'][row]} of seed {seed}: {len(rasters)} animals with scale={recipe.scale!r} found no places where {recipe.min_visible:.0%} "
        "of each can be seen; use fewer or smaller animals, wider ranges of x and y, or a lower min_visible"
    )


def _again(recipe, seed, index, what, animals):
    low, high = _ends(getattr(recipe, what))
    return (low + (high - low) * _uniform(seed, index, f"{what} again", _ROUNDS * animals * _TRIES)).reshape(
        _ROUNDS, animals, _TRIES
    )


def _within(fraction, room):
    """A whole number from 0 to room; where there is no room, what centres a thing that is too large."""
    return min(int(fraction * (room + 1)), room) if room >= 0 else room // 2


def _overlap(size, shape, left, top):
    """What a raster at (left, top) and the picture have in common, as slices of the picture and of the raster."""
    y0, y1 = max(top, 0), min(top + shape[0], size)
    x0, x1 = max(left, 0), min(left + shape[1], size)
    y1, x1 = max(y0, y1), max(x0, x1)
    there = slice(y0, y1), slice(x0, x1)
    return there, (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))


def _paste(canvas, instances, raster, left, top, k):
    pixels, mask, footprint, _, _ = raster
    there, part = _overlap(len(canvas), pixels.shape, left, top)
    pixels = pixels[part]
    opacity = pixels >> _OPACITY
    behind = canvas[there]
    behind *= np.uint64(256) - opacity - (opacity >> np.uint64(7))
    behind >>= _BYTE
    behind &= _LANES
    behind += pixels
    map_ = instances[there]
    if footprint is not mask:
        map_[footprint[part]] = 0
    map_[mask[part]] = k + 1


def _measure(out, row, rasters):
    instances = out["instances"][row]
    for k, (_, _, _, full, _) in enumerate(rasters):
        visible = instances == k + 1
        box = _box(visible)
        if box is not None:
            out["boxes"][row, k] = box
            out["visible"][row, k] = np.count_nonzero(visible) / full


def _box(mask):
    """(left, top, right, bottom) of the least rectangle around what is true, the last two just outside; None if nothing is."""
    rows, columns = mask.any(axis=1), mask.any(axis=0)
    top, left = int(rows.argmax()), int(columns.argmax())
    if not rows[top]:
        return None
    return left, top, len(columns) - int(columns[::-1].argmax()), len(rows) - int(rows[::-1].argmax())


# ----------------------------------------------------------------------------------------------------- backgrounds, light

# Pairs that go together, as on a savanna: sky and haze, grass, sand, water, dusk, leaves, rock, earth.
_PAIRS = (
    ((96, 160, 220), (220, 232, 236)),
    ((120, 144, 72), (196, 188, 104)),
    ((206, 176, 122), (236, 216, 170)),
    ((52, 104, 132), (132, 184, 190)),
    ((244, 170, 96), (110, 84, 130)),
    ((40, 84, 44), (124, 160, 84)),
    ((104, 100, 98), (178, 172, 164)),
    ((112, 72, 48), (182, 132, 92)),
    ((92, 120, 176), (232, 196, 168)),
    ((150, 170, 130), (228, 224, 196)),
)
_POSTS = ((84, 62, 44), (104, 100, 98), (56, 84, 48), (150, 126, 92))


def _colour(colour, random):
    """A colour with some change of lightness (all channels) and of warmth (red against blue), as lanes."""
    light, warm = (int(48 * value) - 24 for value in random)
    red, green, blue = (
        min(max(int(c) + d, 0), 255) for c, d in zip(colour, (light + warm // 2, light, light - warm // 2), strict=True)
    )
    return np.uint64(red | green << 16 | blue << 32)


def _paint_background(canvas, recipe, draws, row):
    family, random = recipe.backgrounds[draws["background"][row]], draws["ground"][row]
    size = len(canvas)
    if family == "photo":
        photos = [photo for photo in _photos() if min(photo.shape) >= size]
        canvas[:] = _crop(photos[int(random[0] * len(photos))], size, random[1:4])
        return
    pair = _PAIRS[int(random[0] * len(_PAIRS))]
    first, second = _colour(pair[0], random[1:3]), _colour(pair[1], random[3:5])
    if random[5] < 0.5:
        first, second = second, first
    if family == "plain":
        canvas[:] = first
        return
    amount = (
        _slope(size, random[6])
        if family == "gradient"
        else _crop(_textures()[int(random[6] * len(_textures()))], size, random[7:10])
    )
    np.multiply(amount, second, out=canvas)
    canvas += (np.uint64(256) - amount) * first
    canvas >>= _BYTE
    canvas &= _LANES


def _slope(size, turn):
    """A plane from 0 at one corner or edge to 256 at the opposite one, (size, size) uint64, in one of 64 directions."""
    angle = 2 * math.pi * int(64 * turn) / 64
    across, down = (round(f(angle) * 2**30) / 2**30 for f in (math.cos, math.sin))
    steepness = 2**24 / ((abs(across) + abs(down)) * size)
    place = np.arange(1 - size, size, 2, dtype=np.int64)
    plane = 2**24 + round(steepness * across) * place + round(steepness * down) * place[:, None]
    return (plane >> 17).astype(np.uint64)


def _crop(picture, size, random):
    height, width = picture.shape
    top, left = int(random[0] * (height - size + 1)), int(random[1] * (width - size + 1))
    window = picture[top : top + size, left : left + size]
    return window[:, ::-1] if random[2] < 0.5 else window


@functools.cache
def _textures():
    """Fields of 512 x 512 from 0 to 256, by value noise: clouds, blades of grass, sand, ripples."""
    cells = {
        "clouds": ((64, 64, 8), (32, 32, 4), (16, 16, 2), (8, 8, 1)),
        "grass": ((32, 4, 4), (16, 2, 3), (64, 32, 3)),
        "sand": ((2, 2, 2), (4, 4, 2), (32, 32, 2)),
        "ripples": ((4, 32, 4), (8, 64, 4), (2, 8, 1)),
    }
    return [_noise(name, octaves) for name, octaves in cells.items()]


def _noise(name, octaves):
    total = np.zeros((512, 512), np.int64)
    for number, (height, width, weight) in enumerate(octaves):
        knots = _hash(0, np.arange(512 // height, dtype=np.uint64), f"{name} {number}", 512 // width)
        knots = (knots >> np.uint64(52)).astype(np.int64)
        for axis, length in ((0, height), (1, width)):
            near, far = (np.repeat(k, length, axis) for k in (knots, np.roll(knots, -1, axis)))
            share = np.arange(512) % length
            share = share[:, None] if axis == 0 else share
            knots = (near * (length - share) + far * share) // length
        total += weight * knots
    low, high = np.sort(total, axis=None)[[2621, -2621]]  # all but a hundredth at either end
    return ((total - low) * 256 // (high - low)).clip(0, 256).astype(np.uint64)


@functools.cache
def _photos():
    """Scikit-learn's two photographs at full, half and quarter size, as lanes."""
    from sklearn.datasets import load_sample_image

    levels = []
    for name in ("china", "flower"):
        photo = load_sample_image(f"{name}.jpg").astype(np.uint64)
        for by in (1, 2, 4):
            height, width = (side // by for side in photo.shape[:2])
            means = photo[: height * by, : width * by].reshape(height, by, width, by, 3).sum(axis=(1, 3)) // np.uint64(by * by)
            levels.append(_pack(means))
    return sorted(levels, key=lambda level: level.size)


def _light(images, recipe, draws):
    if (_ends(recipe.brightness), _ends(recipe.contrast), _ends(recipe.tint)) == ((1, 1), (1, 1), (0, 0)):
        return
    warm = draws["tint"] * np.array([[0.3, 0.0, -0.3]]) + 1
    value = (np.arange(256) - 128.0) * draws["contrast"] + 128
    tables = np.rint(value[:, None] * (draws["brightness"] * warm)[:, :, None]).clip(0, 255).astype(np.uint8)
    for image, table in zip(images, tables, strict=True):
        for channel in range(3):
            image[channel] = table[channel][image[channel]]


# ----------------------------------------------------------------------------------------------------------------- sprites

# Sides of the pictures in which rasters are looked up: with steps of about 4 / 3, bilinear interpolation skips no pixel.
_LEVELS = (8, 10, 14, 18, 24, 32, 42, 56, 72, 96)
_MARGIN = 2


def _cells(style):
    """The drawings of a style, (animals, 96, 96, 4) uint8, each in the upper left corner of its cell."""
    import io

    from PIL import Image

    content = store.read(f"savanna/{style}.webp")
    atlas = np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))
    rows = atlas.shape[0] // SPRITE
    cells = atlas.reshape(rows, SPRITE, COLUMNS, SPRITE, 4).swapaxes(1, 2).reshape(-1, SPRITE, SPRITE, 4)
    return cells[: len(ANIMALS)]


def _extent(cell):
    """(height, width) of the drawing in a cell."""
    _, _, right, bottom = _box(cell[..., 3] > 0)
    return bottom, right


@functools.cache
def _squares(style):
    """The drawings of a style in the middle of squares, colours multiplied by opacity: (animals, 96, 96, 4) uint8; and their extents."""
    cells = _cells(style)
    extents = [_extent(cell) for cell in cells]
    squares = np.zeros_like(cells)
    for square, cell, (height, width) in zip(squares, cells, extents, strict=True):
        top, left = (SPRITE - height) // 2, (SPRITE - width) // 2
        square[top : top + height, left : left + width] = cell[:height, :width]
    opacity = squares[..., 3:].astype(np.uint16)
    squares[..., :3] = (squares[..., :3] * opacity + 127) // 255
    return squares, extents


def _extents(style):
    return _squares(style)[1]


@functools.cache
def _level(style, side):
    """The drawings of a style averaged down to side x side pixels with an empty margin: (animals, side + 4, side + 4) lanes."""
    # Weights and sums are whole numbers below 2**24, so that float32 is exact in any order of adding up.
    edges = np.arange(SPRITE) * side, np.arange(side)[:, None] * SPRITE
    weights = (np.minimum(edges[0] + side, edges[1] + SPRITE) - np.maximum(edges[0], edges[1])).clip(0).astype(np.float32)
    squares = _squares(style)[0].astype(np.float32)
    n = len(squares)
    sums = (weights @ squares.reshape(n, SPRITE, -1)).reshape(n, side, SPRITE, 4)
    sums = (weights @ sums).astype(np.int64)
    means = (sums + SPRITE**2 // 2) // SPRITE**2
    return np.pad(_pack(means), ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)))


def _pack(channels):
    """(..., 3 or 4) whole numbers up to 255 as lanes."""
    lanes = np.zeros(channels.shape[:-1], np.uint64)
    for channel in range(channels.shape[-1]):
        lanes |= channels[..., channel].astype(np.uint64) << np.uint64(16 * channel)
    return lanes


# ----------------------------------------------------------------------------------------------------------------- numbers


def _hash(seed, indices, what, columns):
    """Random 64-bit numbers, (len(indices), columns), each a hash of (seed, index, what, column).

    The mixing function is that of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014), once for each of
    the four. A hash, unlike a generator, needs no state: a scene is the same whichever others are made with it, and a whole batch is drawn at once.
    """
    key = _mix(np.array([seed], np.uint64) + np.uint64(zlib.crc32(what.encode())) * _GOLDEN)
    rows = _mix(indices.astype(np.uint64) * _GOLDEN + key)
    return _mix(rows[:, None] + np.arange(1, columns + 1, dtype=np.uint64) * _GOLDEN)


_GOLDEN = np.array([0x9E3779B97F4A7C15], np.uint64)  # arrays, which wrap around in silence; scalars warn


def _mix(x):
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _uniform(seed, indices, what, columns):
    """Numbers from 0 up to but not including 1, (len(indices), columns) float64."""
    return (_hash(seed, indices, what, columns) >> np.uint64(11)) * 2.0**-53


def _in_turn(seed, indices, n):
    """Each of 0 to n-1 once in every n scenes, in a random order."""
    blocks, which = np.unique(indices // n, return_inverse=True)
    orders = _hash(seed, blocks, "order", n).argsort(axis=1, kind="stable")
    return orders[which, indices % n]


def _numbers(start, count):
    if not _whole(start) or start < 0:
        raise ValueError(f"scene {start!r}: expected a whole number, 0 or more")
    return np.arange(start, start + count, dtype=np.int64)


def _whole(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _ends(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def _widest(low, high):
    """The most by which turning a square between two angles (degrees) widens it."""
    diagonal = math.ceil((low - 45) / 90) * 90 + 45 <= high
    return math.sqrt(2) if diagonal else max(abs(math.cos(math.radians(a))) + abs(math.sin(math.radians(a))) for a in (low, high))


def _check_names(what, names, known):
    if isinstance(names, str) or not len(names):
        raise ValueError(f"{what}={names!r}: expected a sequence of names, at least one, such as {tuple(known[:2])}")
    for name in names:
        if name not in known:
            raise ValueError(f"{what}: there is no {name!r}; choose from {', '.join(known)}")
    if len(set(names)) < len(names):
        raise ValueError(f"{what}={names!r} names one twice; name each once")


def _check_range(name, value, least, most):
    ends = _ends(value)
    numbers = len(ends) == 2 and all(isinstance(end, int | float | np.number) and not isinstance(end, bool) for end in ends)
    if not numbers or not least <= ends[0] <= ends[1] <= most:
        raise ValueError(f"{name}={value!r}: expected a number or a pair (low, high) with {least} <= low <= high <= {most}")


# Scenes of several animals, to detect (unit 08) and to outline (unit 09).
HERD = Recipe(
    size=64,
    animals=("camel", "crocodile", "elephant", "flamingo", "giraffe", "hippopotamus", "lion", "monkey", "rhinoceros", "zebra"),
    count=(1, 6),
    scale=(0.2, 0.4),
    rotation=(-15, 15),
    min_visible=0.4,
    brightness=(0.7, 1.3),
    contrast=(0.7, 1.3),
    tint=(-0.3, 0.3),
)

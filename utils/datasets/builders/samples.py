"""Makes data/samples.png, the pictures of digits and photos in data/README.md: python -m utils.datasets.builders.samples"""

import io
import sys

import numpy as np

from utils.datasets import digits, photos, store

ZOOM, GAP, ROWS = 6, 6, 3


def main() -> None:
    store.write("samples.png", picture())


def picture() -> bytes:
    """A column a class of digits from the training split, six times as large, and beside them the photographs; a PNG of few colours."""
    from PIL import Image

    images, labels = digits.load("train")
    pixels = (255 - images[:, 0] * 255).round().byte().numpy().repeat(ZOOM, 1).repeat(ZOOM, 2)
    columns = [_stack([pixels[i] for i in np.flatnonzero(labels == digit)[:ROWS]], 0) for digit in range(10)]
    sheet = _stack(columns, 1)
    colour = [sheet[..., None].repeat(3, -1)]
    for name in photos.NAMES:
        photo = photos.load(name, len(sheet)).mul(255).round().byte().numpy()
        colour.append(np.moveaxis(photo, 0, -1))
    file = io.BytesIO()
    drawn = Image.fromarray(_stack(colour, 1)).quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    drawn.save(file, "PNG", optimize=True)
    return file.getvalue()


def _stack(tiles, axis: int):
    """Tiles in a row (axis 1) or column (axis 0) with white between them."""
    gap = [GAP if a == axis else length for a, length in enumerate(tiles[0].shape)]
    between = np.full(gap, 255, np.uint8)
    return np.concatenate([part for tile in tiles for part in (between, tile)][1:], axis)


if __name__ == "__main__":
    sys.exit(main())

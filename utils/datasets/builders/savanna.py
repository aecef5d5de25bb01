"""Makes data/savanna: every animal that five groups of artists have drawn, rendered from their SVG files.

    pip install resvg-py==0.5.0 pillow==13.0.0      # beside the course itself; and npm, which fetches the artists' packages
    python -m utils.datasets.builders.savanna

On x86-64 Linux the files come out bit for bit as they are in the repository.
"""

import hashlib
import importlib.metadata
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from utils.datasets import savanna, store

TOOLS = {"resvg-py": "0.5.0", "pillow": "13.0.0"}

# style: npm package, version, SHA-256 of its archive, licence it must state
PACKAGES = {
    "noto": ("@iconify-json/noto", "1.2.9", "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad", "Apache-2.0"),
    "twemoji": (
        "@iconify-json/twemoji",
        "1.2.5",
        "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
        "CC-BY-4.0",
    ),
    "openmoji": (
        "@iconify-json/openmoji",
        "1.2.29",
        "03181e2c156cab35cf4a62f1f7886bd971d59212e75ac3f189d5a4cae3930fc5",
        "CC-BY-SA-4.0",
    ),
    "fluent_flat": (
        "@iconify-json/fluent-emoji-flat",
        "1.2.6",
        "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        "MIT",
    ),
    "fluent": ("@iconify-json/fluent-emoji", "1.2.7", "8044210dbf11e016d4de85f15d01a243423bd832457e7e2491df1b751c0e272b", "MIT"),
}
OTHER_NAMES = {"black-bird": "blackbird"}  # what some packages call an animal


def main() -> None:
    check_tools()
    for style in savanna.STYLES:
        store.write(f"savanna/{style}.webp", atlas(icons(*PACKAGES[style])))
        savanna._squares.cache_clear()
        savanna._level.cache_clear()
    store.write("savanna/samples.png", samples())


def check_tools() -> None:
    """Raises SystemExit, with what to install, unless all that is needed is there in the right version."""
    found = {}
    for tool in TOOLS:
        try:
            found[tool] = importlib.metadata.version(tool)
        except importlib.metadata.PackageNotFoundError:
            found[tool] = "none"
    wrong = [f"{tool} {TOOLS[tool]} (found: {found[tool]})" for tool in TOOLS if found[tool] != TOOLS[tool]]
    if wrong:
        wanted = " ".join(f"{tool}=={version}" for tool, version in TOOLS.items())
        raise SystemExit(f"needed: {', '.join(wrong)}. Install with: pip install {wanted}")
    if shutil.which("npm") is None:
        raise SystemExit("npm is needed to fetch the drawings: install Node.js")


def icons(package: str, version: str, digest: str, licence: str) -> dict:
    """The icon set of an npm package in Iconify's format, after checking its archive and its licence."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        content = archive.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != digest:
        raise SystemExit(f"{package} {version}: the archive's SHA-256 is {found}, expected {digest}")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        info, drawings = (json.load(archive.extractfile(f"package/{name}.json")) for name in ("info", "icons"))
    if info["license"]["spdx"] != licence:
        raise SystemExit(f"{package} {version} states the licence {info['license']['spdx']}, expected {licence}")
    return drawings


def atlas(drawings: dict) -> bytes:
    """Every animal's sprite in a grid, as lossless WebP: cell k, row by row, holds ANIMALS[k] in its upper left corner."""
    from PIL import Image

    side, columns = savanna.SPRITE, savanna.COLUMNS
    sheet = np.zeros((-(-len(savanna.ANIMALS) // columns) * side, columns * side, 4), np.uint8)
    for k, animal in enumerate(savanna.ANIMALS):
        sprite = render(drawings, animal)
        top, left = k // columns * side, k % columns * side
        sheet[top : top + sprite.shape[0], left : left + sprite.shape[1]] = sprite
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "WEBP", lossless=True, quality=100, method=6)
    return file.getvalue()


def render(drawings: dict, animal: str) -> np.ndarray:
    """A drawing cut to what is in it, 96 pixels on its longer side: (height, width, 4) uint8."""
    icon = drawings["icons"].get(animal) or drawings["icons"][OTHER_NAMES[animal]]
    left, top = icon.get("left", 0), icon.get("top", 0)
    width, height = icon.get("width", drawings["width"]), icon.get("height", drawings["height"])

    # Some drawings reach beyond their frame: look for the edge with room around it.
    room, scale = width / 8, 512 / (1.25 * width)
    frame = (left - room, top - room, width + 2 * room, height + 2 * room)
    large = rasterise(icon["body"], frame, round(frame[2] * scale), round(frame[3] * scale))
    drawn = large[..., 3] > 7
    (first_row, *_, last_row), (first_column, *_, last_column) = (np.flatnonzero(drawn.any(axis)) for axis in (1, 0))
    frame = (
        frame[0] + first_column / scale,
        frame[1] + first_row / scale,
        (last_column + 1 - first_column) / scale,
        (last_row + 1 - first_row) / scale,
    )
    longer = max(frame[2:]) / savanna.SPRITE
    sprite = rasterise(icon["body"], frame, round(frame[2] / longer), round(frame[3] / longer))
    rows, columns = (np.flatnonzero((sprite[..., 3] > 0).any(axis)) for axis in (1, 0))
    return sprite[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def rasterise(body: str, frame: tuple[float, ...], width: int, height: int) -> np.ndarray:
    """The part of a drawing inside frame = (left, top, width, height), as (height, width, 4) uint8."""
    import resvg_py
    from PIL import Image

    box = " ".join(f"{value:.6f}" for value in frame)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" preserveAspectRatio="none" '
        f'viewBox="{box}" width="{width}" height="{height}">{body}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


def samples() -> bytes:
    """The picture in the datasheet: scenes with their boxes and, below each, its instance masks, as PNG of few colours."""
    from PIL import Image

    side, gap, columns = 96, 4, 6
    recipe = savanna.Recipe(
        size=side, styles=savanna.STYLES, count=(1, 4), scale=(0.3, 0.6), rotation=(-30, 30), brightness=(0.8, 1.2)
    )
    found = savanna._compose(recipe, 3, np.arange(2 * columns))
    tiles = []
    for image, boxes, instances in zip(found["images"], found["boxes"], found["instances"], strict=True):
        scene, mask = np.moveaxis(image, 0, -1).copy(), np.full((side, side, 3), 40, np.uint8)
        for k, box in enumerate(boxes.astype(int)):
            if box[2]:
                left, top, right, bottom = box
                scene[top:bottom, [left, right - 1]] = scene[[top, bottom - 1], left:right] = COLOURS[k]
                mask[instances == k + 1] = COLOURS[k]
        tiles.append((scene, mask))
    rows = [[tile[part] for tile in tiles[first : first + columns]] for first in (0, columns) for part in (0, 1)]
    sheet = np.full((len(rows) * (side + gap) + gap, columns * (side + gap) + gap, 3), 255, np.uint8)
    for r, row in enumerate(rows):
        for c, tile in enumerate(row):
            sheet[gap + r * (side + gap) :, gap + c * (side + gap) :][:side, :side] = tile
    file = io.BytesIO()
    Image.fromarray(sheet).quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        file, "PNG", optimize=True
    )
    return file.getvalue()


COLOURS = ((230, 159, 0), (86, 180, 233), (204, 121, 167), (240, 228, 66))  # of Okabe and Ito

if __name__ == "__main__":
    sys.exit(main())

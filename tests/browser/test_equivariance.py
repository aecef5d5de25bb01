"""The demo of equivariance and invariance shows what PyTorch computes, and everyone can use it."""

import random

import pytest
import torch
from torch.nn import functional as F

NAME = "equivariance"
FIRST = {"stride": 1, "pool": 1, "global": "max", "right": 0, "down": 0}

# All that a reader sees: the pixels of the pictures, and the texts.
SHOWN = """settings => {
    demo.set(settings);
    const text = (query) => document.querySelector(query).textContent;
    const pixels = (id) => {
        const canvas = document.getElementById(id), n = canvas.width;
        const data = canvas.getContext('2d').getImageData(0, 0, n, n).data;
        return Array.from({length: n}, (_, r) => Array.from({length: n}, (_, c) => data[4 * (r * n + c)]));
    };
    const row = (id) => [...document.getElementById(id).cells].slice(1).map((cell) => cell.textContent);
    return {picture: pixels('picture'), maps: [0, 1, 2].map((k) => pixels(`map${k}`)), before: row('before'), now: row('now'),
            maps_say: text('#maps-say'), vector_says: text('#vector-says')};
}"""


def some_settings(count):
    draw = random.Random(6)
    for _ in range(count):
        yield {
            "stride": draw.choice([1, 2]),
            "pool": draw.choice([1, 2, 4]),
            "global": draw.choice(["max", "average"]),
            "right": draw.choice([0, 1, -1, 2, -4, 4, 8, draw.randint(-9, 9)]),
            "down": draw.choice([0, 0, 2, -2, 4, -8, draw.randint(-9, 9)]),
        }


def network(page, picture, settings):
    """The maps and the pooled vector of a picture, with PyTorch."""
    kernels = torch.tensor(list(page.evaluate("demo.detectors").values()), dtype=torch.float64)[:, None]
    maps = F.max_pool2d(F.relu(F.conv2d(picture[None, None], kernels, stride=settings["stride"], padding=1)), settings["pool"])
    return maps[0], maps.amax((0, 2, 3)) if settings["global"] == "max" else maps.mean((0, 2, 3))


def picture_of(shown):
    return ((255 - torch.tensor(shown["picture"], dtype=torch.float64)) * 9 / 255).round()


def moved(maps, right, down):
    """The maps moved inside their frame, and where the result is known: what comes in from outside is not."""
    size = maps.shape[-1]
    known = torch.zeros(size, size, dtype=torch.bool)
    known[max(down, 0) : size + min(down, 0), max(right, 0) : size + min(right, 0)] = True
    return maps.roll((down, right), (1, 2)), known


def test_shows_what_pytorch_computes(demo):
    page = demo()
    home = picture_of(page.evaluate(SHOWN, FIRST))
    assert home.count_nonzero() > 50
    said = {"equivariant": 0, "border": 0, "cannot": 0, "stays": 0, "changes": 0}
    cases = list(some_settings(150))
    for settings, shown in zip(cases, page.evaluate(f"cases => cases.map({SHOWN})", cases), strict=True):
        right, down, step = settings["right"], settings["down"], settings["stride"] * settings["pool"]
        picture = picture_of(shown)
        there, known = moved(home[None], right, down)
        assert picture.equal(torch.where(known, there[0], torch.zeros(()).double())), settings

        (start, before), (maps, vector) = network(page, home, settings), network(page, picture, settings)
        grey = torch.round(255 * (1 - maps / 27))
        assert (torch.tensor(shown["maps"]) - grey).abs().max() <= 1, settings  # half a grey level may round either way
        assert [float(text) for text in shown["before"]] == pytest.approx(before.tolist(), abs=0.000501), settings
        assert [float(text[:-2]) for text in shown["now"]] == pytest.approx(vector.tolist(), abs=0.000501), settings
        stays = torch.isclose(vector, before, atol=1e-9)
        assert [text[-1] == "=" for text in shown["now"]] == stays.tolist(), settings

        if not (right or down):
            assert (shown["maps_say"][:4], shown["vector_says"]) == ("Move", ""), settings
            continue
        if right % step or down % step:
            kind = "cannot"
            assert "cannot move along. Not equivariant" in shown["maps_say"], settings
        else:
            expected, known = moved(start, right // step, down // step)
            off = int((~torch.isclose(maps, expected, atol=1e-9))[:, known].sum())
            kind = "border" if off else "equivariant"
            assert (f"but for {off} value" if off else ": equivariant to this shift.") in shown["maps_say"], settings
        verdict = "The vector stays: invariant" if stays.all() else f"{int((~stays).sum())} of the 3 numbers"
        assert shown["vector_says"].startswith(verdict), settings
        said[kind] += 1
        said["stays" if stays.all() else "changes"] += 1
    assert min(said.values()) >= 10, said


@pytest.mark.parametrize(
    ("settings", "maps", "vector"),
    [
        ({"right": 3}, "The maps move along, 3 right: equivariant", "stays"),
        ({"right": 3, "global": "average"}, "move along, 3 right: equivariant", "stays"),
        ({"right": -2, "down": 4, "stride": 2}, "move along, 1 left and 2 down: equivariant", "stays"),
        ({"right": 1, "stride": 2}, "one step on the maps is 2 pixels: they cannot move along", "1 of the 3 numbers changes"),
        ({"right": 1, "pool": 2}, "one step on the maps is 2 pixels", "stays"),
        ({"right": 1, "pool": 2, "global": "average"}, "cannot move along", "not invariant"),
        ({"down": 9}, "near the border, where a part of the picture has left", "not invariant"),
    ],
)
def test_message(demo, settings, maps, vector):
    shown = demo().evaluate(SHOWN, {**FIRST, **settings})
    assert maps in shown["maps_say"] and vector in shown["vector_says"], shown


def test_works_by_keyboard_and_by_dragging(demo):
    page = demo()
    state = lambda: page.evaluate("demo.state().settings")  # noqa: E731
    page.get_by_role("slider", name="Moved right").press("ArrowRight")
    page.get_by_role("slider", name="Moved down").press("End")
    assert (state()["right"], state()["down"]) == (1, 9)
    page.get_by_role("group", name="Stride of the convolution").get_by_role("button", name="2").press("Enter")
    page.get_by_role("button", name="4 × 4").press("Enter")
    page.get_by_role("button", name="average").press("Space")
    assert state() == {"stride": 2, "pool": 4, "global": "average", "right": 1, "down": 9}
    picture = page.get_by_role("application", name="Picture of a house, moved 1 right and 9 down")
    picture.press("ArrowDown")  # at the end: stays
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert (state()["right"], state()["down"]) == (-1, 9)
    page.get_by_role("button", name="Picture back to the start").press("Enter")
    assert (state()["right"], state()["down"]) == (0, 0)

    box = page.locator("#picture").bounding_box()
    pixel = box["width"] / 24
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 100 + 3 * pixel, box["y"] + 100 - 2 * pixel)
    assert (state()["right"], state()["down"]) == (3, -2)
    page.mouse.up()
    page.mouse.move(box["x"], box["y"])
    assert (state()["right"], state()["down"]) == (3, -2)


@pytest.mark.parametrize("width", [360, 1000])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    for settings in [FIRST, {**FIRST, "stride": 2, "pool": 4, "global": "average", "right": -9, "down": 9}]:
        page.evaluate(SHOWN, settings)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, settings


def test_set_refuses_what_it_does_not_know(demo):
    page = demo()
    for changes in ({"strides": 2}, {"stride": 3}, {"right": 1.5}, {"down": 10}, {"global": "median"}):
        refused = page.evaluate(
            "(changes) => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes
    assert page.evaluate("demo.state().settings") == FIRST

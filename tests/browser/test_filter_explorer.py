"""The filter explorer shows the course's pictures, and what PyTorch makes of them."""

import random

import pytest
import torch
from torch.nn.functional import conv2d

from utils.datasets import photos, savanna

NAME = "filter_explorer"
ZEBRA = savanna.Recipe(
    size=108, animals=("zebra",), styles=("noto",), scale=0.6, mirror=0, x=0.5, y=0.3, backgrounds=("texture",)
)


def picture(page, name):
    return torch.tensor(page.evaluate(f"demo.pixels('{name}')"), dtype=torch.float64).reshape(72, 104) / 255


def test_pictures_are_those_of_the_course(demo):
    page = demo()
    for name, photo in [("temple", "china"), ("dahlia", "flower")]:
        expected = photos.load(photo, 72).mean(0)[:, :104]
        assert (picture(page, name) - expected).abs().max() < 1 / 255, name  # rounded to a byte
    expected = savanna.scene(ZEBRA, 1)["image"].float().mean(0)[:72, :104] / 255
    assert (picture(page, "zebra") - expected).abs().max() < 1 / 255


def test_shows_what_pytorch_computes(demo):
    page = demo()
    draw = random.Random(2)
    kernels = [*page.evaluate("demo.presets").values()]
    kernels += [[[draw.randint(-8, 8) / 2 for _ in range(5)] for _ in range(5)] for _ in range(5)]
    for kernel in kernels:
        settings = {
            "picture": draw.choice(["temple", "dahlia", "zebra"]),
            "kernel": kernel,
            "added": draw.choice([0, 0.3]),
            "factor": draw.choice([1, 0.5]),
        }
        page.evaluate("settings => demo.set(settings)", settings)
        shown = page.evaluate("demo.state()")
        lit = picture(page, settings["picture"]) * settings["factor"] + settings["added"]
        weights = torch.tensor(kernel, dtype=torch.float64)
        expected = conv2d(lit[None, None], weights[None, None])[0, 0]
        assert torch.allclose(torch.tensor(shown["map"], dtype=torch.float64), expected, atol=1e-9), settings
        assert shown["largest"] == pytest.approx(expected.abs().max().item())
        assert shown["total"] == pytest.approx(weights.sum().item())


def test_the_map_is_painted_blue_below_zero_and_red_above(demo):
    page = demo()
    page.evaluate("demo.set({picture: 'temple'})")
    shown = torch.tensor(page.evaluate("demo.state().map")).flatten()
    painted = page.evaluate("[...document.querySelector('#map').getContext('2d').getImageData(0, 0, 100, 68).data]")
    red, blue = torch.tensor(painted).reshape(-1, 4)[:, [0, 2]].T
    strong = shown.abs() > shown.abs().max() / 4
    assert strong.sum() > 100
    assert (red[strong] > blue[strong]).equal(shown[strong] > 0)


def test_light_that_is_added_changes_nothing_if_the_weights_add_up_to_zero(demo):
    page = demo()
    before = page.evaluate("demo.state()")
    page.get_by_role("slider", name="Light added").press("End")
    after = page.evaluate("demo.state()")
    assert after["added"] == 0.3 and torch.allclose(torch.tensor(before["map"]), torch.tensor(after["map"]), atol=1e-6)
    assert "light that is added changes nothing" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="blur").click()
    assert "keeps its brightness" in page.get_by_role("status").inner_text()


def test_works_by_keyboard_alone(demo):
    page = demo()
    page.get_by_role("button", name="as it is").press("Enter")
    page.get_by_role("button", name="dahlia").press("Space")
    cell = page.get_by_role("spinbutton", name="weight at row 3, column 4")
    cell.fill("-1.5")
    cell.press("ArrowUp")
    state = page.evaluate("demo.state()")
    assert (state["picture"], state["kernel"][2]) == ("dahlia", [0, 0, 1, -1, 0])
    assert "vultilion, CC BY 2.0" in page.inner_text("#credit")


def test_what_is_no_number_is_marked_and_changes_nothing(demo):
    page = demo()
    cell = page.get_by_role("spinbutton", name="weight at row 1, column 1")
    before = page.evaluate("demo.state().kernel")
    cell.fill("1000")
    assert cell.get_attribute("aria-invalid") == "true" and page.evaluate("demo.state().kernel") == before
    cell.blur()
    assert cell.input_value() == "0" and cell.get_attribute("aria-invalid") == "false"
    for changes in ({"picture": "cat"}, {"kernel": [[1]]}, {"added": 2}, {"strength": 1}):
        refused = page.evaluate(
            "changes => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes


@pytest.mark.parametrize("width", [360, 760, 1000])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    right = page.evaluate(
        "Math.max(...[...document.querySelectorAll('body *:not(script)')].map((e) => e.getBoundingClientRect().right))"
    )
    assert right <= width and page.evaluate("document.documentElement.scrollWidth") <= width

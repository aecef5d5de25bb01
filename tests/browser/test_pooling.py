"""The demo of pooling shows what PyTorch computes, and everyone can use it."""

import random
import re

import pytest
import torch
from torch.nn import functional as F

NAME = "pooling"
FIRST = {"kind": "max", "size": 2, "stride": 2, "right": 0, "down": 0}
POOL = {
    "max": lambda x, f, s: F.max_pool2d(x, f, s),
    "average": lambda x, f, s: F.avg_pool2d(x, f, s),
    "l2": lambda x, f, s: F.lp_pool2d(x, 2, f, s),
}

# All that a reader sees, from the page itself and not from its variables.
SHOWN = """settings => {
    demo.set({row: 0, column: 0, ...settings});
    const text = (query) => document.querySelector(query).textContent;
    const cells = (id, show) => [...document.querySelectorAll(`#${id} tr`)].map((row) => [...row.cells].map(show));
    const where = (id, kind) => cells(id, (cell) => cell.matches(kind));
    return {
        input: cells('input', (cell) => cell.textContent), output: cells('output', (cell) => cell.textContent),
        unread: where('input', '.unread'), read: where('input', '.read'), gives: where('input', '.gives'),
        stays: where('output', '.stays'), changes: where('output', '.changes'),
        size: text('#arithmetic'), message: text('#message'), sum: text('#sum'), state: demo.state(),
    };
}"""


def numbers(grid):
    return torch.tensor([[float(text) for text in row] for row in grid], dtype=torch.float64)


def some_settings(count):
    """The examples of the page, then as many drawn settings."""
    draw = random.Random(4)
    yield from (
        {**FIRST, "size": f, "stride": s, "right": shift} for f, s in [(2, 2), (3, 2), (2, 1), (8, 1)] for shift in (0, 1, 2)
    )
    for _ in range(count):
        settings = {"size": draw.randint(1, 8), "stride": draw.randint(1, 4), "kind": draw.choice(list(POOL))}
        yield settings | {"right": draw.choice([0, 0, 1, 2, 3, 4, 7]), "down": draw.choice([0, 0, 1, 2, 4, 6])}


def shown_for(page, cases):
    """Each of the settings with what the page shows for it."""
    return zip(cases, page.evaluate(f"cases => cases.map({SHOWN})", cases), strict=True)


def pooled(image, settings):
    return POOL[settings["kind"]](image[None, None], settings["size"], settings["stride"])[0, 0]


def test_shows_what_pytorch_computes(demo):
    page = demo()
    still = numbers(page.evaluate(SHOWN, FIRST)["input"])
    staying = 0
    for settings, shown in shown_for(page, list(some_settings(150))):
        image = numbers(shown["input"])
        assert image.equal(still.roll((settings["down"], settings["right"]), (0, 1))), settings
        expected, before = pooled(image, settings), pooled(still, settings)
        assert torch.allclose(numbers(shown["output"]), expected, atol=0.00501), settings
        assert torch.allclose(torch.tensor(shown["state"]["output"], dtype=torch.float64), expected), settings

        stays = torch.isclose(expected, before, atol=1e-9)
        moved = bool(settings["right"] or settings["down"])
        assert torch.tensor(shown["stays"]).equal(stays if moved else torch.zeros_like(stays)), settings
        assert torch.tensor(shown["changes"]).equal(~stays if moved else torch.zeros_like(stays)), settings
        if moved and 0 < stays.sum() < stays.numel():
            staying += 1
            assert f"{int(stays.sum())} of {stays.numel()} outputs" in shown["message"], settings
    assert staying > 50  # of 162 settings: enough where some outputs stay and others do not


def test_hatched_is_what_no_window_reads(demo):
    page = demo()
    for settings, shown in shown_for(page, list(some_settings(60))):
        canvas = torch.ones(1, 1, 8, 8, requires_grad=True)
        F.avg_pool2d(canvas, settings["size"], settings["stride"]).sum().backward()
        assert torch.tensor(shown["unread"]).equal(canvas.grad[0, 0] == 0), settings
        assert ("not read" in shown["size"] or "between" in shown["size"]) == bool((canvas.grad == 0).any()), settings


def test_the_window_and_what_gives_its_value(demo):
    page = demo()
    draw = random.Random(5)
    cases = list(some_settings(80))
    for settings in cases:
        places = (8 - settings["size"]) // settings["stride"] + 1
        settings |= {"row": draw.randrange(places), "column": draw.randrange(places)}
    for settings, shown in shown_for(page, cases):
        row, column = settings["row"], settings["column"]
        image = numbers(shown["input"]).requires_grad_()
        result = pooled(image, settings)[row, column]
        gives = torch.autograd.grad(result, image)[0] != 0
        assert torch.tensor(shown["gives"]).equal(gives), settings
        window = torch.zeros(8, 8, dtype=torch.bool)
        top, left, size = row * settings["stride"], column * settings["stride"], settings["size"]
        window[top : top + size, left : left + size] = True
        assert torch.tensor(shown["read"]).equal(window), settings
        assert float(shown["sum"].rsplit("= ", 1)[1]) == pytest.approx(result.item(), abs=0.00501), settings
        if size <= 4:
            named = [int(n) for n in re.findall(r"\d+", re.split(r"=|\)/", shown["sum"])[0].replace("²", ""))]
            assert named == image[window].int().tolist(), settings


def test_moves_along_where_it_says_so_and_nowhere_else(demo):
    page = demo()
    still = numbers(page.evaluate(SHOWN, FIRST)["input"])
    along = 0
    for settings, shown in shown_for(page, list(some_settings(150))):
        s, right, down = settings["stride"], settings["right"], settings["down"]
        image, before = numbers(shown["input"]), pooled(still, settings)
        expected = pooled(image, settings)
        if right % s or down % s or not (right or down) or min(len(before) - right // s, len(before) - down // s) < 1:
            assert "moves along" not in shown["message"], settings
        elif len(before) > 1:
            rows, columns = down // s, right // s
            inner = expected[rows:, columns:]
            equal = torch.allclose(inner, before[: len(before) - rows, : len(before) - columns])
            assert ("moves along" in shown["message"]) == equal, settings
            along += equal
    assert along > 10


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "Shift the map, and see which outputs stay."),
        ({"right": 1}, "5 of 16 outputs stay. The shift is no multiple of the stride 2: the pooled map cannot move along."),
        ({"right": 2}, "The pooled map moves along by 1 right and 0 down: equivariant to this shift."),
        ({"size": 8, "stride": 1, "right": 3, "down": 5}, "The one output stays: invariant."),
    ],
)
def test_message(demo, settings, said):
    assert said in demo().evaluate(SHOWN, {**FIRST, **settings})["message"]


def test_size_is_that_of_the_formula(demo):
    page = demo()
    assert page.evaluate(SHOWN, FIRST)["size"] == "(8 − 2)/2 + 1 = 4. No parameters."
    assert "(8 − 3)/2 + 1 = 3.5, rounded down to 3" in page.evaluate(SHOWN, {**FIRST, "size": 3})["size"]


def test_works_by_keyboard_alone(demo):
    page = demo()
    state = lambda: page.evaluate("demo.state()")  # noqa: E731
    for name, label in [("size", "Window F"), ("stride", "Stride S"), ("right", "Shift right"), ("down", "Shift down")]:
        before = state()["settings"][name]
        page.get_by_role("slider", name=label).press("ArrowRight")
        assert state()["settings"][name] == before + 1
    page.get_by_role("button", name="average").press("Enter")
    assert state()["settings"]["kind"] == "average"
    page.get_by_role("button", name="F=2, S=2").press("Enter")
    assert (state()["settings"]["size"], state()["settings"]["stride"]) == (2, 2)
    page.get_by_role("button", name="Next").press("Space")
    assert (state()["row"], state()["column"]) == (0, 1)
    page.get_by_role("grid", name="Pooled map, 4 by 4").locator("[aria-selected=true]").press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")  # at the edge: stays
    assert (state()["row"], state()["column"]) == (1, 3)
    page.locator("#output tr").nth(2).locator("td").nth(0).click()
    assert (state()["row"], state()["column"]) == (2, 0)


@pytest.mark.parametrize("width", [360, 700, 1000])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    for settings in [FIRST, {**FIRST, "size": 1, "stride": 1}, {**FIRST, "kind": "l2", "size": 3, "stride": 1, "right": 1}]:
        page.evaluate(SHOWN, settings)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, settings


def test_set_refuses_what_it_does_not_know(demo):
    page = demo()
    for changes in ({"strides": 2}, {"stride": 0}, {"right": 1.5}, {"size": 9}, {"kind": "median"}):
        refused = page.evaluate(
            "(changes) => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes
    assert page.evaluate("demo.state().settings") == FIRST

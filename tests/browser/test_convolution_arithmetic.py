"""The demo of convolution arithmetic shows what PyTorch computes, and everyone can use it."""

import random
import re

import pytest
import torch
from torch.nn import functional as F

from utils import arithmetic, demos

NAME = "convolution_arithmetic"
FIRST = {"input_size": 7, "kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1}
RANGES = {
    "input_size": range(1, 16),
    "kernel_size": range(1, 8),
    "stride": range(1, 6),
    "padding": range(6),
    "dilation": range(1, 5),
}
EXTREMES = [
    {**FIRST, "input_size": 15, "padding": 5},
    {**FIRST, "input_size": 15, "kernel_size": 7, "padding": 5, "stride": 5, "dilation": 4},
    {**FIRST, "kernel_size": 7, "padding": 2, "stride": 3},
    {**FIRST, "input_size": 15, "kernel_size": 7, "stride": 5, "padding": 1},
    {**FIRST, "input_size": 1, "kernel_size": 7},
]

# All that a reader sees, from the page itself and not from its variables.
SHOWN = """settings => {
    demo.set({row: 0, column: 0, ...settings});
    const text = (query) => document.querySelector(query).textContent;
    const grid = (id) => [...document.querySelectorAll(`#${id} tr`)].map((row) => [...row.cells].map((cell) => cell.textContent));
    const where = (kind) => [...document.querySelectorAll('#input tr')].map((row) => [...row.cells].map((cell) => cell.matches(kind)));
    return {
        input: grid('input'), kernel: grid('kernel'), output: grid('output'), nothing: !!document.querySelector('.nothing'),
        padding: where('.padding'), hatched: where('.dropped'), window: where('.tap'),
        message: text('#message'), repair: text('#repair'), numbers: document.querySelector('#numbers').getAttribute('aria-label'),
        current: grid('output').length ? text('#output .current') : null, terms: text('#terms'), total: text('#total'), state: demo.state(),
    };
}"""


def numbers(grid):
    return torch.tensor([[float(text.replace("−", "-")) for text in row] for row in grid])


def some_settings(count):
    """The examples of the lecture, then as many drawn settings, every second of them one whose last step does not fit."""
    draw = random.Random(3)
    yield from ({**FIRST, "stride": s} for s in (1, 2, 3))
    yield from ({**FIRST, "kernel_size": f, "padding": (f - 1) // 2} for f in (1, 3, 5, 7))
    yield from EXTREMES
    for number in range(count):
        while True:
            settings = {name: draw.choice(values) for name, values in RANGES.items()}
            if exact_size(settings) is None or number % 2:
                break
        yield settings


def exact_size(settings):
    try:
        return arithmetic.output_size(*settings.values())
    except ValueError:
        return None


def test_shows_what_pytorch_computes(demo):
    page = demo()
    kinds = {"fits": 0, "last step dropped": 0, "kernel too large": 0}
    for settings in some_settings(240):
        shown = page.evaluate(SHOWN, settings)
        n, f, s, p, d = settings.values()
        padded, kernel = numbers(shown["input"]), numbers(shown["kernel"])
        image = padded[p : p + n, p : p + n]
        assert padded.equal(F.pad(image, [p] * 4)) and kernel.shape == (f, f), settings
        assert torch.tensor(shown["padding"]).equal(F.pad(torch.ones(n, n), [p] * 4) == 0), settings
        try:
            expected = F.conv2d(image[None, None], kernel[None, None], stride=s, padding=p, dilation=d)[0, 0]
        except RuntimeError:
            kinds["kernel too large"] += 1
            assert shown["nothing"] and shown["output"] == [] and shown["state"]["output_size"] == 0, settings
            assert "PyTorch raises an error" in shown["message"] and str(d * (f - 1) + 1) in shown["message"], settings
            continue
        assert numbers(shown["output"]).equal(expected), settings
        assert torch.tensor(shown["state"]["output"]).equal(expected.long()), settings
        assert arithmetic.output_size(n, f, s, p, d, exact=False) == shown["state"]["output_size"] == len(expected), settings
        assert ("It fits" in shown["message"]) == (exact_size(settings) is not None), settings
        kinds["fits" if exact_size(settings) is not None else "last step dropped"] += 1

        # Hatched: what lies beyond the last place where a weight meets the input, found by PyTorch's own gradient.
        canvas = padded.clone().requires_grad_()
        F.conv2d(canvas[None, None], torch.ones(1, 1, f, f), stride=s, dilation=d).sum().backward()
        last = canvas.grad.nonzero().max()
        beyond = torch.arange(len(padded)) > last
        assert torch.tensor(shown["hatched"]).equal(beyond[:, None] | beyond[None, :]), settings
    assert min(kinds.values()) >= 40, kinds


def test_the_sum_of_products_is_the_output_at_the_window(demo):
    page = demo()
    draw = random.Random(5)
    for settings in some_settings(60):
        size = page.evaluate(SHOWN, settings)["state"]["output_size"]
        if not size:
            continue
        row, column = draw.randrange(size), draw.randrange(size)
        shown = page.evaluate(SHOWN, {**settings, "row": row, "column": column})
        factors = re.findall(r"(\d+)·\(?(−?\d+)\)?", shown["terms"])
        window = torch.tensor(shown["window"])
        assert torch.tensor([int(x) for x, _ in factors]).equal(numbers(shown["input"])[window].long()), settings
        assert torch.tensor([int(w.replace("−", "-")) for _, w in factors]).equal(numbers(shown["kernel"]).flatten().long())
        total = sum(int(x) * int(w.replace("−", "-")) for x, w in factors)
        assert total == int(shown["current"].replace("−", "-")) == numbers(shown["output"])[row, column], settings
        assert shown["total"] == f"= {shown['current']}"

        # The window covers exactly what PyTorch reads for this output value.
        canvas = numbers(shown["input"]).requires_grad_()
        ones = torch.ones(1, 1, settings["kernel_size"], settings["kernel_size"])
        F.conv2d(canvas[None, None], ones, stride=settings["stride"], dilation=settings["dilation"])[0, 0, row, column].backward()
        assert window.equal(canvas.grad != 0), settings


def test_formula_is_the_lectures_with_the_numbers_put_in(demo):
    page = demo()
    for settings in some_settings(60):
        shown = page.evaluate(SHOWN, settings)
        n, f, s, p, d = settings.values()
        exact = (n - d * (f - 1) - 1 + 2 * p) / s + 1
        left, right = shown["numbers"].replace("−", "-").replace("·", "*").split(" = ")
        assert eval(left) == pytest.approx(exact), settings
        assert float(right) == pytest.approx(exact, abs=0.005), settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "It fits. The kernel fits in 5 places along each side: the output is 5 × 5."),
        ({"stride": 2}, "the output is 3 × 3."),
        ({"stride": 3}, "It does not fit. (7 − 3)/3 + 1 = 2.33 is not a whole number: the last step does not fit."),
        ({"stride": 3}, "PyTorch rounds down to 2 and never reads the last row and column (hatched)."),
        ({"padding": 1}, "the output is 7 × 7, the same size as the input."),
        (
            {"input_size": 8, "padding": 1, "stride": 5},
            "never reads the last 2 rows and columns (hatched), one of each from the image itself.",
        ),
        ({"input_size": 8, "padding": 2, "stride": 2}, "(8 − 3 + 2·2)/2 + 1 = 5.5 is not a whole number"),
        ({"input_size": 8, "padding": 2, "stride": 2}, "never reads the last row and column (hatched): only padding is lost."),
        ({"dilation": 2, "stride": 3}, "(7 − 2·(3 − 1) − 1)/3 + 1 = 1.67 is not a whole number"),
        (
            {"input_size": 2},
            "The kernel covers 3 positions, the input has only 2: it does not fit even once. PyTorch raises an error.",
        ),
    ],
)
def test_message(demo, settings, said):
    assert said in demo().evaluate(SHOWN, {**FIRST, **settings})["message"]


def test_paddings_that_fit_are_those_of_the_formula(demo):
    page = demo()
    asked = 0
    for settings in some_settings(120):
        shown = page.evaluate(SHOWN, settings)
        fitting = [p for p in range(40) if exact_size({**settings, "padding": p}) is not None]
        if exact_size(settings) is not None:
            assert shown["repair"] == "", settings
            continue
        asked += 1
        named = re.search(r"Padding that fits: P = ([\d, ]*\d)", shown["repair"])
        assert [int(p) for p in named[1].split(", ")] == fitting[:3] if fitting else "No padding fits" in shown["repair"], (
            settings
        )
    assert asked > 50

    page.evaluate("demo.set({input_size: 7, kernel_size: 3, stride: 3, padding: 0, dilation: 1})")
    page.get_by_role("button", name="Use P = 1").click()
    assert page.evaluate("[demo.state().fits, demo.state().settings.padding]") == [True, 1]


def test_no_padding_fits_where_the_sum_is_odd_and_the_stride_even(demo):
    shown = demo().evaluate(SHOWN, {**FIRST, "input_size": 8, "stride": 2})
    assert "8 − 3 = 5 is odd" in shown["repair"] and "never a multiple of the stride 2" in shown["repair"]


def test_works_by_keyboard_alone_and_says_what_happens(demo):
    page = demo()
    state = lambda: page.evaluate("demo.state()")  # noqa: E731
    for name, label in [
        ("input_size", "Input size N"),
        ("kernel_size", "Kernel size F"),
        ("stride", "Stride S"),
        ("padding", "Padding P"),
    ]:
        before = state()["settings"][name]
        page.get_by_role("slider", name=label, exact=True).press("ArrowRight")
        assert state()["settings"][name] == before + 1
    page.get_by_role("slider", name="Dilation D").press("End")
    assert state()["settings"]["dilation"] == RANGES["dilation"][-1]
    assert page.get_by_role("status").inner_text().startswith("✘ It does not fit.")

    page.get_by_role("button", name="stride 1", exact=True).press("Enter")
    assert state()["settings"] == FIRST
    page.get_by_role("button", name="Next").press("Space")
    assert (state()["row"], state()["column"]) == (0, 1)
    page.get_by_role("grid", name="Output, 5 by 5").locator("[aria-selected=true]").press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")  # at the edge: stays
    assert (state()["row"], state()["column"]) == (1, 4)
    assert page.locator("[aria-live=polite]").inner_text() == f"Output at row 2, column 5 is {state()['output'][1][4]}.".replace(
        "-", "−"
    )
    page.get_by_role("slider", name="Place of the window").press("Home")
    assert (state()["row"], state()["column"]) == (0, 0)


def test_every_control_has_a_visible_focus(demo):
    page = demo()
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "(({tagName, id, textContent}, style) => [tagName + id + textContent, style.outlineStyle, style.outlineWidth])"
            "(document.activeElement, getComputedStyle(document.activeElement))"
        )
        if focus[0].startswith("BODY"):
            break
        assert focus[1:] == ["solid", "3px"], focus
        seen.add(focus[0])
    assert len(seen) == 5 + 5 + 3 + 1, (
        seen
    )  # examples, sliders, the output, Play and Next and the place (Back is off at the start)


def test_play_visits_every_place_once_and_stops(demo):
    page = demo()
    page.clock.install()
    page.evaluate("demo.set({stride: 2})")
    page.get_by_role("button", name="Play").press("Space")
    visited = [(0, 0)]
    while page.evaluate("demo.state().playing"):
        page.clock.run_for(700)
        visited.append(tuple(page.evaluate("[demo.state().row, demo.state().column]")))
        assert len(visited) < 20
    assert visited == [(r, c) for r in range(3) for c in range(3)]
    assert page.get_by_role("button", name="Play").is_visible()

    page.get_by_role("button", name="Play").click()  # from the start again
    assert page.evaluate("[demo.state().row, demo.state().column]") == [0, 0]
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(5000)
    assert page.evaluate("[demo.state().row, demo.state().column]") == [0, 0]


def test_click_on_an_output_value_shows_where_it_comes_from(demo):
    page = demo()
    page.locator("#output tr").nth(3).locator("td").nth(2).click()
    assert page.evaluate("[demo.state().row, demo.state().column]") == [3, 2]


@pytest.mark.parametrize("width", [360, 480, 700, 760, 1000, 1200])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    for settings in [FIRST, {**FIRST, "stride": 3}, *EXTREMES]:
        page.evaluate(SHOWN, settings)
        right = page.evaluate(
            "Math.max(...[...document.querySelectorAll('body *:not(script)')].map((e) => e.getBoundingClientRect().right))"
        )
        assert right <= width and page.evaluate("document.documentElement.scrollWidth") <= width, settings


def test_moving_a_slider_does_not_move_the_grids_on_a_wide_screen(demo):
    page = demo(viewport={"width": 1000, "height": 800})
    tops = set()
    for settings in [FIRST, {**FIRST, "stride": 3}, {**FIRST, "input_size": 15, "padding": 5}, {**FIRST, "input_size": 2}]:
        page.evaluate(SHOWN, settings)
        tops.add(page.evaluate("document.querySelector('.player').offsetTop"))
    assert len(tops) == 1


# Contrast of each text with what lies behind it, translucent layers mixed: at least 4.5, as WCAG 2.2 AA asks.
CONTRASTS = """() => {
    const parse = (color) => { const v = color.match(/[\\d.]+/g).map(Number); return [v[0], v[1], v[2], v[3] ?? 1]; };
    const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
    const behind = (e) => e ? over(parse(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : [255, 255, 255, 1];
    const light = (c) => { const l = c.slice(0, 3).map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                           return .2126 * l[0] + .7152 * l[1] + .0722 * l[2]; };
    const texts = [...document.querySelectorAll('body *')].filter((e) => !e.closest('script, [hidden], .hidden, :disabled, math') &&
        [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
    return texts.map((e) => {
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
        return [(a + .05) / (b + .05), e.tagName + '.' + e.className + ' ' + e.textContent];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(demo, scheme):
    page = demo(color_scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    for settings in [{**FIRST, "padding": 1}, {**FIRST, "stride": 3}, {**FIRST, "input_size": 2}]:
        page.evaluate(SHOWN, settings)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 30
        assert min(contrasts)[0] >= 4.5, min(contrasts)


def test_reduced_motion_and_print(demo):
    page = demo(reduced_motion="reduce", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.querySelector('#window')).transitionDuration") == "0s"
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.get_by_role("button", name="Play").is_visible()


def test_set_refuses_what_it_does_not_know(demo):
    page = demo()
    for changes in ({"strides": 2}, {"stride": 0}, {"padding": 1.5}, {"input_size": 16}):
        refused = page.evaluate(
            "(changes) => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes
    assert page.evaluate("demo.state().settings") == FIRST


# ------------------------------------------------------------------------------------------------------- as a notebook shows it


def test_two_in_one_page_live_side_by_side_and_take_the_height_they_need(open_page):
    page = open_page(viewport={"width": 900, "height": 700})
    page.set_content(demos.show(NAME, height=100).data * 2)
    frames = [frame for frame in page.frames if frame is not page.main_frame]
    for frame in frames:
        frame.wait_for_function("window.demo")
    frames[0].evaluate("demo.set({stride: 2})")
    assert [frame.evaluate("demo.state().output_size") for frame in frames] == [3, 5]
    for frame in frames:
        frame.wait_for_function("innerHeight >= document.documentElement.offsetHeight")
    assert page.get_by_text("A demo that you can play with").count() == 0
    assert page.problems == []


def test_lives_in_a_frame_that_hides_its_surroundings(open_page):
    page = open_page()
    page.set_content(demos.show(NAME).data.replace("<iframe", "<iframe sandbox='allow-scripts'"))
    page.frames[1].wait_for_function("window.demo && demo.state().output_size === 5")
    assert page.problems == []

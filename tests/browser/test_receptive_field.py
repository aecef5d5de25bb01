"""The demo of receptive fields draws what PyTorch's gradients and the course's formula say, and everyone can use it."""

import random

import pytest
import torch
from torch.nn.functional import conv1d

from utils.arithmetic import receptive_field

NAME = "receptive_field"
FIRST = {"layers": 3, "kernel": 3, "stride": 1, "dilation": 1, "growth": "same"}

# All that a reader sees, from the page itself and not from its variables.
SHOWN = """settings => {
    demo.set(settings);
    const all = (query) => [...document.querySelectorAll(query)];
    const pixels = all('#picture circle[data-level="0"]');
    return {
        chosen: pixels.map((pixel) => pixel.matches('.chosen')), other: pixels.map((pixel) => pixel.matches('.other')),
        bars: all('#picture rect').map((bar) => Number(bar.getAttribute('height'))),
        steps: all('#steps tr').map((row) => [...row.cells].map((cell) => cell.textContent)),
        message: document.querySelector('#message').textContent,
    };
}"""


def layers_of(settings):
    grows = 2 if settings["growth"] == "doubled" else 1
    return [
        {"kernel_size": settings["kernel"], "stride": settings["stride"], "dilation": settings["dilation"] * grows**layer}
        for layer in range(settings["layers"])
    ]


def paths(settings):
    """For the first output and its neighbour: the number of paths from each pixel, by the gradient through kernels of ones."""
    size, jump = receptive_field(layers_of(settings))
    signal = torch.zeros(1, 1, size + jump, dtype=torch.float64, requires_grad=True)
    out = signal
    for layer in layers_of(settings):
        ones = torch.ones(1, 1, layer["kernel_size"], dtype=torch.float64)
        out = conv1d(out, ones, stride=layer["stride"], dilation=layer["dilation"])
    assert out.shape[-1] == 2
    return [torch.autograd.grad(out[0, 0, i], signal, retain_graph=True)[0][0, 0] for i in range(2)]


def some_settings(count):
    draw = random.Random(6)
    found = []
    while len(found) < count:
        settings = {
            "layers": draw.randint(1, 6),
            "kernel": draw.randint(1, 7),
            "stride": draw.randint(1, 3),
            "dilation": draw.randint(1, 4),
            "growth": draw.choice(["same", "doubled"]),
        }
        if sum(receptive_field(layers_of(settings))) <= 600:
            found.append(settings)
    return [FIRST, *found]


def test_the_pixels_and_paths_are_those_of_the_gradient(demo):
    cases = some_settings(40)
    for settings, shown in zip(cases, demo().evaluate(f"cases => cases.map({SHOWN})", cases), strict=True):
        first, neighbour = paths(settings)
        assert shown["chosen"] == (first > 0).tolist(), settings
        assert shown["other"] == ((neighbour > 0) & (first == 0)).tolist(), settings
        bars = torch.tensor(shown["bars"], dtype=torch.float64)
        torch.testing.assert_close(bars / bars.max(), first / first.max(), msg=str(settings))


def test_the_arithmetic_is_the_courses(demo):
    cases = some_settings(40)
    for settings, shown in zip(cases, demo().evaluate(f"cases => cases.map({SHOWN})", cases), strict=True):
        layers = layers_of(settings)
        for number, (label, size, jump) in enumerate(shown["steps"], 1):
            expected = receptive_field(layers[:number])
            assert label == str(number)
            assert [int(text.split("= ")[1].replace(",", "")) for text in (size, jump)] == list(expected), settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "An output sees 7 pixels; its neighbour's field begins 1 pixel further. The pixel with most paths has 7, one at the edge has 1."),
        ({"kernel": 1, "stride": 2}, "An output sees 1 pixel; its neighbour's field begins 8 pixels further."),
        ({"dilation": 3}, "An output sees 19 pixels; its neighbour's field begins 1 pixel further. But 12 of them are never read: the field has holes."),
        ({"layers": 6, "kernel": 7, "stride": 3}, "An output sees 2,185 pixels; its neighbour's field begins 729 pixels further. That is more than"),
    ],
)  # fmt: skip
def test_message(demo, settings, said):
    assert said in demo().evaluate(SHOWN, {**FIRST, **settings})["message"]


def test_works_by_keyboard_alone(demo):
    page = demo()
    for name, label in [("layers", "Layers"), ("kernel", "Kernel F"), ("stride", "Stride S"), ("dilation", "Dilation D")]:
        before = page.evaluate("demo.state().settings")[name]
        page.get_by_role("slider", name=label).press("ArrowRight")
        assert page.evaluate("demo.state().settings")[name] == before + 1
    page.get_by_role("button", name="dilation doubled").press("Enter")
    assert page.evaluate("demo.state().settings.growth") == "doubled"
    page.get_by_role("button", name="stride 2").press("Space")
    assert page.evaluate("demo.state().settings") == {**FIRST, "layers": 4, "stride": 2}
    assert page.get_by_role("button", name="stride 2").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("width", [360, 700, 1000])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    for settings in [FIRST, {**FIRST, "layers": 5, "kernel": 5, "stride": 2}, {**FIRST, "layers": 6, "kernel": 7, "stride": 3}]:
        page.evaluate(SHOWN, settings)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, settings


def test_set_refuses_what_it_does_not_know(demo):
    page = demo()
    for changes in ({"strides": 2}, {"stride": 0}, {"kernel": 1.5}, {"layers": 7}, {"growth": "tripled"}):
        refused = page.evaluate(
            "(changes) => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes
    assert page.evaluate("demo.state().settings") == FIRST

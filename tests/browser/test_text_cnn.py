"""The demo of a filter that reads shows what PyTorch computes, and everyone can use it."""

import random

import pytest
import torch
from torch.nn.functional import conv1d

NAME = "text_cnn"
FIRST = {"place": 4, "padding": 3, "bias": 0, "at": 1, "mask": True, "filter": "an action, then sound"}
FILTERS = ["an action, then sound", "anything but sound", "a game"]

# All that a reader sees, from the page itself and not from its variables; and the words' numbers and the weights, which are only data.
SHOWN = """settings => {
    demo.set(settings);
    const cells = (id) => [...document.querySelectorAll(`#${id} td`)];
    const numbers = (id) => cells(id).map((cell) => Number(cell.textContent.replace('−', '-')));
    const marked = (id, kind) => cells(id).flatMap((cell, t) => cell.classList.contains(kind) ? [t] : []);
    const { vectors, weights, words } = demo.state();
    return {answers: numbers('answers'), rectified: numbers('rectified'), largest: marked('rectified', 'largest'), masked: marked('rectified', 'masked'),
            message: document.getElementById('message').textContent, heads: [...document.querySelectorAll('#sentence thead th')].slice(1).map((h) => h.textContent),
            vectors, weights, words};
}"""


def some_settings(count):
    draw = random.Random(11)
    for _ in range(count):
        yield {
            "place": draw.randint(0, 6),
            "padding": draw.randint(0, 6),
            "bias": draw.randint(-4, 4) / 4,
            "at": draw.randint(0, 14),
            "mask": draw.random() < 0.5,
            "filter": draw.choice(FILTERS),
        }


def test_answers_relu_and_maximum_are_pytorchs(demo):
    cases = [FIRST, *some_settings(60)]
    for settings, shown in zip(cases, demo().evaluate(f"cases => cases.map({SHOWN})", cases), strict=True):
        assert shown["heads"] == shown["words"] and len(shown["words"]) == 9 + settings["padding"]
        x, weight = torch.tensor(shown["vectors"]).T[None], torch.tensor(shown["weights"], dtype=torch.float32).T[None]
        answers = conv1d(x.float(), weight, torch.tensor([float(settings["bias"])]), padding=1)[0, 0]
        torch.testing.assert_close(torch.tensor(shown["answers"], dtype=torch.float32), answers, atol=0.0051, rtol=0)
        torch.testing.assert_close(torch.tensor(shown["rectified"], dtype=torch.float32), answers.relu(), atol=0.0051, rtol=0)
        counted = answers.relu()[: 9 if settings["mask"] else None]
        if counted.max() > 0.01:
            (largest,) = shown["largest"]
            assert counted[largest] == pytest.approx(counted.max().item(), abs=1e-5), settings
            assert f"{counted.max():.2f}" in shown["message"]
            assert ("stands at padding" in shown["message"]) == (largest >= 9), settings
        else:
            assert shown["largest"] == [] and "found nothing" in shown["message"]
        assert set(shown["masked"]) == (set(range(9, 9 + settings["padding"])) if settings["mask"] else set())


def test_the_maximum_stays_when_the_phrase_moves_and_the_place_moves_along(demo):
    page = demo()
    inside = [page.evaluate(SHOWN, {**FIRST, "place": place}) for place in range(1, 6)]
    assert [shown["largest"][0] for shown in inside] == [2, 3, 4, 5, 6]


def test_without_the_mask_padding_can_win_and_with_it_never(demo):
    page = demo()
    settings = {**FIRST, "filter": "anything but sound", "bias": 1, "mask": False}
    assert "stands at padding" in page.evaluate(SHOWN, settings)["message"]
    masked = [page.evaluate(SHOWN, {**settings, "mask": True, "padding": n}) for n in range(7)]
    assert len({shown["largest"][0] for shown in masked}) == 1 and all("padding!" not in shown["message"] for shown in masked)


def test_works_by_keyboard_alone(demo):
    page = demo()
    settings = lambda: page.evaluate("demo.state().settings")  # noqa: E731
    for label, (name, step) in {"Phrase begins at": ("place", 1), "Padding": ("padding", 1), "Bias": ("bias", 0.25)}.items():
        before = settings()[name]
        page.get_by_role("slider", name=label).press("ArrowRight")
        assert settings()[name] == pytest.approx(before + step)
    page.get_by_role("slider", name="Filter stands at").press("End")
    assert settings()["at"] == 12
    page.get_by_role("button", name="Leave padding out").press("Enter")
    page.get_by_role("button", name="a game", exact=True).press("Space")
    assert settings()["mask"] is False and settings()["filter"] == "a game"


@pytest.mark.parametrize("width", [360, 700, 1000])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    for settings in [FIRST, {**FIRST, "padding": 6, "at": 14}]:
        page.evaluate(SHOWN, settings)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, settings


def test_set_refuses_what_it_does_not_know(demo):
    page = demo()
    for changes in ({"places": 2}, {"place": 7}, {"bias": 2}, {"mask": 1}, {"filter": "poems"}):
        refused = page.evaluate(
            "(changes) => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes
    assert page.evaluate("demo.state().settings") == FIRST

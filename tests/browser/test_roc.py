"""The demo of thresholds shows what scikit-learn computes, and everyone can use it."""

import random

import numpy as np
import pytest
from sklearn import metrics as trusted

NAME = "roc"
FIRST = {"threshold": 1, "distance": 2, "share": 50, "miss": 1, "coarse": False}

# All that a reader sees, from the page itself and not from its variables.
SHOWN = """settings => {
    demo.set(settings);
    const text = (id) => document.getElementById(id).firstChild.textContent;
    const shown = Object.fromEntries(
        ['tp', 'fp', 'fn', 'tn', 'tpr', 'fpr', 'precision', 'accuracy', 'ber', 'cost', 'auc', 'ap', 'message'].map((id) => [id, text(id)]));
    const points = (id) => document.querySelector(`#${id} polyline`).getAttribute('points').split(' ').map((p) => p.split(',').map(Number));
    const dot = (id) => { const c = document.querySelector(`#${id} .now`); return c && [Number(c.getAttribute('cx')), Number(c.getAttribute('cy'))]; };
    const bars = (kind) => [...document.querySelectorAll(`#hills .${kind}`)].map((bar) => [Number(bar.getAttribute('x')), Number(bar.getAttribute('height'))]);
    return {...shown, roc: points('roc'), pr: points('pr'), now: {roc: dot('roc'), pr: dot('pr')}, negatives: bars('negatives'),
            positives: bars('positives'), state: demo.state()};
}"""


def some_settings(count):
    """The examples of the page, then drawn settings, of which half have many ties."""
    draw = random.Random(7)
    examples = [{}, {"distance": 0}, {"distance": 5, "threshold": 2.5}, {"share": 2}, {"share": 2, "miss": 20}, {"share": 1}]
    yield from ({**FIRST, **example} for example in examples)
    for _ in range(count):
        yield {
            "threshold": draw.randint(-80, 160) / 20,
            "distance": draw.randint(0, 20) / 4,
            "share": draw.choice([1, 2, 5, 10, 37, 50]),
            "miss": draw.randint(1, 20),
            "coarse": draw.random() < 0.5,
        }


def shown_for(page, cases):
    """Each of the settings with what the page shows for it, and the scores and labels behind it."""
    for settings, shown in zip(cases, page.evaluate(f"cases => cases.map({SHOWN})", cases), strict=True):
        yield settings, shown, np.array(shown["state"]["scores"]), np.array(shown["state"]["positives"])


def in_the_square(points):
    """From the drawing's units to values: 0 to 1 are 38 to 242 across and 212 to 8 down, as at the ends of the axes."""
    x, y = np.array(points, dtype=float).T
    return (x - 38) / 204, (212 - y) / 204


def test_counts_and_measures_are_scikit_learns(demo):
    for settings, shown, scores, positives in shown_for(demo(), list(some_settings(80))):
        called = scores >= settings["threshold"]
        (tn, fp), (fn, tp) = trusted.confusion_matrix(positives, called, labels=[False, True])
        assert [int(shown[name]) for name in ("tp", "fp", "fn", "tn")] == [tp, fp, fn, tn], settings
        expected = {
            "tpr": trusted.recall_score(positives, called),
            "fpr": fp / (fp + tn),
            "accuracy": trusted.accuracy_score(positives, called),
            "ber": 1 - trusted.balanced_accuracy_score(positives, called),
        }
        if called.any():
            expected["precision"] = trusted.precision_score(positives, called)
        else:
            assert shown["precision"] == "none called" and "Nothing is called positive" in shown["message"]
        for name, value in expected.items():
            assert float(shown[name].removesuffix(" %")) == pytest.approx(100 * value, abs=0.0501), (name, settings)
        assert float(shown["cost"]) == pytest.approx((fp + settings["miss"] * fn) / len(scores), abs=0.000501)
        assert float(shown["auc"]) == pytest.approx(trusted.roc_auc_score(positives, scores), abs=0.000501)
        assert float(shown["ap"]) == pytest.approx(trusted.average_precision_score(positives, scores), abs=0.000501)


def test_the_curves_and_the_points_on_them_are_scikit_learns(demo):
    for settings, shown, scores, positives in shown_for(demo(), list(some_settings(40))):
        x, y, _ = trusted.roc_curve(positives, scores, drop_intermediate=False)
        drawn = in_the_square(shown["roc"])
        np.testing.assert_allclose(drawn, (x, y), atol=1e-6, err_msg=str(settings))
        precision, recall, _ = trusted.precision_recall_curve(positives, scores)
        across, up = in_the_square(shown["pr"])
        np.testing.assert_allclose((across[1::2], up[1::2]), (recall[-2::-1], precision[-2::-1]), atol=1e-6)
        np.testing.assert_allclose(up[::2], up[1::2], atol=1e-6)  # treads are level, and begin where the one before ends
        np.testing.assert_allclose(across[2::2], across[1:-1:2], atol=1e-6)
        called = scores >= settings["threshold"]
        rate = [called[~positives].mean(), called[positives].mean()]
        np.testing.assert_allclose(np.ravel(in_the_square([shown["now"]["roc"]])), rate, atol=1e-6)
        if called.any():
            expected = [rate[1], positives[called].mean()]
            np.testing.assert_allclose(np.ravel(in_the_square([shown["now"]["pr"]])), expected, atol=1e-6)
        else:
            assert shown["now"]["pr"] is None


def test_the_hills_are_histograms_of_the_scores(demo):
    for settings, shown, scores, positives in shown_for(demo(), list(some_settings(20))):
        width, offset = (1, 0.5) if settings["coarse"] else (0.25, 0)
        counts = [
            np.unique(np.floor((scores[kind] + offset + 4) / width + 1e-9), return_counts=True)[1]
            for kind in (~positives, positives)
        ]
        highest = max(c.max() for c in counts)
        for count, kind in zip(counts, ("negatives", "positives"), strict=True):
            heights = [height for _, height in sorted(shown[kind])]
            np.testing.assert_allclose(heights, count / highest * (212 - 26), atol=1e-6, err_msg=str(settings))


def test_the_cheapest_threshold_is_cheapest_and_one_button_away(demo):
    page = demo()
    for settings, shown, scores, positives in shown_for(page, list(some_settings(10))):

        def cost(threshold, scores=scores, positives=positives, miss=settings["miss"]):
            called = scores >= threshold
            return ((called & ~positives) + miss * (~called & positives)).mean()

        least = min(map(cost, [*np.unique(scores), np.inf]))
        assert shown["state"]["best"]["cost"] == pytest.approx(least)
        page.evaluate("settings => demo.set(settings)", settings)
        page.get_by_role("button", name="Go to the cheapest threshold").click()
        assert float(page.locator("#cost").text_content()) == pytest.approx(least, abs=0.000501), settings
        assert "No threshold is cheaper" in page.locator("#message").text_content()


def test_rare_positives_leave_the_rates_and_lower_the_precision(demo):
    page = demo()
    even, rare = (page.evaluate(SHOWN, {**FIRST, "share": share}) for share in (50, 5))
    number = lambda shown, name: float(shown[name].removesuffix(" %"))  # noqa: E731
    assert abs(number(even, "fpr") - number(rare, "fpr")) < 3 and abs(number(even, "auc") - number(rare, "auc")) < 0.05
    assert number(even, "precision") > number(rare, "precision") + 40


def test_works_by_keyboard_alone(demo):
    page = demo()
    settings = lambda: page.evaluate("demo.state().settings")  # noqa: E731
    steps = {"Threshold": ("threshold", 0.05), "Distance of the hills": ("distance", 0.25), "A miss costs": ("miss", 1)}
    for label, (name, step) in steps.items():
        before = settings()[name]
        page.get_by_role("slider", name=label).press("ArrowRight")
        assert settings()[name] == pytest.approx(before + step)
    page.get_by_role("slider", name="Positives").press("ArrowLeft")
    assert settings()["share"] == 49
    page.get_by_role("button", name="Round the scores").press("Enter")
    assert settings()["coarse"] is True
    page.get_by_role("button", name="rare", exact=True).press("Space")
    assert settings() == {**FIRST, "share": 2}


def test_the_threshold_is_dragged_through_the_hills(demo):
    page = demo(viewport={"width": 980, "height": 800})
    box = page.locator("#hills").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    first = page.evaluate("demo.state().settings.threshold")
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    second = page.evaluate("demo.state().settings.threshold")
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    assert first < second == page.evaluate("demo.state().settings.threshold")
    assert first == pytest.approx(-4 + (0.3 * 400 - 38) / 362 * 12, abs=0.05)


@pytest.mark.parametrize("width", [360, 700, 1000])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    for settings in [FIRST, {**FIRST, "share": 1, "miss": 20}, {**FIRST, "coarse": True, "threshold": 8}]:
        page.evaluate(SHOWN, settings)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, settings


def test_set_refuses_what_it_does_not_know(demo):
    page = demo()
    for changes in ({"thresholds": 2}, {"share": 0}, {"share": 51}, {"threshold": 9}, {"coarse": 1}):
        refused = page.evaluate(
            "(changes) => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes
    assert page.evaluate("demo.state().settings") == FIRST

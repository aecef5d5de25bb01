"""The demo of overlaps and suppression shows what torchvision computes, and everyone can use it."""

import random

import pytest
import torch
from torchvision import ops

NAME = "iou_nms"

# All that a reader sees, from the page itself and not from its variables.
SHOWN = """settings => {
    demo.set(settings);
    const all = (query) => [...document.querySelectorAll(query)];
    return {
        stays: all('#picture g[role=button]').map((group) => !group.matches('.removed, .dropped')),
        overlaps: all('#overlaps tr').map((row) => [...row.cells].map((cell) => cell.textContent)),
        steps: all('#steps li').map((item) => item.textContent),
        message: document.querySelector('#message').textContent,
        state: demo.state(),
    };
}"""


def some_settings(count):
    draw = random.Random(8)
    for _ in range(count):
        boxes = []
        for _ in range(draw.randint(1, 9)):
            (x0, x1), (y0, y1) = sorted(draw.sample(range(37), 2)), sorted(draw.sample(range(25), 2))
            kind, score = draw.choice(["zebra", "lion"]), draw.randint(0, 1000) / 1000
            boxes.append({"kind": kind, "score": score, "x0": x0, "y0": y0, "x1": x1, "y1": y1})
        threshold, least = (draw.randint(0, 20) / 20 for _ in range(2))
        # half of 0.3 or less, so that most boxes take part
        yield {"boxes": boxes, "threshold": threshold, "least": least * 0.3, "byClass": draw.random() < 0.5}


def test_shows_what_torchvision_computes(demo):
    page = demo()
    cases = list(some_settings(120))
    removed = 0
    for settings, shown in zip(cases, page.evaluate(f"cases => cases.map({SHOWN})", cases), strict=True):
        boxes = torch.tensor([[b[key] for key in ("x0", "y0", "x1", "y1")] for b in settings["boxes"]], dtype=torch.float64)
        overlaps = ops.box_iou(boxes, boxes)
        assert torch.allclose(torch.tensor(shown["state"]["overlaps"], dtype=torch.float64), overlaps, atol=1e-9)
        assert [float(row[3]) for row in shown["overlaps"]] == pytest.approx(overlaps[0, 1:].tolist(), abs=0.00501)

        scores = torch.tensor([b["score"] for b in settings["boxes"]], dtype=torch.float64)
        kinds = torch.tensor([b["kind"] == "lion" if settings["byClass"] else 0 for b in settings["boxes"]]).long()
        sure = (scores >= settings["least"]).nonzero()[:, 0]
        # moved apart by class, as batched_nms does, without the rounding that it adds
        apart = boxes[sure] + 1000 * kinds[sure, None]
        kept = sure[ops.nms(apart, scores[sure], settings["threshold"])].tolist()
        assert shown["state"]["kept"] == kept, settings
        assert [i for i, stays in enumerate(shown["stays"]) if stays] == sorted(kept), settings
        assert len(shown["steps"]) == len(kept)
        assert shown["message"].startswith(f"{len(kept)} of {len(boxes)} boxes stay")
        removed += len(sure) - len(kept)
    assert removed > 40


def test_a_chain_keeps_its_ends(demo):
    page = demo()
    page.get_by_role("button", name="a chain").click()
    assert page.evaluate("demo.state().kept") == [0, 2]
    assert "A stays (0.90) and removes B (IoU 0.43)" in page.locator("#steps").inner_text()


def test_every_example_can_be_chosen(demo):
    page = demo()
    for name in page.evaluate("demo.examples"):
        page.get_by_role("button", name=name, exact=True).press("Enter")
        assert page.evaluate("demo.state().kept.length") >= 1


def test_boxes_move_and_change_their_size_by_keyboard(demo):
    page = demo()
    box = lambda: {k: page.evaluate("demo.state().boxes[1]")[k] for k in ("x0", "y0", "x1", "y1")}  # noqa: E731
    group = page.locator("#picture g[role=button]").nth(1)
    before = box()
    group.press("ArrowRight")
    group.press("ArrowUp")
    assert box() == {"x0": before["x0"] + 1, "x1": before["x1"] + 1, "y0": before["y0"] - 1, "y1": before["y1"] - 1}
    group.press("Shift+ArrowLeft")
    group.press("Shift+ArrowDown")
    assert box() == {"x0": before["x0"] + 1, "x1": before["x1"], "y0": before["y0"] - 1, "y1": before["y1"]}
    assert page.evaluate("demo.state().selected") == 1
    for _ in range(40):
        group.press("ArrowLeft")
    assert box()["x0"] == 0  # stays inside the picture


def test_boxes_are_dragged_and_resized_with_the_mouse(demo):
    page = demo(viewport={"width": 1000, "height": 900})
    before = page.evaluate("demo.state().boxes[0]")
    area = page.locator("#picture").bounding_box()
    pixel = area["width"] / 36

    def drag(x, y, dx, dy):
        page.mouse.move(area["x"] + x * pixel, area["y"] + y * pixel)
        page.mouse.down()
        page.mouse.move(area["x"] + (x + dx) * pixel, area["y"] + (y + dy) * pixel, steps=4)
        page.mouse.up()

    drag(before["x0"] + 0.5, before["y1"] - 0.5, 3, 2)  # box A alone is there
    moved = page.evaluate("demo.state().boxes.find((b) => b.name === demo.state().boxes[demo.state().selected].name)")
    original = next(b for b in page.evaluate("demo.state().boxes") if b["name"] == moved["name"])
    assert original == moved
    corner = page.evaluate("demo.state().boxes[3]")
    drag(corner["x1"], corner["y1"], 2, 3)
    after = page.evaluate("demo.state().boxes[3]")
    assert (after["x1"], after["y1"], after["x0"], after["y0"]) == (
        corner["x1"] + 2,
        corner["y1"] + 3,
        corner["x0"],
        corner["y0"],
    )


def test_sliders_and_the_box_to_tick_work_by_keyboard(demo):
    page = demo()
    before = page.evaluate("demo.state()")
    page.get_by_role("slider", name="Remove above").press("ArrowRight")
    page.get_by_role("slider", name="Least score").press("ArrowRight")
    page.get_by_role("checkbox", name="class by class").press("Space")
    after = page.evaluate("demo.state()")
    assert after["threshold"] == pytest.approx(before["threshold"] + 0.05)
    assert after["least"] == pytest.approx(before["least"] + 0.05)
    assert after["byClass"] is not before["byClass"]


@pytest.mark.parametrize("width", [360, 700, 1000])
def test_nothing_is_wider_than_the_screen(demo, width):
    page = demo(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_set_refuses_what_it_does_not_know(demo):
    page = demo()
    for changes in ({"threshold": 1.5}, {"limit": 0.5}, {"boxes": []}, {"selected": 9}, {"byClass": 1}):
        refused = page.evaluate(
            "(changes) => { try { demo.set(changes); return ''; } catch (error) { return error.name; } }", changes
        )
        assert refused == "RangeError", changes

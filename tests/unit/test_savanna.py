"""Savanna: labels exact to the pixel, the same scenes everywhere, controls that vary one thing, and clear words for a wrong request."""

import hashlib
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from utils.datasets import savanna, store
from utils.datasets.builders import savanna as builder

CROWD = savanna.Recipe(
    size=80,
    count=(2, 5),
    scale=(0.2, 0.45),
    rotation=(-180, 180),
    occlusion=(0, 0.3),
    styles=savanna.STYLES,
    brightness=(0.7, 1.3),
)
ONE = savanna.Recipe(size=40)


@pytest.fixture(scope="module")
def crowd():
    return savanna.batch(CROWD, 150, seed=5)


def tight_box(mask):
    rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
    return torch.stack([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]).float()


def digest(tensors):
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(t).astype("<f4" if t.is_floating_point() else "<i8").tobytes() for t in tensors)
    ).hexdigest()[:16]


def differing(first, second):
    return {name for name in first if not torch.equal(first[name], second[name])}


# ------------------------------------------------------------------------------------------------------------ the labels


def test_a_box_is_the_tight_box_of_the_visible_mask(crowd):
    masks = savanna.masks(crowd["instances"], 5)
    for i, k in (crowd["labels"] >= 0).nonzero():
        assert torch.equal(crowd["boxes"][i, k], tight_box(masks[i, k]))


def test_masks_are_disjoint_and_together_are_the_semantic_mask(crowd):
    masks = savanna.masks(crowd["instances"], 5)
    assert masks.sum(1).max() == 1
    assert torch.equal(masks.any(1), crowd["semantic"] > 0)


def test_the_semantic_mask_holds_the_label_plus_one_of_the_animal_on_top(crowd):
    for i, k in (crowd["labels"] >= 0).nonzero():
        there = crowd["semantic"][i][crowd["instances"][i] == k + 1]
        assert (there == crowd["labels"][i, k] + 1).all()


def test_every_animal_shows_at_least_the_part_asked_for(crowd):
    present = crowd["labels"] >= 0
    assert crowd["visible"][present].min() >= CROWD.min_visible
    assert (crowd["visible"][present] < 0.9).float().mean() > 0.1, "animals should overlap at times"
    assert (crowd["visible"][~present] == 0).all() and (crowd["boxes"][~present] == 0).all()


def test_what_is_masked_is_painted_and_what_is_painted_is_masked_but_for_soft_edges():
    recipe = savanna.Recipe(animals=("bear",), backgrounds=("plain",))
    for i in range(10):
        bare, painted = (savanna.scene(replace(recipe, shift=shift), i) for shift in ((99, 0), (0, 0)))
        change = (bare["image"].int() - painted["image"].int()).abs().amax(0)
        mask = painted["masks"][0]
        near = torch.nn.functional.max_pool2d(mask[None].float(), 5, 1, 2)[0] > 0
        assert (change[mask] > 0).float().mean() > 0.98
        assert change[~near].max() <= 8  # some artists put a faint glow around an animal


@pytest.mark.parametrize("length", [9.0, 30.3, 60.0, 140.0, 260.0])
def test_no_edge_of_an_animal_is_cut_off_however_it_is_scaled_and_turned(length):
    for animal in range(0, len(savanna.ANIMALS), 3):
        for degrees in (0, 37.5, 90):
            opacity = savanna._raster("openmoji", animal, length, degrees, False) >> np.uint64(48)
            assert max(edge.max() for edge in (opacity[0], opacity[-1], opacity[:, 0], opacity[:, -1])) == 0


def test_the_label_is_the_place_in_the_list_of_animals():
    forward, backward = (savanna.batch(replace(ONE, animals=names), 6) for names in (("zebra", "frog"), ("frog", "zebra")))
    alone = {name: savanna.batch(replace(ONE, animals=(name,)), 6) for name in ("zebra", "frog")}
    for i in range(6):
        for data, names in ((forward, ("zebra", "frog")), (backward, ("frog", "zebra"))):
            assert torch.equal(data["images"][i], alone[names[data["labels"][i, 0]]]["images"][i])


def test_styles_tell_whose_drawing_it_is():
    data = savanna.batch(replace(ONE, styles=savanna.STYLES), 20)
    for i, style in enumerate(data["styles"]):
        assert torch.equal(
            savanna.batch(replace(ONE, styles=(savanna.STYLES[style],)), 1, start=i)["images"][0], data["images"][i]
        )


# ----------------------------------------------------------------------------------------------------------- determinism

PINNED = {
    "plain": (replace(ONE, backgrounds=("plain",)), "bf76f473fc5d3c0f"),
    "gradient": (replace(ONE, backgrounds=("gradient",), rotation=(-90, 90)), "d8e24375c445967f"),
    "texture": (
        replace(ONE, backgrounds=("texture",), brightness=(0.5, 1.5), contrast=(0.5, 1.5), tint=(-1, 1)),
        "af62890ddfe99cbb",
    ),
    "photo": (replace(ONE, backgrounds=("photo",), styles=savanna.STYLES), "a90152053b814d59"),
    "crowd": (CROWD, "3bf2391267d3af13"),
}


@pytest.mark.parametrize("name", PINNED)
def test_scenes_are_the_same_on_every_machine(name):
    recipe, expected = PINNED[name]
    assert digest(savanna.batch(recipe, 12, seed=7).values()) == expected


def test_a_scene_is_the_same_alone_in_a_batch_and_in_another_batch(crowd):
    later = savanna.batch(CROWD, 10, seed=5, start=140)
    for name, tensor in later.items():
        assert torch.equal(tensor, crowd[name][140:])
    alone = savanna.scene(CROWD, 143, seed=5)
    n = len(alone["labels"])
    assert torch.equal(alone["image"], later["images"][3]) and torch.equal(alone["boxes"], later["boxes"][3, :n])
    assert torch.equal(alone["masks"], savanna.masks(later["instances"][3], n)) and n == (later["labels"][3] >= 0).sum()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_gives_the_same_scenes_for_any_number_of_workers(workers):
    loader = DataLoader(savanna.Scenes(ONE, 24, seed=2, start=5), batch_size=8, num_workers=workers)
    images, targets = zip(*loader, strict=True)
    expected = savanna.batch(ONE, 24, seed=2, start=5)
    assert torch.equal(torch.cat(images), expected["images"].float() / 255)
    assert torch.equal(torch.cat([target["boxes"] for target in targets]), expected["boxes"])


def test_another_seed_gives_other_scenes():
    first, second = (savanna.batch(ONE, 20, seed=seed) for seed in (0, 1))
    assert not any(torch.equal(a, b) for a, b in zip(first["images"], second["images"], strict=True))
    assert not torch.equal(first["labels"], second["labels"])


def test_global_random_numbers_are_neither_used_nor_changed():
    np.random.seed(0)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    savanna.batch(ONE, 3)
    assert (np.random.get_state()[1] == before[0]).all() and torch.equal(torch.get_rng_state(), before[1])


# -------------------------------------------------------------------------------------------------------------- controls


@pytest.mark.parametrize(
    ("change", "may_differ"),
    [
        ({"backgrounds": ("photo",)}, {"images"}),
        ({"brightness": (0.5, 1.5)}, {"images"}),
        ({"contrast": 0.5}, {"images"}),
        ({"tint": 0.7}, {"images"}),
        ({"x": 0.0}, {"images", "boxes", "semantic", "instances"}),
        ({"y": (0.5, 1.0)}, {"images", "boxes", "semantic", "instances"}),
        ({"scale": 0.5}, {"images", "boxes", "semantic", "instances"}),
        ({"rotation": (-90, 90)}, {"images", "boxes", "semantic", "instances"}),
        ({"mirror": 1.0}, {"images", "boxes", "semantic", "instances"}),
        ({"occlusion": 0.4}, {"images", "boxes", "semantic", "instances", "visible"}),
        ({"animals": savanna.SOURCE[::-1]}, {"images", "boxes", "semantic", "instances"}),
        ({"styles": ("openmoji",)}, {"images", "boxes", "semantic", "instances", "styles"}),
    ],
)
def test_a_control_changes_what_it_names_and_nothing_else(change, may_differ):
    recipe = replace(ONE, backgrounds=("plain", "texture"))
    found = differing(savanna.batch(recipe, 30), savanna.batch(replace(recipe, **change), 30))
    assert "images" in found and found <= may_differ


def test_the_background_stays_when_the_animal_changes():
    first, second = (
        savanna.batch(replace(ONE, **change), 20)
        for change in ({}, {"x": 0.3, "rotation": 40, "scale": 0.5, "styles": ("openmoji",)})
    )
    away = torch.stack([(data["instances"] == 0) for data in (first, second)]).all(0)
    away = torch.nn.functional.max_pool2d((~away).float(), 5, 1, 2) == 0
    assert away.float().mean() > 0.4
    assert torch.equal(first["images"].movedim(1, -1)[away], second["images"].movedim(1, -1)[away])


def test_a_shift_moves_the_animal_by_as_many_pixels():
    still, moved = (
        savanna.batch(replace(ONE, x=0.5, y=0.5, scale=0.4, backgrounds=("plain",), shift=shift), 10)
        for shift in ((0, 0), (3, -2))
    )
    assert torch.equal(moved["boxes"][:, 0], still["boxes"][:, 0] + torch.tensor([3.0, -2, 3, -2]))
    assert torch.equal(moved["images"], still["images"].roll((-2, 3), (2, 3)))


def test_a_place_of_0_touches_one_edge_a_place_of_1_the_other():
    boxes = savanna.batch(replace(ONE, x=0.0, y=1.0, rotation=(-90, 90)), 20)["boxes"][:, 0]
    assert (boxes[:, 0] == 0).all() and (boxes[:, 3] == ONE.size).all()


def test_the_scale_is_the_longer_side_of_an_upright_drawing():
    for scale in (0.25, 0.5, 0.8, 1.0):
        boxes = savanna.batch(replace(ONE, size=120, scale=scale, styles=("noto",)), 30)["boxes"][:, 0]
        longer = (boxes[:, 2:] - boxes[:, :2]).amax(1)
        assert ((longer - scale * 120).abs() <= 2.5).float().mean() > 0.9, longer


def test_a_mirrored_animal_is_the_same_the_other_way_round():
    plain, mirrored = (savanna.scene(replace(ONE, x=0.5, mirror=mirror), 4)["masks"][0] for mirror in (0, 1))
    (left, top, right, bottom), (left2, _, right2, _) = tight_box(plain).int().tolist(), tight_box(mirrored).int().tolist()
    assert torch.equal(plain[top:bottom, left:right].flip(1), mirrored[top:bottom, left2:right2]) and not torch.equal(
        plain, mirrored
    )


def test_a_quarter_turn_is_counter_clockwise():
    upright, turned = (savanna.scene(replace(ONE, scale=0.6, rotation=angle, x=0.5, y=0.5), 4) for angle in (0, 90))
    cut = [s["masks"][0][int(b[1]) : int(b[3]), int(b[0]) : int(b[2])] for s in (upright, turned) for b in s["boxes"]]
    assert torch.equal(cut[0].rot90(1), cut[1])


def test_no_more_than_the_part_asked_for_is_hidden():
    visible = savanna.batch(replace(ONE, occlusion=0.4), 100)["visible"][:, 0]
    assert visible.min() >= 0.6 - 1e-6 and visible.mean() < 0.66


def test_the_count_is_between_its_ends_and_takes_every_value(crowd):
    assert set((crowd["labels"] >= 0).sum(1).tolist()) == {2, 3, 4, 5}


def test_light_does_what_it_says():
    means = {
        name: savanna.batch(replace(ONE, **light), 40)["images"].float().mean((0, 2, 3))
        for name, light in {"as is": {}, "dark": {"brightness": 0.5}, "red": {"tint": 1.0}}.items()
    }
    assert torch.allclose(means["dark"], means["as is"] / 2, atol=1)
    assert means["red"][0] > means["as is"][0] and means["red"][1] == means["as is"][1] and means["red"][2] < means["as is"][2]
    flat = savanna.batch(replace(ONE, contrast=0.0), 3)["images"]
    assert (flat == 128).all()


def test_every_background_can_be_had_alone_and_all_are_as_likely():
    data = savanna.batch(replace(ONE, shift=(99, 0)), 400)["images"]
    alone = [savanna.batch(replace(ONE, shift=(99, 0), backgrounds=(family,)), 400)["images"] for family in savanna.BACKGROUNDS]
    same = torch.stack([(data == other).all(3).all(2).all(1) for other in alone])
    assert (same.sum(0) >= 1).all()
    assert (same.float().mean(1) - 0.25).abs().max() < 0.08


def test_a_clip_is_a_scene_whose_animals_move():
    video = savanna.clip(replace(ONE, scale=0.4, x=0.0), 2, 6, velocity=(4, 0))
    assert video["images"].shape == (6, 3, 40, 40) and video["masks"].shape == (6, 1, 40, 40)
    assert torch.equal(video["images"][0], savanna.scene(replace(ONE, scale=0.4, x=0.0), 2)["image"])
    assert video["boxes"][:4, 0, 0].tolist() == [0, 4, 8, 12]


def test_an_animal_that_has_left_the_picture_has_an_empty_mask_and_no_box():
    video = savanna.clip(ONE, 2, 2, velocity=(100, 0))
    assert not video["masks"][1].any() and (video["boxes"][1] == 0).all() and video["visible"][1, 0] == 0


# ------------------------------------------------------------------------------------------------------------ statistics


def test_there_are_115_animals_in_five_styles_each_96_pixels_and_cut_tight():
    assert len(savanna.ANIMALS) == len(set(savanna.ANIMALS)) == 115 and len(savanna.STYLES) == 5
    for style in savanna.STYLES:
        for animal in savanna.ANIMALS:
            opacity = savanna.sprite(animal, style)[3]
            assert 94 <= max(opacity.shape) <= 96
            assert opacity[0].any() and opacity[-1].any() and opacity[:, 0].any() and opacity[:, -1].any()
            assert (opacity > 128).float().mean() > 0.08


def test_the_splits_share_no_animal_and_leave_none_out():
    assert set(savanna.SOURCE) | set(savanna.TARGET) == set(savanna.ANIMALS) and not set(savanna.SOURCE) & set(savanna.TARGET)
    assert "zebra" in savanna.TARGET_NEAR and len(savanna.TARGET) == 12 and not set(savanna.TARGET_NEAR) & set(savanna.TARGET_FAR)
    assert savanna.HELD_OUT_STYLE in savanna.STYLES and set(savanna.SEEN_STYLES) == set(savanna.STYLES) - {savanna.HELD_OUT_STYLE}


def test_every_class_comes_once_in_each_round_in_an_order_of_its_own():
    n = len(savanna.SOURCE)
    labels = savanna.batch(savanna.Recipe(size=16, scale=0.5), 2 * n)["labels"][:, 0]
    assert labels[:n].sort()[0].tolist() == labels[n:].sort()[0].tolist() == list(range(n))
    assert not torch.equal(labels[:n], labels[n:])


def test_styles_and_further_animals_are_about_as_frequent_as_each_other():
    data = savanna.batch(savanna.Recipe(size=32, count=2, scale=0.3, animals=savanna.TARGET, styles=savanna.STYLES), 1200)
    assert (data["styles"].bincount() - 240).abs().max() < 50
    assert (data["labels"][:, 1].bincount() - 100).abs().max() < 40


def test_a_view_is_that_of_the_drawing():
    assert (
        savanna.view("zebra", "twemoji") == "face"
        and savanna.view("zebra", "noto") == "whole"
        and savanna.view("dog-face", "fluent") == "face"
    )


# ------------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"size": 15}, "size=15.*16 to 384"),
        ({"size": 48.0}, "size=48.0"),
        ({"animals": ("unicorn",)}, "no 'unicorn'.*zebra"),
        ({"animals": "zebra"}, "animals='zebra'.*sequence"),
        ({"animals": ()}, "at least one"),
        ({"animals": ("cat", "cat")}, "twice"),
        ({"styles": ("apple",)}, "no 'apple'.*noto"),
        ({"backgrounds": ("forest",)}, "no 'forest'.*gradient"),
        ({"count": 0}, "count=0"),
        ({"count": (2.5, 3)}, "count=.*whole"),
        ({"scale": (0.7, 0.4)}, "low <= high"),
        ({"scale": 0.1}, "less than 6 pixels"),
        ({"scale": 0.8, "rotation": (-60, 60)}, "does not fit.*at most 0.7"),
        ({"x": -0.1}, "x=-0.1"),
        ({"mirror": 2}, "mirror=2"),
        ({"shift": 3}, "shift=3"),
        ({"occlusion": 0.6}, "occlusion=0.6.*min_visible=0.5"),
        ({"tint": (0, 2)}, "tint="),
        ({"rotation": "90"}, "rotation='90'"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_with_what_to_do(wrong, words):
    with pytest.raises(ValueError, match=words):
        savanna.Recipe(**wrong)


def test_a_crowd_that_finds_no_place_is_told():
    with pytest.raises(ValueError, match="scene 0 of seed 0: 20 animals.*fewer or smaller"):
        savanna.scene(savanna.Recipe(count=20, scale=0.7, min_visible=0.9), 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: savanna.batch(ONE, -1),
        lambda: savanna.batch(ONE, 1, seed=-1),
        lambda: savanna.batch(ONE, 1, start=-1),
        lambda: savanna.Scenes(ONE, -1),
        lambda: savanna.clip(ONE, 0, 0),
        lambda: savanna.sprite("unicorn", "noto"),
        lambda: savanna.view("zebra", "apple"),
    ],
)
def test_numbers_and_names_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match="expected|there is no"):
        call()


def test_a_data_set_ends_where_it_ends():
    scenes = savanna.Scenes(ONE, 3)
    assert len(list(scenes)) == len(scenes) == 3
    for i in (-1, 3):
        with pytest.raises(IndexError, match=f"scene {i} of a set of 3"):
            scenes[i]


def test_damaged_drawings_are_refused(tmp_path, monkeypatch):
    shutil.copytree(store.folder(), tmp_path / "data")
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "data")
    path = tmp_path / "data/savanna/noto.webp"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(store.DataDamaged, match=r"savanna/noto\.webp is damaged"):
        savanna.sprite("zebra", "noto")


# ------------------------------------------------------------------------------------------------- the folder, the builder


def test_every_artist_is_named_with_the_licence_and_the_version():
    folder = store.folder() / "savanna"
    text = (folder / "LICENSES.md").read_text(encoding="utf-8")
    for package, version, _, licence in builder.PACKAGES.values():
        assert package in text and version in text and licence.replace("-", " ") in text.replace("-", " ")
    for holder in ("Google", "Twitter", "OpenMoji", "Microsoft"):
        assert holder in text
    for link in re.findall(r"\]\((?!http)([^)]+)\)", text):
        assert (folder / link).is_file(), link


def test_the_drawings_are_small():
    assert sum(path.stat().st_size for path in (store.folder() / "savanna").iterdir()) < 2_500_000
    assert (store.folder() / "savanna/samples.png").stat().st_size <= 60_000


def test_the_builder_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(builder, "TOOLS", {"no-such-renderer": "1.0"})
    with pytest.raises(SystemExit, match=r"no-such-renderer 1\.0 \(found: none\).*pip install no-such-renderer==1\.0"):
        builder.check_tools()


def test_truths_are_the_animals_of_which_something_is_to_be_seen():
    scenes = savanna.batch(savanna.HERD, 20, seed=4)
    scenes["visible"][0] = 0  # as if all had left the picture
    truths = savanna.truths(scenes)
    assert [len(truth["labels"]) for truth in truths] == (scenes["visible"] > 0).sum(1).tolist()
    assert len(truths[0]["boxes"]) == 0
    for i in range(1, 20):
        scene = savanna.scene(savanna.HERD, i, seed=4)
        assert torch.equal(truths[i]["boxes"], scene["boxes"]) and torch.equal(truths[i]["labels"], scene["labels"])


def test_a_herd_has_one_to_six_animals_and_fits_into_its_scenes():
    counts = (savanna.batch(savanna.HERD, 300, seed=9)["labels"] >= 0).sum(1)
    assert counts.unique().tolist() == [1, 2, 3, 4, 5, 6]

"""`dl4cv pretrain` on a tiny scale: the same seed gives the same weights, a broken-off run goes on to them, and the facts are true."""

import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from utils import metrics, models, pretrained, training, weights
from utils.authoring import pretrain
from utils.datasets import real, savanna, store


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Folders of its own for weights and checkpoints, and a short test. The drawings are read from the course's data."""
    drawings = {name: store.read(name) for name in store.checksums() if name.startswith("savanna/")}
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "data")
    for name, content in drawings.items():
        store.write(name, content)
    monkeypatch.setattr(real, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(pretrain, "TEST_SCENES", 100)
    monkeypatch.setattr(pretrain, "BATCH", 32)
    return tmp_path


def state(bench):
    return load_file(bench / "data/weights/savanna.safetensors")


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


SIZES = {"epochs": 3, "scenes": 64}


def test_a_seed_gives_the_same_weights_also_when_training_is_broken_off(bench, monkeypatch):
    facts = pretrain.pretrain("savanna", seed=5, **SIZES)
    whole = state(bench)

    to_floats, batches = pretrain._to_floats, []

    def broken_off(images, labels):
        batches.append(len(images))
        if len(batches) == 4:
            raise KeyboardInterrupt
        return to_floats(images, labels)

    monkeypatch.setattr(pretrain, "_to_floats", broken_off)
    with pytest.raises(KeyboardInterrupt):
        pretrain.pretrain("savanna", seed=5, **SIZES)
    assert (bench / "cache/pretrain/savanna-5.pt").is_file()
    resumed = pretrain.pretrain("savanna", seed=5, **SIZES)
    assert equal(state(bench), whole)
    assert resumed["history"] == facts["history"] and resumed["accuracy"] == facts["accuracy"]
    assert not list(bench.glob("cache/pretrain/*"))

    pretrain.pretrain("savanna", seed=6, **SIZES)
    assert not equal(state(bench), whole)


def test_what_is_written_is_what_the_facts_and_the_card_say(bench):
    facts = pretrain.pretrain("savanna", seed=5, epochs=1, scenes=32)
    model = pretrained.backbone("savanna")
    scenes = savanna.batch(savanna.Recipe(), 100, seed=pretrain.TEST_SEED)
    tested = training.Batches(scenes["images"] / 255, scenes["labels"][:, 0], 250)
    assert training.evaluate(model, tested)["accuracy"] == facts["accuracy"] == weights.facts("savanna")["accuracy"]
    assert facts["parameters"] == training.count_parameters(model)
    assert facts["classes"] == savanna.SOURCE and facts["seed"] == 5 and facts["wall_minutes"] > 0 < facts["cpu_minutes"]
    card = store.read("weights/savanna.md").decode()
    for words in (
        "dl4cv pretrain savanna --seed 5",
        f"{facts['accuracy']:.2%}",
        f"{facts['parameters']:,} parameters",
        "torch 2",
    ):
        assert words in card


def test_a_small_architecture_is_trained_and_loads(bench):
    facts = pretrain.pretrain("lenet5", seed=1, epochs=1, scenes=32)
    assert facts["classes"] == pretrain.TWENTY and facts["network"] == 'utils.models.small("lenet5", 20)'
    assert "history" in facts and pretrained.small("lenet5")(torch.rand(2, 3, 32, 32)).shape == (2, 20)
    card = store.read("weights/lenet5.md").decode()
    assert 'utils.pretrained.small("lenet5")' in card and "dl4cv pretrain lenet5 --seed 1" in card and "60,300 parameters" in card


def test_a_network_learns_without_labels_and_loads(bench):
    facts = pretrain.pretrain("rotation", seed=1, epochs=1, scenes=32)
    assert facts["classes"] == pretrain.TURNS and facts["parameters"] == training.count_parameters(
        pretrained.backbone("rotation")
    )
    card = store.read("weights/rotation.md").decode()
    assert 'utils.pretrained.backbone("rotation")' in card and "labels are not used" in card and "mirror" not in card


def test_quarter_turns_are_what_their_labels_say():
    images = torch.rand(6, 3, 5, 5)
    turned, turns = pretrain.quarter_turns(images)
    assert turns.tolist() == [0, 1, 2, 3, 0, 1]
    assert all(torch.equal(t.rot90(-int(k), (1, 2)), image) for t, k, image in zip(turned, turns, images, strict=True))


def test_no_pass_shows_a_scene_again():
    batches = pretrain.FreshScenes(
        savanna.Recipe(size=16, scale=(0.5, 0.7)), 6, 2, seed=0, targets=lambda scenes: scenes["labels"]
    )
    images = torch.cat([images for _ in range(2) for images, _ in batches])
    assert len(images) == 12 and len(images.flatten(1).unique(dim=0)) == 12
    batches.passes = 1
    assert torch.equal(torch.cat([images for images, _ in batches]), images[6:])


def test_pictures_are_moved_and_mirrored_whole():
    columns = torch.arange(8, dtype=torch.uint8).expand(40, 3, 8, 8)
    torch.manual_seed(0)
    moved, labels = pretrain.crop_and_mirror(columns, torch.arange(40), reach=2)
    assert moved.shape == (40, 3, 8, 8) and moved.dtype == torch.float32 and torch.equal(labels, torch.arange(40))
    line = torch.tensor([2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 6, 5]) / 255  # the middle of the picture between reflected borders
    possible = [w for start in range(5) for w in (line[start : start + 8], line[start : start + 8].flip(0))]
    found = {next(i for i, row in enumerate(possible) if torch.allclose(row, picture[0, 0])) for picture in moved}
    assert found == set(range(10))
    assert torch.equal(moved, moved[:, :1, :1].expand_as(moved))


def test_scores_with_the_mirror_image_are_the_same_for_both():
    model = pretrain.WithMirror(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2)))
    images = torch.rand(3, 3, 2, 2)
    torch.testing.assert_close(model(images), model(images.flip(3)))


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="'imagenet'.*savanna, cifar10, rotation, detector, segmenter"):
        pretrain.pretrain("imagenet")
    with pytest.raises(ValueError, match="'imagenet'.*savanna, cifar10"):
        pretrained.backbone("imagenet")


def test_scenes_that_do_not_fill_their_batches_are_refused():
    with pytest.raises(ValueError, match="scenes=100.*multiple"):
        pretrain.pretrain("savanna", scenes=100)


def test_the_command_says_in_a_line_what_it_cannot_do():
    done = subprocess.run([sys.executable, "-m", "utils.cli", "pretrain", "imagenet"], capture_output=True, text=True)
    assert done.returncode == 1
    assert (
        done.stderr
        == "dl4cv: there is no network 'imagenet' to train; choose one of savanna, cifar10, rotation, detector, segmenter, lenet5, alexnet, vgg, googlenet, resnet\n"
    )


def test_a_detector_is_trained_and_what_its_card_says_was_measured(bench, monkeypatch):
    monkeypatch.setattr(pretrain, "DETECTOR_BATCH", 4)
    monkeypatch.setattr(pretrain, "DETECTOR_TEST_SCENES", 8)
    facts = pretrain.pretrain("detector", seed=5, epochs=2, scenes=8)
    model = pretrained.detector()
    scenes = savanna.batch(savanna.HERD, 8, seed=pretrain.TEST_SEED)
    precisions = metrics.detection_average_precision(
        model.detect(scenes["images"] / 255), savanna.truths(scenes), len(savanna.HERD.animals)
    )
    assert facts["mean_average_precision"] == precisions.nanmean().item() == weights.facts("detector")["mean_average_precision"]
    assert facts["classes"] == savanna.HERD.animals and len(facts["history"]["loss"]) == 2
    card = store.read("weights/detector.md").decode()
    for words in (
        "dl4cv pretrain detector --seed 5",
        "`utils.models.Detector`",
        "`utils.pretrained.detector()`",
        "mAP at an IoU of 1/2",
    ):
        assert words in card


def test_a_segmenter_is_trained_and_what_its_card_says_was_measured(bench, monkeypatch):
    facts_of_the_detector = {"classes": savanna.HERD.animals, "widths": (4, 6, 8)}
    weights.save("detector", models.Detector(len(savanna.HERD.animals), (4, 6, 8)), **facts_of_the_detector)
    monkeypatch.setattr(pretrain, "SEGMENTER_BATCH", 4)
    monkeypatch.setattr(pretrain, "SEGMENTER_TEST_SCENES", 8)
    facts = pretrain.pretrain("segmenter", seed=5, epochs=2, scenes=8)
    model = pretrained.segmenter()
    scenes = savanna.batch(savanna.HERD, 8, seed=pretrain.TEST_SEED)
    found = model.segment(scenes["images"] / 255)
    said = torch.stack([picture["semantic"] for picture in found])
    matrix = metrics.confusion_matrix(said.flatten(), scenes["semantic"].flatten(), 11)
    assert facts["mean_iou"] == metrics.class_iou(matrix).nanmean().item() == weights.facts("segmenter")["mean_iou"]
    precisions = metrics.detection_average_precision(found, savanna.truths(scenes), 10, overlap=metrics.mask_overlap)
    assert facts["mean_average_precision"] == precisions.nanmean().item()
    twice = torch.stack([picture["semantic"] for picture in model.segment(scenes["images"] / 255, mirror=True)])
    matrix = metrics.confusion_matrix(twice.flatten(), scenes["semantic"].flatten(), 11)
    assert facts["mean_iou_with_mirror"] == metrics.class_iou(matrix).nanmean().item()
    assert facts["classes"] == savanna.HERD.animals and len(facts["history"]["loss"]) == 2
    card = store.read("weights/segmenter.md").decode()
    for words in (
        "dl4cv pretrain segmenter --seed 5",
        "`utils.models.Segmenter`",
        "`utils.pretrained.segmenter()`",
        "mIoU of the classes, and mAP of the masks at an IoU of 1/2",
        "encoder of `detector`",
    ):
        assert words in card
    assert facts["parameters"] == training.count_parameters(model) and not model.training

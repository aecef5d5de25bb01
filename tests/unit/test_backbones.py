"""The networks that the course ships: small, as good as their cards say, and the backbones of use for animals they have not seen."""

import io
import re
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression

from utils import metrics, models, pretrained, training, weights
from utils.authoring import pretrain
from utils.datasets import real, savanna, store

CIFAR10 = Path(__file__).parents[3] / "shared" / "datasets" / "cifar10_jpeg.tar"


def pictures(recipe, count, seed):
    scenes = savanna.batch(recipe, count, seed=seed)
    return scenes["images"] / 255, scenes["labels"][:, 0]


def accuracy(model, images, labels):
    return training.evaluate(model, training.Batches(images, labels, 100))["accuracy"]


@pytest.mark.parametrize("name", pretrained.BACKBONES)
def test_a_backbone_is_small_and_says_how_it_was_made(name):
    assert len(store.read(f"weights/{name}.safetensors")) <= 1_500_000
    facts, model = weights.facts(name), pretrained.backbone(name)
    assert store.read(f"weights/{name}.md").decode() == pretrain.card(name, facts)
    assert facts["parameters"] == training.count_parameters(model)
    assert not model.training and all(p.dtype == torch.float32 for p in model.parameters())
    for size in (32, 48):
        assert model.features(torch.rand(2, 3, size, size)).shape == (2, 128)
        assert model(torch.rand(2, 3, size, size)).shape == (2, len(facts["classes"]))


def test_the_savanna_backbone_knows_its_animals_in_fresh_scenes():
    assert weights.facts("savanna")["classes"] == list(savanna.SOURCE)
    assert accuracy(pretrained.backbone("savanna"), *pictures(savanna.Recipe(), 309, seed=77)) > 0.92


def test_its_features_tell_unseen_animals_apart_in_an_unseen_style():
    model = pretrained.backbone("savanna")
    recipe = savanna.Recipe(animals=savanna.TARGET, styles=(savanna.HELD_OUT_STYLE,))
    with torch.no_grad():
        (seen, labels), (unseen, expected) = (
            (model.features(images), labels) for images, labels in (pictures(recipe, 60, seed=1), pictures(recipe, 300, seed=2))
        )
    head = LogisticRegression(C=0.1, max_iter=1000).fit((seen - seen.mean(0)) / seen.std(0), labels)
    assert head.score((unseen - seen.mean(0)) / seen.std(0), expected) > 0.75


def test_the_rotation_backbone_tells_which_way_up_fresh_scenes_are():
    images, turns = pretrain.quarter_turns(pictures(savanna.Recipe(), 400, seed=79)[0])
    assert abs(accuracy(pretrained.backbone("rotation"), images, turns) - weights.facts("rotation")["accuracy"]) < 0.08


@pytest.mark.parametrize("name", models.SMALL)
def test_a_small_architecture_is_tiny_and_as_good_as_its_card_says(name):
    facts, model = weights.facts(name), pretrained.small(name)
    assert store.read(f"weights/{name}.md").decode() == pretrain.card(name, facts)
    assert facts["parameters"] == training.count_parameters(model) and not model.training
    recipe = savanna.Recipe(size=32, animals=facts["classes"])
    assert abs(accuracy(model, *pictures(recipe, 400, seed=78)) - facts["accuracy"]) < 0.1


def test_the_small_architectures_fit_into_less_than_a_megabyte():
    assert sum(len(store.read(f"weights/{name}.safetensors")) for name in models.SMALL) <= 800_000


@pytest.mark.skipif(not CIFAR10.is_file(), reason="the archive of CIFAR-10's photographs is not beside this clone")
def test_the_cifar10_backbone_knows_photographs_it_was_not_trained_on():
    images, labels = [], []
    with tarfile.open(CIFAR10) as archive:
        members = [member for member in archive if member.name.startswith("test/") and member.isfile()]
        for member in members[::10]:
            with archive.extractfile(member) as file:
                images.append(real.to_tensor(Image.open(io.BytesIO(file.read()))))
            labels.append(real.CIFAR10_CLASSES.index(member.name.split("/")[1]))
    assert len(images) == 1_000 and set(labels) == set(range(10))
    assert weights.facts("cifar10")["classes"] == list(real.CIFAR10_CLASSES)
    assert accuracy(pretrained.backbone("cifar10"), torch.stack(images), torch.tensor(labels)) > 0.84


def test_the_readme_of_the_weights_gives_the_figures_of_the_cards():
    text = " ".join((Path(__file__).parents[2] / "data" / "weights" / "README.md").read_text(encoding="utf-8").split())
    for name in (*pretrained.BACKBONES, *models.SMALL):
        facts = weights.facts(name)
        (row,) = [row for row in text.split("| |") if f"[{name}.md]" in row]
        assert f"| {100 * facts['accuracy']:.2f} %" in row and (
            f"| {facts['parameters']:,} |" in row or name in pretrained.BACKBONES
        )
    for name in ("detector", "segmenter"):
        facts = weights.facts(name)
        (paragraph,) = re.findall(rf"The {name} trains with .*?seed 0 is the one in the course", text)
        assert f"on {facts['epochs']} times {facts['rows_an_epoch']:,} scenes" in paragraph
        assert f"in {facts['cpu_minutes']:.0f} minutes of one processor's time" in paragraph
        figures = [value for fact, value in facts.items() if fact.startswith(("mean_iou", "mean_average_precision"))]
        assert set(re.findall(r"(?:gave|of|too) (0\.\d{3}), ", paragraph)) <= {f"{value:.3f}" for value in figures} != set()


def test_all_data_of_the_course_stay_small():
    assert sum(path.stat().st_size for path in store.folder().rglob("*") if path.is_file()) <= 15_000_000


def test_the_detector_is_small_and_says_how_it_was_made():
    assert len(store.read("weights/detector.safetensors")) < 600_000
    facts, model = weights.facts("detector"), pretrained.detector()
    assert store.read("weights/detector.md").decode() == pretrain.card("detector", facts)
    assert facts["parameters"] == training.count_parameters(model)
    assert facts["classes"] == list(savanna.HERD.animals) and facts["cpu_minutes"] < 20
    assert not model.training and all(p.dtype == torch.float32 for p in model.parameters())


def test_the_detector_finds_the_animals_of_fresh_scenes():
    scenes = savanna.batch(savanna.HERD, 150, seed=78)
    found = pretrained.detector().detect(scenes["images"] / 255)
    assert metrics.detection_average_precision(found, savanna.truths(scenes), len(savanna.HERD.animals)).nanmean() > 0.8


def test_the_segmenter_is_small_and_says_how_it_was_made():
    assert len(store.read("weights/segmenter.safetensors")) < 500_000
    facts, model = weights.facts("segmenter"), pretrained.segmenter()
    assert store.read("weights/segmenter.md").decode() == pretrain.card("segmenter", facts)
    assert facts["parameters"] == training.count_parameters(model)
    assert facts["classes"] == list(savanna.HERD.animals) and facts["cpu_minutes"] < 20
    assert not model.training and all(p.dtype == torch.float32 for p in model.parameters())


def test_the_segmenter_knows_the_pixels_of_fresh_scenes_and_tells_the_animals_apart():
    scenes = savanna.batch(savanna.HERD, 150, seed=78)
    found = [answer for images in (scenes["images"] / 255).split(50) for answer in pretrained.segmenter().segment(images)]
    said = torch.stack([answer["semantic"] for answer in found])
    matrix = metrics.confusion_matrix(said.flatten(), scenes["semantic"].flatten(), len(savanna.HERD.animals) + 1)
    facts = weights.facts("segmenter")
    assert abs(metrics.class_iou(matrix).mean().item() - facts["mean_iou"]) < 0.05
    precisions = metrics.detection_average_precision(found, savanna.truths(scenes), 10, overlap=metrics.mask_overlap)
    assert abs(precisions.nanmean().item() - facts["mean_average_precision"]) < 0.06 and precisions.nanmean() > 0.7

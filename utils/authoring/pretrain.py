"""Trains the networks that the course ships, and writes them to data/weights with a model card each.

Training can be broken off and called again: it goes on from the last epoch, to the result it would have had. On one machine, with one number
of threads, a seed gives the same weights, bit for bit.
"""

import functools
import platform
import time
from importlib.metadata import version
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from utils import boxes, metrics, models, pretrained, training, weights
from utils.datasets import real, savanna, store

BATCH = 128
TEST_SCENES = 10_000
TURNS = ("0°", "90°", "180°", "270°")
DETECTOR_BATCH = 64
DETECTOR_TEST_SCENES = 1_000
SEGMENTER_BATCH = 16
SEGMENTER_TEST_SCENES = 1_000
TEST_SEED = 1_000_000  # apart from the seeds that training takes


def savanna_backbone(seed: int, epochs: int = 32, scenes: int = 6_400) -> dict:
    """A network for savanna's source animals in the seen styles, batches of scenes never seen twice, and a test on fresh scenes."""
    recipe = savanna.Recipe(scale=(0.35, 0.75), rotation=(-20, 20), brightness=(0.7, 1.3), contrast=(0.7, 1.3), tint=(-0.5, 0.5))
    widths = (8, 16, 32, 64, 128)
    return {
        **_classifier(models.SmallResNet(len(savanna.SOURCE), widths)),
        "classes": savanna.SOURCE,
        "widths": widths,
        "optimizer": sgd,
        "batches": FreshScenes(recipe, scenes, BATCH, seed=seed, targets=_first_label),
        "rows": scenes,
        "epochs": epochs,
        "learning_rate": 0.4,
        "test": lambda model: _accuracy(model, *_one_batch(savanna.batch(savanna.Recipe(), TEST_SCENES, seed=TEST_SEED))),
        "source": "scenes of 48 x 48 pixels of savanna's 103 source animals in the styles noto, twemoji, fluent_flat and fluent",
        "tested": f"{TEST_SCENES:,} fresh scenes of the same animals and styles",
    }


def cifar10_backbone(seed: int, epochs: int = 20) -> dict:
    """A network for CIFAR-10, its training pictures cropped and mirrored at random, and a test on its test pictures."""
    images, labels = _pictures("train")
    widths = (16, 32, 96, 128)
    return {
        **_classifier(models.SmallResNet(len(real.CIFAR10_CLASSES), widths)),
        "classes": real.CIFAR10_CLASSES,
        "widths": widths,
        "optimizer": sgd,
        "batches": training.Batches(images, labels, BATCH, seed=seed, transform=crop_and_mirror),
        "rows": len(images),
        "epochs": epochs,
        "learning_rate": 0.2,
        "test": lambda model: _accuracy(model, *_pictures("test")),
        "source": "the 50,000 training pictures of CIFAR-10, 32 x 32 pixels",
        "tested": "CIFAR-10's 10,000 test pictures",
    }


def rotation_backbone(seed: int, epochs: int = 14, scenes: int = 6_400) -> dict:
    """A network that learned without labels: which way up is a scene of savanna's source animals? Unit 10.

    Source: Gidaris, Singh and Komodakis, Unsupervised Representation Learning by Predicting Image Rotations, 2018.
    """
    recipe = savanna.Recipe(scale=(0.35, 0.75), brightness=(0.7, 1.3), contrast=(0.7, 1.3), tint=(-0.5, 0.5))
    widths = (8, 16, 32, 64, 128)
    return {
        **_classifier(models.SmallResNet(len(TURNS), widths)),
        "classes": TURNS,
        "widths": widths,
        "optimizer": adam,
        "batches": TurnedScenes(recipe, scenes, BATCH, seed=seed, targets=_first_label),
        "rows": scenes,
        "epochs": epochs,
        "learning_rate": 4e-3,
        "test": _turn_accuracy,
        "source": "scenes of 48 x 48 pixels of savanna's 103 source animals in the styles noto, twemoji, fluent_flat and fluent, each turned by "
        "0 to 3 quarter turns; their labels are not used",
        "tested": f"{TEST_SCENES:,} fresh scenes of the same animals and styles, turned likewise",
    }


TWENTY = (
    *("camel", "cat", "chicken", "crocodile", "dolphin", "elephant", "flamingo", "giraffe", "gorilla", "hedgehog"),
    *("horse", "kangaroo", "lizard", "octopus", "owl", "rabbit", "rhinoceros", "snake", "tiger", "zebra"),
)


def small_network(name: str, seed: int, epochs: int = 14, scenes: int = 6_400) -> dict:
    """One of `models.SMALL` for twenty of savanna's animals: the same scenes, optimizer and number of steps for each of the five."""
    recipe = savanna.Recipe(
        size=32,
        animals=TWENTY,
        scale=(0.4, 0.75),
        rotation=(-20, 20),
        brightness=(0.7, 1.3),
        contrast=(0.7, 1.3),
        tint=(-0.5, 0.5),
    )
    return {
        **_classifier(models.small(name, len(TWENTY))),
        "classes": TWENTY,
        "network": f'utils.models.small("{name}", {len(TWENTY)})',
        "optimizer": adam,
        "batches": FreshScenes(recipe, scenes, BATCH, seed=seed, targets=_first_label),
        "rows": scenes,
        "epochs": epochs,
        "learning_rate": 2e-3,
        "test": lambda model: _accuracy(
            model, *_one_batch(savanna.batch(savanna.Recipe(size=32, animals=TWENTY), TEST_SCENES, seed=TEST_SEED))
        ),
        "source": "scenes of 32 x 32 pixels of twenty of savanna's animals in the styles noto, twemoji, fluent_flat and fluent",
        "tested": f"{TEST_SCENES:,} fresh scenes of the same animals and styles",
    }


def detector(seed: int, epochs: int = 16, scenes: int = 4_096) -> dict:
    """A detector for savanna's herds, scenes never seen twice, and its average precision on fresh scenes. Unit 08."""
    recipe, widths = savanna.HERD, (8, 16, 32, 64)
    model = models.Detector(len(recipe.animals), widths)
    cells = (recipe.size // model.stride,) * 2

    def targets(scenes):
        return boxes.encode(scenes["boxes"], scenes["labels"], cells, model.stride)

    return {
        "model": model,
        "loss": models.detection_loss,
        "measures": {},
        "classes": recipe.animals,
        "widths": widths,
        "optimizer": functools.partial(torch.optim.AdamW, weight_decay=1e-3),
        "batches": FreshScenes(recipe, scenes, DETECTOR_BATCH, seed=seed, targets=targets),
        "rows": scenes,
        "epochs": epochs,
        "learning_rate": 4e-3,
        "test": lambda model: _average_precision(model, savanna.batch(recipe, DETECTOR_TEST_SCENES, seed=TEST_SEED)),
        "source": "scenes of 64 x 64 pixels with one to six of ten animals of savanna in the styles noto, twemoji, fluent_flat and fluent",
        "tested": f"{DETECTOR_TEST_SCENES:,} fresh scenes of the same kind",
    }


def segmenter(seed: int, epochs: int = 15, scenes: int = 4_096) -> dict:
    """A segmenter for savanna's herds whose encoder begins as the detector's: it has learned the animals from boxes. Scenes never seen twice. Unit 09."""
    recipe, widths = savanna.HERD, tuple(weights.facts("detector")["widths"])
    model = models.Segmenter(len(recipe.animals), widths)
    model.unet.encoder.load_state_dict(pretrained.detector().backbone.state_dict())
    return {
        "model": model,
        "loss": models.segmentation_loss,
        "measures": {},
        "classes": recipe.animals,
        "widths": widths,
        "optimizer": functools.partial(torch.optim.AdamW, weight_decay=1e-3, fused=True),
        "batches": FreshScenes(recipe, scenes, SEGMENTER_BATCH, seed=seed, targets=models.segmentation_targets),
        "rows": scenes,
        "epochs": epochs,
        "learning_rate": 4e-3,
        "test": lambda model: _masks(model, savanna.batch(recipe, SEGMENTER_TEST_SCENES, seed=TEST_SEED)),
        "source": "scenes of 64 x 64 pixels with one to six of ten animals of savanna in the styles noto, twemoji, fluent_flat and fluent, "
        "beginning with the encoder of `detector`, which learned from the boxes of such scenes",
        "tested": f"{SEGMENTER_TEST_SCENES:,} fresh scenes of the same kind",
    }


PLANS = {
    "savanna": savanna_backbone,
    "cifar10": cifar10_backbone,
    "rotation": rotation_backbone,
    "detector": detector,
    "segmenter": segmenter,
    **{name: functools.partial(small_network, name) for name in models.SMALL},
}


def sgd(parameters, learning_rate: float):
    # The schedule takes the momentum from 0.95 to 0.85 and back while the learning rate rises and falls.
    return torch.optim.SGD(parameters, learning_rate, momentum=0.95, nesterov=True, weight_decay=5e-4)


def adam(parameters, learning_rate: float):
    return torch.optim.AdamW(parameters, learning_rate, betas=(0.95, 0.999))


class FreshScenes:
    """Batches of scenes, each pass over them other scenes: (images (N, 3, S, S) float32 in [0, 1], what `targets` makes of a `savanna.batch`)."""

    def __init__(self, recipe, scenes: int, size: int, *, seed: int, targets):
        if scenes % size:
            raise ValueError(f"scenes={scenes}: expected a multiple of {size}")
        self.recipe, self.scenes, self.size, self.seed, self.targets, self.passes = recipe, scenes, size, seed, targets, 0

    def __len__(self) -> int:
        return self.scenes // self.size

    def __iter__(self):
        first = self.passes * self.scenes
        self.passes += 1
        for start in range(first, first + len(self) * self.size, self.size):
            scenes = savanna.batch(self.recipe, self.size, seed=self.seed, start=start)
            yield _to_floats(scenes["images"], self.targets(scenes))


class TurnedScenes(FreshScenes):
    """The same, turned by quarter turns; the targets are how many."""

    def __iter__(self):
        return (quarter_turns(images) for images, _ in super().__iter__())


class WithMirror(torch.nn.Module):
    """The mean of a model's scores for an image and for the mirrored image."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images):
        return (self.model(images) + self.model(images.flip(3))) / 2


class Stopwatch:
    """A measure for `training.fit`: seconds of a clock for each row since it was last asked."""

    def __init__(self, clock):
        self.clock, self.last = clock, clock()

    def __call__(self, outputs, targets) -> float:
        elapsed, self.last = self.clock() - self.last, self.clock()
        return elapsed / len(outputs)


def train(name: str, seed: int, **sizes) -> tuple[dict, dict, Path]:
    """The training of `pretrain`, and nothing written but its checkpoint: the plan, with the model as it would be stored; the history; the checkpoint."""
    if name not in PLANS:
        raise ValueError(f"there is no network {name!r} to train; choose one of {', '.join(PLANS)}")
    torch.manual_seed(seed)
    plan = PLANS[name](seed, **sizes)
    batches, epochs, model = plan["batches"], plan["epochs"], plan["model"]
    model.to(memory_format=torch.channels_last)
    optimizer = plan["optimizer"](model.parameters(), plan["learning_rate"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan["learning_rate"], total_steps=epochs * len(batches), pct_start=0.2
    )
    checkpoint = real.cache_folder() / "pretrain" / f"{name}-{seed}.pt"
    if checkpoint.exists():
        print(f"{name}: going on from {checkpoint}")
    history = training.fit(
        model,
        batches,
        epochs=epochs,
        optimizer=optimizer,
        schedule=schedule,
        loss=plan["loss"],
        measures={
            **plan["measures"],
            "wall_seconds": Stopwatch(time.perf_counter),
            "cpu_seconds": Stopwatch(time.process_time),
        },
        checkpoint=checkpoint,
    )
    weights.to_half_precision(model)
    return plan, history, checkpoint


def pretrain(name: str, *, seed: int = 0, **sizes) -> dict:
    """Train a network, test it as it is stored, and write data/weights/<name>.safetensors and its model card <name>.md.

    Parameters
    ----------
    name : str
        "savanna", "cifar10" or "rotation", the backbones, "detector", "segmenter", or one of `utils.models.SMALL`. The pictures of CIFAR-10 come through `utils.datasets.real`.
    **sizes
        Of the recipe above, such as epochs, where they are to differ from what the course ships.

    Returns
    -------
    dict: the facts that are stored with the weights

    Raises
    ------
    ValueError
        For another name.
    """
    plan, history, checkpoint = train(name, seed, **sizes)
    model, epochs = plan["model"], plan["epochs"]
    facts = {
        "made": f"by `dl4cv pretrain {name}`: {epochs} epochs",
        "command": f"dl4cv pretrain {name} --seed {seed}",
        "source": plan["source"],
        "seed": seed,
        "epochs": epochs,
        "parameters": training.count_parameters(model),
        **{key: plan[key] for key in ("widths", "network") if key in plan},
        "classes": plan["classes"],
        "tested": plan["tested"],
        **plan["test"](model),
        **_minutes(history, plan["rows"]),
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in ("torch", "numpy", "safetensors")}},
        "history": {key: history[key] for key in ("loss", *plan["measures"])},
    }
    weights.save(name, model, **facts)
    store.write(f"weights/{name}.md", card(name, facts).encode())
    checkpoint.unlink()
    return facts


def crop_and_mirror(images, labels, reach: int = 4):
    """Images (N, 3, S, S) uint8 as floats in [0, 1], each moved by up to `reach` pixels over a reflected border, and mirrored half of the time."""
    count, _, size, _ = images.shape
    images, labels = _to_floats(images, labels)
    padded = torch.nn.functional.pad(images, [reach] * 4, mode="reflect")
    columns, rows = torch.randint(2 * reach + 1, (2, count, 1)) + torch.arange(size)
    columns = torch.where(torch.rand(count, 1) < 0.5, columns, columns.flip(1))
    moved = padded.permute(0, 2, 3, 1)[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2), labels


def quarter_turns(images):
    """Square pictures (N, C, S, S), of each four in a row the first left as it is, the others turned by 1, 2 and 3 quarters; and these numbers (N,)."""
    turned = images.clone()
    for turns in (1, 2, 3):
        turned[turns::4] = images[turns::4].rot90(turns, (2, 3))
    return turned, torch.arange(len(images)) % 4


def card(name: str, facts: dict) -> str:
    """The model card of a network, in Markdown."""
    if name in models.SMALL:
        network, load = f"`{facts['network']}`", f'small("{name}")'
    else:
        kinds = {"detector": ("Detector", "detector()"), "segmenter": ("Segmenter", "segmenter()")}
        kind, load = kinds.get(name, ("SmallResNet", f'backbone("{name}")'))
        network = f"`utils.models.{kind}`, widths {', '.join(map(str, facts['widths']))}"
    rows = {
        "network": f"{network}; {facts['parameters']:,} parameters, stored with 16 bits",
        "loads as": f"`utils.pretrained.{load}`",
        "trained on": facts["source"],
        "classes": f"{len(facts['classes'])}: {', '.join(facts['classes'])}",
        "command": f"`{facts['command']}`, {facts['threads']} thread{'s' * (facts['threads'] > 1)}",
        "epochs": f"{facts['epochs']}, {facts['rows_an_epoch']:,} pictures each",
        **dict([_result(facts)]),
        "cost": f"{facts['cpu_minutes']:.0f} minutes of CPU time in all threads, {facts['wall_minutes']:.0f} minutes on the clock; "
        f"an epoch {facts['fastest_epoch_seconds']:.0f} s on the clock at the calmest",
        "made with": ", ".join(f"{package} {number}" for package, number in facts["versions"].items()),
    }
    lines = [f"# {name}", "", "Written by the command below; what holds for all weights stands in [README.md](README.md).", ""]
    return "\n".join([*lines, "| | |", "| --- | --- |", *(f"| {key} | {value} |" for key, value in rows.items())]) + "\n"


def result(facts: dict) -> str:
    """What was measured of a network, in a line."""
    return " ".join(_result(facts))


def _result(facts) -> tuple[str, str]:
    if "accuracy" in facts:
        text = f"**{facts['accuracy']:.2%}** on {facts['tested']}"
        if "accuracy_with_mirror" in facts:
            text += f"; {facts['accuracy_with_mirror']:.2%} with the mean of a picture's and its mirror image's scores"
        return "accuracy", text
    precision = f"**{facts['mean_average_precision']:.3f}** on {facts['tested']}; {_by_class(facts, 'average_precisions')}"
    if "mean_iou" in facts:
        ious = f"**{facts['mean_iou']:.3f}**; background {facts['background_iou']:.2f}, {_by_class(facts, 'ious')}"
        with_mirror = f"mIoU {facts['mean_iou_with_mirror']:.3f} and mAP {facts['mean_average_precision_with_mirror']:.3f}"
        text = f"mIoU {ious}; mAP {precision}; {with_mirror} with the mean of what it says of a picture and of its mirror image"
        return "mIoU of the classes, and mAP of the masks at an IoU of 1/2", text
    return "mAP at an IoU of 1/2", precision


def _by_class(facts, key: str) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in zip(facts["classes"], facts[key], strict=True))


def _classifier(model) -> dict:
    """What the plans of all classifiers share."""
    loss = functools.partial(cross_entropy, label_smoothing=0.1)
    return {"model": model, "loss": loss, "measures": {"accuracy": training.accuracy}}


def _first_label(scenes):
    return scenes["labels"][:, 0]


def _average_precision(model, scenes) -> dict:
    """Average precision of a detector at an intersection over union of 1/2, for each class and their mean, on a `savanna.batch`."""
    found = [detections for images in scenes["images"].split(100) for detections in model.detect(images.float() / 255)]
    precisions = metrics.detection_average_precision(found, savanna.truths(scenes), model.num_classes)
    return {"mean_average_precision": precisions.nanmean().item(), "average_precisions": precisions.tolist()}


def _masks(model, scenes) -> dict:
    """`_mask_measures` of a segmenter on a `savanna.batch`, and of the mean of what it says of an image and of the mirrored image."""
    with_mirror = _mask_measures(model, scenes, mirror=True)
    measures = ("mean_iou", "mean_average_precision")
    return _mask_measures(model, scenes) | {f"{measure}_with_mirror": with_mirror[measure] for measure in measures}


def _mask_measures(model, scenes, **settings) -> dict:
    """Intersection over union of the background and of each class, and average precision of the masks at an IoU of 1/2."""
    found = [answer for images in scenes["images"].split(100) for answer in model.segment(images.float() / 255, **settings)]
    said = torch.stack([answer["semantic"] for answer in found])
    matrix = metrics.confusion_matrix(said.flatten(), scenes["semantic"].flatten(), model.num_classes + 1)
    ious = metrics.class_iou(matrix)
    precisions = metrics.detection_average_precision(
        found, savanna.truths(scenes), model.num_classes, overlap=metrics.mask_overlap
    )
    return {
        "mean_iou": ious.nanmean().item(),
        "background_iou": ious[0].item(),
        "ious": ious[1:].tolist(),
        "mean_average_precision": precisions.nanmean().item(),
        "average_precisions": precisions.tolist(),
    }


def _accuracy(model, images, labels) -> dict[str, float]:
    """Accuracy of a model, and of the mean of its scores for an image and the mirrored image."""
    batches = training.Batches(images, labels, 250, transform=_to_floats)
    accuracy = training.evaluate(model, batches)["accuracy"]
    with_mirror = training.evaluate(WithMirror(model), batches)["accuracy"]
    return {"accuracy": accuracy, "accuracy_with_mirror": with_mirror}


def _turn_accuracy(model) -> dict[str, float]:
    """How often the quarter turns of fresh scenes are told, four to a scene in a row."""
    images = savanna.batch(savanna.Recipe(), TEST_SCENES, seed=TEST_SEED)["images"]
    batches = [quarter_turns(part.float() / 255) for part in images.split(200)]
    return {"accuracy": training.evaluate(model, batches)["accuracy"]}


def _minutes(history, rows: int) -> dict[str, float]:
    wall, cpu = (history[f"{clock}_seconds"] for clock in ("wall", "cpu"))
    return {
        "rows_an_epoch": rows,
        "wall_minutes": sum(wall) * rows / 60,
        "cpu_minutes": sum(cpu) * rows / 60,
        "fastest_epoch_seconds": min(wall) * rows,
    }


def _pictures(split: str):
    """CIFAR-10 as tensors: images (N, 3, 32, 32) uint8, labels (N,) int64."""
    from torchvision.transforms.v2.functional import pil_to_tensor
    from tqdm import tqdm

    pictures = real.load("cifar10", split, transform=pil_to_tensor)
    images, labels = zip(*tqdm(pictures, f"reading {split}", leave=False), strict=True)
    return torch.stack(images), torch.tensor(labels)


def _one_batch(scenes):
    return scenes["images"], scenes["labels"][:, 0]


def _to_floats(images, labels):
    return (images.float() / 255).contiguous(memory_format=torch.channels_last), labels

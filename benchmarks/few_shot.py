"""What pretraining is worth with few labels: python benchmarks/few_shot.py (about 26 minutes of CPU time)

Animals: the twelve that no backbone has seen, in the style that none has seen, 2 to 50 pictures an animal to learn from; accuracy on 1,200 other
pictures. Digits: real handwritten ones, ten classes; accuracy on the 445 of the test split. Five draws of the pictures to learn from; three
where the question is how to fine-tune and which layers transfer.

Every run is a row of data/transfer/images.json, from which lecture 10 draws its tables. Broken off, it goes on; rows that are there are not run
again. The seconds are those of one processor, to learn; pretraining and testing are not counted.
"""

import json
import time
from functools import cache
from statistics import mean, stdev

import torch
from torch.nn.functional import interpolate

from utils import models, pretrained, training, transfer, weights
from utils.datasets import digits, store
from utils.datasets.savanna import HELD_OUT_STYLE, TARGET, Recipe, batch

FILE = "transfer/images.json"
RECIPE = Recipe(animals=TARGET, styles=(HELD_OUT_STYLE,))
CLASSES = {"animals": len(TARGET), "digits": len(digits.CLASS_NAMES)}
SHOTS = (2, 5, 10, 20, 50)
SEEDS = range(5)
TEST_SEED = 1_000_000
PASSES, MOST_STEPS, BATCH = 40, 480, 20
WIDTHS = {name: tuple(weights.facts(name)["widths"]) for name in ("savanna", "cifar10")}
HOW = (  # beside the route's own: steps that are smaller below, batch norm with the statistics of each batch
    ("smaller below, kept statistics", 3e-3, 1 / 3, True),
    ("equal steps, new statistics", 1e-3, 1, False),
    ("equal steps, kept statistics", 1e-3, 1, True),
)
PARTS = {name: len(widths) for name, widths in WIDTHS.items()}  # before the head


@cache
def pictures(target: str, shots: int | None, seed: int):
    """Pictures (N, 3, H, W) in [0, 1] and labels (N,), each class as often as the others; shots=None gives the test pictures."""
    if target == "animals":
        scenes = batch(RECIPE, shots * len(TARGET) if shots else 1_200, seed=seed if shots else TEST_SEED)
        return scenes["images"] / 255, scenes["labels"][:, 0]
    images, labels = digits.load("train" if shots else "test")
    if shots:
        random = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(labels), generator=random)
        rows = torch.cat([order[labels[order] == digit][:shots] for digit in range(10)])
        images, labels = images[rows], labels[rows]
    return interpolate(images, size=(32, 32), mode="bilinear").expand(-1, 3, -1, -1), labels


def backbone(name: str):
    """A trained backbone, or "untrained", a network with the random weights that it began with."""
    if name == "untrained":
        torch.manual_seed(0)
        return models.SmallResNet(1, WIDTHS["savanna"])
    return pretrained.backbone(name)


def train(model, target, shots, seed, groups) -> None:
    """40 passes with Adam in batches of 20, but no more than 480 steps."""
    images, labels = pictures(target, shots, seed)
    batches = training.Batches(images.contiguous(memory_format=torch.channels_last), labels, BATCH, seed=seed)
    model.to(memory_format=torch.channels_last)
    passes = min(PASSES, MOST_STEPS // len(batches))
    training.fit(model, batches, epochs=passes, optimizer=torch.optim.Adam(groups), progress=False)


def tested(model, target) -> float:
    return training.evaluate(model, training.Batches(*pictures(target, None, 0), 200))["accuracy"]


# Each route takes target, shots and seed and returns (accuracy, seconds to learn).


def scratch(target, shots, seed, source="savanna"):
    return retrained(target, shots, seed, source, 0)


def frozen(target, shots, seed, source):
    """A linear head on features that stay as they are."""
    model, (images, labels) = backbone(source), pictures(target, shots, seed)
    start = time.process_time()
    head = transfer.linear_head(transfer.features(model, images), labels)
    return head.score(tested_features(target, source), pictures(target, None, 0)[1]), time.process_time() - start


@cache
def tested_features(target, source):
    return transfer.features(backbone(source), pictures(target, None, 0)[0])


def pixels(target, shots, seed):
    """A linear head on the pixels themselves."""
    start = time.process_time()
    images, labels = pictures(target, shots, seed)
    head = transfer.linear_head(images.flatten(1), labels)
    seconds = time.process_time() - start
    return head.score(pictures(target, None, 0)[0].flatten(1), pictures(target, None, 0)[1]), seconds


def fine_tuned(target, shots, seed, source, learning_rate=3e-3, factor=1 / 3, keep_statistics=False):
    """All parts are trained, in steps that are smaller below; or in equal ones (factor 1)."""
    torch.manual_seed(seed)
    model = pretrained.backbone(source)
    model.fc = torch.nn.Linear(model.num_features, CLASSES[target])
    if keep_statistics:
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.train = lambda mode=True, module=module: module  # stays in evaluation mode
    start = time.process_time()
    train(model, target, shots, seed, transfer.groups(model, learning_rate, factor))
    seconds = time.process_time() - start
    return tested(model, target), seconds


def retrained(target, shots, seed, source, count, freeze=True):
    """The first `count` parts of the source, frozen or trained on; above them new parts. Yosinski et al., 2014."""
    torch.manual_seed(seed)
    model = models.SmallResNet(CLASSES[target], WIDTHS[source])
    transfer.copy_first(pretrained.backbone(source), model, count)
    if freeze:
        transfer.freeze_first(model, count)
    start = time.process_time()
    train(model, target, shots, seed, transfer.groups(model, 1e-3, 1))
    seconds = time.process_time() - start
    return tested(model, target), seconds


def plan():
    """What to run, the quickest and most wanted first: (experiment, target, route, shots, function of a seed)."""
    for target in CLASSES:
        for shots in SHOTS:
            for source in ("savanna", "cifar10", "untrained"):
                yield "routes", target, f"frozen {source}", shots, lambda s, t=target, n=shots, b=source: frozen(t, n, s, b)
            yield "routes", target, "pixels", shots, lambda s, t=target, n=shots: pixels(t, n, s)
    for target, shots in (("animals", 2), ("animals", 5), ("digits", 5)):
        yield from trained(target, shots)
    yield from layers("savanna", freeze=True)
    for name, rate, factor, keep in HOW:
        run = lambda s, r=rate, f=factor, k=keep: fine_tuned("animals", 5, s, "savanna", r, f, k)  # noqa: E731
        yield "how", "animals", name, 5, run
    yield from trained("animals", 10)
    yield from layers("savanna", freeze=False)
    for target, shots in (("animals", 20), ("animals", 50), ("digits", 20)):
        yield from trained(target, shots)
    yield from layers("cifar10", freeze=True)


def layers(source, freeze):
    """From no part of the source to all that are below the head; for savanna, none is the route from scratch."""
    for count in range(source == "savanna", PARTS[source] + 1):
        run = lambda s, c=count: retrained("animals", 5, s, source, c, freeze)  # noqa: E731
        yield "layers", "animals", f"{source} {'frozen' if freeze else 'trained on'}", count, run


def trained(target, shots):
    """The two routes that train the whole network."""
    yield "routes", target, "fine-tuned savanna", shots, lambda s: fine_tuned(target, shots, s, "savanna")
    yield "routes", target, "scratch", shots, lambda s: scratch(target, shots, s)


def main() -> None:
    torch.set_num_threads(1)
    rows = json.loads(store.read(FILE))["rows"] if FILE in store.checksums() else []
    done = {tuple(row[:5]) for row in rows}
    for experiment, target, route, number, run in plan():
        for seed in SEEDS if experiment == "routes" else SEEDS[:3]:
            if (experiment, target, route, number, seed) not in done:
                accuracy, seconds = run(seed)
                rows.append((experiment, target, route, number, seed, round(accuracy, 5), round(seconds, 3)))
                write(rows)
        accuracies = [100 * row[5] for row in rows if tuple(row[:4]) == (experiment, target, route, number)]
        print(f"{experiment} {target} {route} {number}: {mean(accuracies):.1f} ± {stdev(accuracies):.1f}", flush=True)


def write(rows) -> None:
    facts = {
        "command": "python benchmarks/few_shot.py",
        "columns": COLUMNS,
        "minutes": round(sum(row[6] for row in rows) / 60, 1),
    }
    lines = ",\n".join(map(json.dumps, rows))
    store.write(FILE, f'{json.dumps(facts)[:-1]}, "rows": [\n{lines}\n]}}\n'.encode())


COLUMNS = ("experiment", "target", "route", "number", "seed", "accuracy", "seconds")

if __name__ == "__main__":
    main()

"""Prints what pretraining is worth with few labels: python benchmarks/few_shot.py (about 13 minutes of CPU time)

Twelve animals that no backbone has seen, in the style that none has seen, with 5, 10 and 20 pictures an animal to learn from; accuracy on
1,200 other pictures, mean and standard deviation of five draws of the pictures to learn from.
"""

from statistics import mean, stdev

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from utils import models, pretrained, training, weights
from utils.datasets.savanna import HELD_OUT_STYLE, TARGET, Recipe, batch

RECIPE = Recipe(animals=TARGET, styles=(HELD_OUT_STYLE,))
SHOTS = (5, 10, 20)
SEEDS = range(5)
TEST_SEED = 1_000_000
EPOCHS = 40


def pictures(count: int, seed: int):
    """Scenes and their labels, each animal as often as the others: (count, 3, 48, 48) float32 in [0, 1], (count,) int64."""
    scenes = batch(RECIPE, count, seed=seed)
    return scenes["images"] / 255, scenes["labels"][:, 0]


def trained(model, train, test, seed: int) -> float:
    """Accuracy after training all of the model."""
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    training.fit(model, training.Batches(*train, 20, seed=seed), epochs=EPOCHS, optimizer=optimizer, progress=False)
    return training.evaluate(model, training.Batches(*test, 200))["accuracy"]


def scratch(train, test, seed: int) -> float:
    torch.manual_seed(seed)
    return trained(models.SmallResNet(len(TARGET), weights.facts("savanna")["widths"]), train, test, seed)


def fine_tuned(train, test, seed: int) -> float:
    torch.manual_seed(seed)
    model = pretrained.backbone("savanna")
    model.fc = torch.nn.Linear(model.num_features, len(TARGET))
    return trained(model, train, test, seed)


def frozen(name: str, train, test) -> float:
    """Accuracy of a linear classifier on the features of a backbone that stays as it is."""
    model = pretrained.backbone(name)
    with torch.no_grad():
        (seen, labels), (unseen, expected) = ((model.features(images), labels) for images, labels in (train, test))
    head = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)).fit(seen, labels)
    return head.score(unseen, expected)


ROUTES = {
    "from scratch": scratch,
    "savanna backbone, frozen, with a linear head": lambda train, test, seed: frozen("savanna", train, test),
    "savanna backbone, fine-tuned": fine_tuned,
    "CIFAR-10 backbone, frozen, with a linear head": lambda train, test, seed: frozen("cifar10", train, test),
}


def main() -> None:
    test = pictures(1_200, TEST_SEED)
    print(f"| accuracy in %, chance {100 / len(TARGET):.1f} | " + " | ".join(f"{shots} an animal" for shots in SHOTS) + " |")
    print("| --- |" + " --- |" * len(SHOTS))
    for name, route in ROUTES.items():
        cells = []
        for shots in SHOTS:
            accuracies = [100 * route(pictures(shots * len(TARGET), seed), test, seed) for seed in SEEDS]
            cells.append(f"{mean(accuracies):.1f} ± {stdev(accuracies):.1f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

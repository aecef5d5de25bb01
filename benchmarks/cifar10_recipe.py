"""Accuracy against minutes on CIFAR-10, by the recipe of lecture 05: python benchmarks/cifar10_recipe.py [epochs] [threads]

The set is found as utils.datasets.real finds it (environment variable DL4CV_DATA). Two networks: the one of two convolutions that the
lecture builds, and a plain one with batch norm and a mean over places, of about a quarter of a million parameters.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from utils import models, training
from utils.datasets import real

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of the training pictures, red, green, blue


def tensors(split: str):
    """All pictures of a split as uint8 (N, 3, 32, 32), and their labels."""
    dataset = real.load("cifar10", split, download=False)
    pairs = [dataset[i] for i in range(len(dataset))]
    return torch.stack([(picture * 255).round().to(torch.uint8) for picture, _ in pairs]), torch.tensor(
        [label for _, label in pairs]
    )


def scaled(images, labels):
    shape = (1, 3, 1, 1)
    return (images / 255 - torch.tensor(MEAN).view(shape)) / torch.tensor(STD).view(shape), labels


def flipped_and_moved(images, labels):
    """A random half mirrored, each picture moved by up to 4 pixels; then scaled."""
    coin = torch.rand(len(images), 1, 1, 1) < 0.5
    images = F.pad(torch.where(coin, images.flip(3), images), (4, 4, 4, 4))
    places = torch.randint(0, 9, (len(images), 2)).tolist()
    cut = [picture[:, top : top + 32, left : left + 32] for picture, (top, left) in zip(images, places, strict=True)]
    return scaled(torch.stack(cut), labels)


def plain(channels: int = 42) -> nn.Sequential:
    """Six convolutions with batch norm in three sizes of maps, and the mean over places."""
    layers, inputs = [], 3
    for outputs in (channels, 2 * channels, 2 * channels):
        for _ in range(2):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


def main(epochs: int = 10, threads: int = 2) -> None:
    torch.set_num_threads(threads)
    train, test = tensors("train"), tensors("test")
    print(
        "| network | parameters | epoch | minutes | minutes of processor time | test accuracy |\n| --- | --- | --- | --- | --- | --- |"
    )
    for name, make, rate in (("two convolutions", models.CNN, 3e-3), ("six with batch norm", plain, 1e-2)):
        torch.manual_seed(0)
        model = make()
        batches = training.Batches(*train, 128, seed=0, transform=flipped_and_moved)
        optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * len(batches))
        wall, work = time.perf_counter(), time.process_time()
        for epoch in range(1, epochs + 1):
            training.fit(model, batches, epochs=1, optimizer=optimizer, schedule=schedule, progress=False)
            minutes = [(now - then) / 60 for now, then in ((time.perf_counter(), wall), (time.process_time(), work))]
            accuracy = training.evaluate(model, training.Batches(*test, 500, transform=scaled))["accuracy"]
            size = training.count_parameters(model)
            print(f"| {name} | {size:,} | {epoch} | {minutes[0]:.1f} | {minutes[1]:.1f} | {accuracy:.3f} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))

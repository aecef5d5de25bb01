"""Prints how many savanna scenes one core composes in a second: python benchmarks/savanna.py"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and torch are loaded

import time  # noqa: E402

from utils.datasets.savanna import Recipe, batch  # noqa: E402

SIZES = (32, 48, 64, 96, 128, 224)
COUNTS = (1, 2, 4, 8)
VARIANTS = {
    "as it comes": {},
    "any rotation": {"rotation": (-180, 180)},
    "occlusion up to a half": {"occlusion": (0, 0.5)},
    "varied light": {"brightness": (0.5, 1.5), "contrast": (0.5, 1.5), "tint": (-1, 1)},
    "plain backgrounds": {"backgrounds": ("plain",)},
    "photo backgrounds": {"backgrounds": ("photo",)},
}


def scenes_per_second(recipe: Recipe, seconds: float = 1.0) -> float:
    """The best of three runs, after one that fills the caches."""
    began = time.perf_counter()
    batch(recipe, 50)
    batch(recipe, 50, start=50)
    count = max(50, int(100 * seconds / (time.perf_counter() - began)))
    rates = []
    for run in range(3):
        began = time.perf_counter()
        batch(recipe, count, start=run * count)
        rates.append(count / (time.perf_counter() - began))
    return max(rates)


def main() -> None:
    print("| size | " + " | ".join(f"{count} animal{'s' * (count > 1)}" for count in COUNTS) + " |")
    print("| --- |" + " --- |" * len(COUNTS))
    for size in SIZES:
        rates = [
            scenes_per_second(Recipe(size=size, count=count, scale=(0.2, 0.35) if count > 1 else (0.4, 0.7))) for count in COUNTS
        ]
        print(f"| {size} | " + " | ".join(f"{rate:,.0f}" for rate in rates) + " |")
    print("\n| 48 x 48, one animal | scenes/s |\n| --- | --- |")
    for name, changes in VARIANTS.items():
        print(f"| {name} | {scenes_per_second(Recipe(**changes)):,.0f} |")


if __name__ == "__main__":
    main()

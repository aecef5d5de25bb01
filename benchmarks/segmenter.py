"""How far the segmenter of unit 09 spreads over seeds: python benchmarks/segmenter.py [seed ...]

Trains it once a seed by the recipe of `dl4cv pretrain segmenter` and tests it on the same 1,000 fresh scenes. Broken off, it goes on. Nothing is
written to data/. The weights that the course ships are those of seed 0. The encoder begins as the detector's that the course ships, for every seed.
"""

import sys

from utils.authoring import pretrain

MEASURES = {
    "mean_iou": "mIoU",
    "mean_average_precision": "mAP of the masks at an IoU of 1/2",
    "mean_iou_with_mirror": "mIoU with the mirrored picture",
    "mean_average_precision_with_mirror": "mAP with the mirrored picture",
}

if __name__ == "__main__":
    values = {key: [] for key in MEASURES}
    for seed in map(int, sys.argv[1:] or (0, 1, 2)):
        plan, history, checkpoint = pretrain.train("segmenter", seed)
        measured = plan["test"](plan["model"])
        minutes = sum(history["cpu_seconds"]) * plan["rows"] / 60
        for key in MEASURES:
            values[key].append(measured[key])
        said = ", ".join(f"{name} {measured[key]:.3f}" for key, name in MEASURES.items())
        print(f"seed {seed}: {said}, {minutes:.1f} minutes of processor time", flush=True)
    for key, name in MEASURES.items():
        mean = sum(values[key]) / len(values[key])
        print(f"{name}: mean {mean:.3f}, from {min(values[key]):.3f} to {max(values[key]):.3f}")

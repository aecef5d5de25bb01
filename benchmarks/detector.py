"""How far the detector of unit 08 spreads over seeds: python benchmarks/detector.py [seed ...]

Trains it once a seed by the recipe of `dl4cv pretrain detector` and tests it on the same 1,000 fresh scenes. Broken off, it goes on. Nothing is
written to data/. The weights that the course ships are those of seed 0.
"""

import sys

from utils.authoring import pretrain

if __name__ == "__main__":
    values = []
    for seed in map(int, sys.argv[1:] or (0, 1, 2)):
        plan, history, checkpoint = pretrain.train("detector", seed)
        measured = plan["test"](plan["model"])
        minutes = sum(history["cpu_seconds"]) * plan["rows"] / 60
        values.append(measured["mean_average_precision"])
        print(f"seed {seed}: mAP at an IoU of 1/2 {values[-1]:.3f}, {minutes:.1f} minutes of processor time", flush=True)
    mean = sum(values) / len(values)
    print(f"mean {mean:.3f}, from {min(values):.3f} to {max(values):.3f}")

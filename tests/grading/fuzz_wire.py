"""Fuzz the reader of the wire with atheris, guided by coverage. Not part of the tests: run it when `wire` changes.

pip install atheris && python tests/grading/fuzz_wire.py -max_total_time=300 -rss_limit_mb=3000
"""

import sys

import atheris

with atheris.instrument_imports(include=["utils.grading.wire"]):
    from utils.grading import wire

import numpy
import torch


def read(body: bytes) -> None:
    try:
        value = wire.unpack(body, lambda reference: reference)
    except wire.Malformed:
        return
    wire.unpack(wire.pack(value), lambda reference: reference)  # what could be read can be sent


SEEDS = [None, [1, -(1 << 70), 0.5, "é", b"x"], {"a": (1, {2}, frozenset([3]))}, torch.Size([2]), torch.float32, numpy.float32(1)]
SEEDS += [torch.ones(2, 3).t(), torch.nn.Parameter(torch.ones(2)), numpy.ones((2, 2)), wire.Reference(1, "function", "f")]

if __name__ == "__main__":
    for seed in SEEDS:
        read(wire.pack(seed))
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()

"""Time of a training step in HBFP over that of the same step in FP32.

The steps alternate within one run, and the shortest time of each counts. On one thread it is
processor time, which other work on the machine hardly changes; on two threads it is wall-clock
time.
"""

import time
from collections.abc import Callable

import torch
from rows import Row, print_rows
from torch import nn

from hbfp_hw import Rounding
from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model, layer_names
from hbfp_hw.training.models import make_model

REPEATS = 40
TARGET = 4
BATCH = 64
WIDTH = 16
NETWORKS = {
    "cnn, 8x8": ("cnn", (1, 8, 8)),
    "cnn, 40": ("cnn", (1, 40)),
    "cnn, 3x32x32": ("cnn", (3, 32, 32)),
    "mlp, 8x8": ("mlp", (1, 8, 8)),
}
"""Kind of network and shape of a sample, by name."""
SETTINGS = {
    f"{preset} N={block_size} {rounding.name.lower()}": (preset, block_size, rounding)
    for preset, block_size, rounding in (
        ("hbfp4", 64, Rounding.NEAREST),
        ("hbfp6", 64, Rounding.NEAREST),
        ("hbfp4", 16, Rounding.NEAREST),
        ("hbfp4", 64, Rounding.STOCHASTIC),
    )
}
"""Preset, block size and rounding of each HBFP training step, by name."""


def training_step(
    kind: str, shape: tuple[int, ...], setting: tuple[str, int, Rounding] | None = None
) -> Callable[[], None]:
    """Return a function that does one training step.

    Parameters:
        kind: Kind of network, as in :func:`make_model`.
        shape: Shape of one sample.
        setting: Preset, block size and rounding in HBFP; None for FP32.
    """
    torch.manual_seed(1)
    model = make_model(kind, shape, 10, width=WIDTH)
    if setting:
        preset, block_size, rounding = setting
        layers = len(layer_names(model))
        options = {"block_size": block_size, "rounding": rounding}
        convert_model(model, BoosterSchedule.preset(preset, layers, 2, **options))
    x, target = torch.randn(BATCH, *shape), torch.randint(0, 10, (BATCH,))
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), target).backward()
        optimizer.step()

    return step


def measure_network(network: str, threads: int) -> list[Row]:
    """Return the time of a network's step in each setting of HBFP over that in FP32.

    Parameters:
        network: Key of :data:`NETWORKS`.
        threads: Threads of PyTorch.
    """
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    steps = {"fp32": training_step(*NETWORKS[network])}
    steps |= {
        name: training_step(*NETWORKS[network], setting) for name, setting in SETTINGS.items()
    }
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(REPEATS):
        for name, step in steps.items():
            started = clock()
            step()
            best[name] = min(best[name], clock() - started)
    where = f"{threads} thread{'s' if threads > 1 else ''}"
    return [
        Row(f"training step, {network}, {name}, {where}", best[name] / best["fp32"], TARGET, True)
        for name in SETTINGS
    ]


def measure() -> list[Row]:
    """Return the figures of all networks, on one thread and on two."""
    return [
        row
        for threads in (1, 2)
        for network in NETWORKS
        for row in measure_network(network, threads)
    ]


if __name__ == "__main__":
    print_rows(measure())

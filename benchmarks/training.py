"""What a training step on HBFP arithmetic costs, in steps of the same network in FP32.

Prints a table for people and one JSON object as the last line. Both kinds of step alternate in one
run, on one thread and by processor time, so that other work on the machine hardly matters; the
shortest of each counts.
"""

import json
import time

import torch
from torch import nn

from hbfp_hw import Rounding
from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model, layer_names
from hbfp_hw.training.models import make_model

REPEATS = 40
BATCH = 64
WIDTH = 16
NETWORKS = {
    "cnn, 8x8": ("cnn", (1, 8, 8)),
    "cnn, 40": ("cnn", (1, 40)),
    "cnn, 3x32x32": ("cnn", (3, 32, 32)),
    "mlp, 8x8": ("mlp", (1, 8, 8)),
}
VARIANTS = {
    f"{preset} N={block_size} {rounding.name.lower()}": (preset, block_size, rounding)
    for preset, block_size, rounding in (
        ("hbfp4", 64, Rounding.NEAREST),
        ("hbfp6", 64, Rounding.NEAREST),
        ("hbfp4", 16, Rounding.NEAREST),
        ("hbfp4", 64, Rounding.STOCHASTIC),
    )
}


def training_step(kind, shape, variant=None):
    """A function that makes one step of a network, converted or not."""
    torch.manual_seed(1)
    model = make_model(kind, shape, 10, width=WIDTH)
    if variant:
        preset, block_size, rounding = variant
        layers = len(layer_names(model))
        options = {"block_size": block_size, "rounding": rounding}
        convert_model(model, BoosterSchedule.preset(preset, layers, 2, **options))
    x, target = torch.randn(BATCH, *shape), torch.randint(0, 10, (BATCH,))
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), target).backward()
        optimizer.step()

    return step


def measure(kind, shape):
    """Shortest times of a step, in seconds: FP32, then the variants."""
    steps = {"fp32": training_step(kind, shape)}
    steps |= {name: training_step(kind, shape, variant) for name, variant in VARIANTS.items()}
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(REPEATS):
        for name, step in steps.items():
            started = time.process_time()
            step()
            best[name] = min(best[name], time.process_time() - started)
    return best


def main() -> None:
    """Measure, print the table and the JSON line."""
    torch.set_num_threads(1)
    results = []
    print(f"{'network':14}{'format':26}{'ms':>8}{'x FP32':>8}")
    for network, (kind, shape) in NETWORKS.items():
        best = measure(kind, shape)
        for name, seconds in best.items():
            ratio = seconds / best["fp32"]
            print(f"{network:14}{name:26}{seconds * 1e3:8.2f}{ratio:8.2f}")
            results.append(
                {"network": network, "format": name, "seconds": seconds, "over_fp32": ratio}
            )
    print(json.dumps({"benchmark": "training", "batch": BATCH, "results": results}))


if __name__ == "__main__":
    main()

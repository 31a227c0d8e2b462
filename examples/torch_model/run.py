"""Train a PyTorch model in FP32, and the same model with HBFP layers, and print both accuracies.

    python examples/torch_model/run.py

The script needs PyTorch: pip install 'hbfp_hw[torch]'.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model, layer_names

DIGITS = Path(__file__).resolve().parents[1] / "digits"
TRAIN_ROWS, EPOCHS, BATCH = 1437, 6, 48


def make_model() -> nn.Module:
    """Return a small model; any model of linear layers and convolutions would do."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Linear(64, 32),
        nn.ReLU(),
        nn.Linear(32, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )


def train(model: nn.Module, schedule: BoosterSchedule | None) -> float:
    """Train a model and return its accuracy on the digits left out of training."""
    x = torch.from_numpy(np.load(DIGITS / "pixels.npy"))
    target = torch.from_numpy(np.load(DIGITS / "labels.npy")).long()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(EPOCHS):
        for batch in torch.randperm(TRAIN_ROWS).split(BATCH):
            loss = nn.functional.cross_entropy(model(x[batch]), target[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if schedule is not None:
            schedule.step_epoch()  # the only line that HBFP adds to the loop
    with torch.no_grad():
        right = model(x[TRAIN_ROWS:]).argmax(1) == target[TRAIN_ROWS:]
    return right.float().mean().item()


def main() -> None:
    print(f"FP32     {train(make_model(), None):.2%}")

    model = make_model()
    layers = len(layer_names(model))
    schedule = BoosterSchedule.preset("booster", layers=layers, epochs=EPOCHS, block_size=16)
    convert_model(model, schedule)
    print(f"booster  {train(model, schedule):.2%}")


if __name__ == "__main__":
    main()

"""What decides a training run: the same settings give the same bits."""

from dataclasses import dataclass, fields
from typing import Any

from hbfp_hw.booster import PRESETS, FormatTable, preset_table
from hbfp_hw.booster.presets import MOST_LAYERS
from hbfp_hw.format import HBFPFormat, Rounding, check_integer

DATASETS = ("digits", "mnist1d", "cifar10")
MODELS = ("mlp", "cnn", "resnet20", "transformer")
WIDTHS = "mantissa_bits"
"""What the widths of a table are called among the plain values of settings."""

MOST_WIDTH = 1024
MOST_BATCH = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A run of training.

    Members:
        dataset, model: Their names.
        schedule: Name of a preset, or a table for as many epochs.
        epochs: Epochs.
        booster_epochs: Last epochs with 6 bits in all layers, of the schedule ``booster``.
        only_layer: The one layer that computes by the schedule; all others are FP32.
        seed: Of the initial weights, the order of the samples, and stochastic rounding.
        block_size, exponent_bits, rounding: Of all conversions.
        width: Of the model, see :func:`~hbfp_hw.training.models.make_model`.
        batch_size: Samples of a step.
        learning_rate: Of the first epoch; it falls along half a cosine.
        last_rate: What it falls to in the end, as a share of the first.
        momentum, weight_decay: Of stochastic gradient descent with Nesterov's momentum.

    Raises:
        TypeError: A number is of the wrong kind.
        ValueError: A name is none, or a number is out of range.
    """

    dataset: str
    model: str = "cnn"
    schedule: str | FormatTable = "booster"
    epochs: int = 20
    booster_epochs: int = 1
    only_layer: int | None = None
    seed: int = 0
    block_size: int = 64
    exponent_bits: int = 10
    rounding: Rounding = Rounding.NEAREST
    width: int = 8
    batch_size: int = 64
    learning_rate: float = 0.05
    last_rate: float = 0.2
    momentum: float = 0.9
    weight_decay: float = 1e-4

    def __post_init__(self) -> None:
        _check_name("Data set", self.dataset, DATASETS)
        _check_name("Model", self.model, MODELS)
        preset_table("booster", 1, self.epochs, self.booster_epochs)
        if not isinstance(self.schedule, FormatTable):
            _check_name("Schedule", self.schedule, PRESETS)
        elif self.schedule.epochs != self.epochs:
            raise ValueError(
                f"Epochs of {self.schedule} must be {self.epochs}, not {self.schedule.epochs}"
            )
        if self.only_layer is not None:
            check_integer("Layer", self.only_layer, 0, MOST_LAYERS - 1)
        HBFPFormat(2, self.block_size, self.exponent_bits)
        check_integer("Seed", self.seed, 0, 2**32 - 1)
        check_integer("Width", self.width, 1, MOST_WIDTH)
        check_integer("Batch size", self.batch_size, 1, MOST_BATCH)
        _check_number("Learning rate", self.learning_rate, 0.0, 1e3)
        _check_number("Last rate", self.last_rate, 0.0, 1.0)
        _check_number("Momentum", self.momentum, 0.0, 1.0)
        _check_number("Weight decay", self.weight_decay, 0.0, 1.0)

    def as_dict(self) -> dict[str, Any]:
        """The members as plain values; the schedule by its name, and the widths of a table."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain |= {"schedule": str(self.schedule), "rounding": self.rounding.name.lower()}
        if isinstance(self.schedule, FormatTable):
            plain[WIDTHS] = self.schedule.mantissa_bits
        return plain


def _check_name(thing: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise ValueError(f"{thing} must be one of {', '.join(names)}, not {name!r}")


def _check_number(thing: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{thing} must be a number, not {value!r}")
    if not low <= value <= high:  # NaN is not
        raise ValueError(f"{thing} must be {low:g} to {high:g}, not {value!r}")

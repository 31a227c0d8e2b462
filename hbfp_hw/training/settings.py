"""Settings of a training run; runs with equal settings give the same bits."""

from dataclasses import dataclass, fields

from hbfp_hw.booster import PRESETS, FormatTable, preset_table
from hbfp_hw.booster.presets import MOST_LAYERS
from hbfp_hw.format import HBFPFormat, Rounding, check_integer

DATASETS = ("digits", "mnist1d", "cifar10")
MODELS = ("mlp", "cnn", "resnet20", "transformer")
WIDTHS = "mantissa_bits"
"""Key of a table's mantissa widths in a dictionary of settings."""

MOST_WIDTH = 1024
MOST_BATCH = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides the results of a training run.

    Members:
        dataset, model: Names of data set and network.
        schedule: Name of a preset, or a table with as many epochs as the run.
        epochs: Number of epochs.
        booster_epochs: Number of epochs at the end in which ``booster`` has 6 bits in all layers.
        only_layer: Number of the only layer that follows the schedule, all others being FP32; None
            if all layers follow it.
        seed: Seed of the initial weights, the order of the samples, and stochastic rounding.
        block_size, exponent_bits, rounding: Format and rounding mode of all conversions.
        width: Width of the network, see :func:`~hbfp_hw.training.models.make_model`.
        batch_size: Samples of a training step.
        learning_rate: Learning rate in the first epoch. It falls along half a cosine.
        last_rate: Learning rate in the last epoch, as a share of the first.
        momentum, weight_decay: Parameters of stochastic gradient descent with Nesterov momentum.

    Raises:
        TypeError: A number has the wrong type.
        ValueError: A name is unknown, or a number is out of range.
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

    def as_dict(self) -> dict[str, object]:
        """Return the members as plain values.

        A schedule is given by its name; for a table its widths are added under :data:`WIDTHS`.
        """
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
    if not low <= value <= high:  # also true for NaN
        raise ValueError(f"{thing} must be {low:g} to {high:g}, not {value!r}")

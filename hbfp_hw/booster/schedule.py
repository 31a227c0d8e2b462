"""Accuracy Boosters: which format each tensor of each layer has in each epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hbfp_hw.booster.mode import Mode, mode_of
from hbfp_hw.booster.presets import FP32, preset_table
from hbfp_hw.booster.roles import Pass, Role
from hbfp_hw.booster.table import checked_table
from hbfp_hw.booster.text import format_name, phase_lines
from hbfp_hw.format import HBFPFormat, Rounding, check_integer
from hbfp_hw.golden.convert import check_conversion
from hbfp_hw.golden.random import mix

MOST_CALLS = 2**32 - 1

MOST_RANKS = 1 << 20
"""Most processes of a data-parallel training."""

CALLS_AT_ONCE = 64
"""Calls of a layer whose seeds are mixed together: as many take NumPy no longer than one."""


@dataclass
class CurrentWidths:
    """The formats of one layer in the current epoch; the schedule changes it with the epoch.

    Members:
        converts: Whether the layer computes in HBFP; else in FP32.
        widths: Mantissa widths of input, weight and gradient.
    """

    converts: bool
    widths: tuple[int, int, int]


class BoosterSchedule:
    """Formats by layer, epoch and tensor, and where in it a training is.

    The table never changes. What changes is the current epoch, which every question without an
    epoch is about, and for stochastic rounding how often each layer has computed. Both are in
    :meth:`state_dict`.

    Parameters:
        mantissa_bits: Mantissa widths, 2 to 16, or 0 for FP32: shape (layers, epochs), or (layers,
            epochs, 3) with one each for input, weight and gradient. If one of the three is FP32,
            all are.
        block_size: Elements that share an exponent.
        exponent_bits: Bits of the shared exponents.
        rounding: Rounding mode of all conversions.
        seed: Seed of stochastic rounding, 32 bits.
        rank: Number of the process in data-parallel training, so that each process draws random
            numbers of its own. With the same rank, as by default, all draw the same.

    Members:
        mantissa_bits: The table, shape (layers, epochs, 3), read-only.

    Raises:
        TypeError: The table is not one of integers, or a parameter is of the wrong kind.
        ValueError: The table's shape or a width, or a parameter is out of range.
    """

    def __init__(
        self,
        mantissa_bits: ArrayLike,
        *,
        block_size: int = 64,
        exponent_bits: int = 10,
        rounding: Rounding = Rounding.NEAREST,
        seed: int = 0,
        rank: int = 0,
    ):
        self.mantissa_bits = checked_table(mantissa_bits)
        self._formats: dict[int, HBFPFormat | None] = {
            int(bits): None if bits == FP32 else HBFPFormat(int(bits), block_size, exponent_bits)
            for bits in (FP32, *np.unique(self.mantissa_bits))
        }
        # Checked even where all is FP32.
        HBFPFormat(2, block_size, exponent_bits)
        self.block_size, self.exponent_bits = int(block_size), int(exponent_bits)
        self.rounding = check_conversion(rounding, seed, 1)
        self.seed = int(seed)
        check_integer("Rank", rank, 0, MOST_RANKS - 1)
        self.rank = int(rank)
        self._epoch = 0
        self._current = [CurrentWidths(False, (FP32,) * 3) for _ in range(self.layers)]
        self._set_widths()
        self._calls = [0] * self.layers
        numbers = np.arange(self.layers * len(Pass)).reshape(self.layers, -1)
        self._keys, _ = mix(self.seed, numbers)
        if self.rank:
            self._keys, _ = mix(self._keys, self.rank)
        # Of each layer the number of the last part of its calls, and the seeds of each call in it.
        self._drawn: list[tuple[int, list[dict[Pass, int]]]] = [(-1, [])] * self.layers

    @classmethod
    def preset(
        cls, name: str, layers: int, epochs: int, *, boosted_epochs: int = 1, **options: Any
    ) -> "BoosterSchedule":
        """A schedule by name, see :func:`~hbfp_hw.booster.presets.preset_table`.

        Parameters:
            name: ``fp32``, ``hbfp8``, ``hbfp6``, ``hbfp4``, ``hbfp4+layers`` or ``booster``.
            layers, epochs: How many there are.
            boosted_epochs: How many epochs at the end have 6 bits in all layers of ``booster``.
            options: The other parameters of the class.
        """
        return cls(preset_table(name, layers, epochs, boosted_epochs), **options)

    def __str__(self) -> str:
        """The schedule in words: what all formats share, then a line for each run of epochs."""
        return "\n".join([f"{self._summary()}:", *phase_lines(self.mantissa_bits)])

    def __repr__(self) -> str:
        return f"<BoosterSchedule: {self._summary()}, {self._widths()}, epoch {self.epoch}>"

    def _summary(self) -> str:
        layers, epochs = (
            f"{count} {thing}" + "s" * (count != 1)
            for count, thing in ((self.layers, "layer"), (self.epochs, "epoch"))
        )
        return (
            f"{layers}, {epochs}, blocks of {self.block_size}, exponents of {self.exponent_bits} "
            f"bits, rounding {self.rounding.name.lower()}, seed {self.seed}"
        )

    def _widths(self) -> str:
        return " ".join(format_name(bits) for bits in np.unique(self.mantissa_bits).tolist())

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return self.mantissa_bits.shape[0]

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return self.mantissa_bits.shape[1]

    @property
    def epoch(self) -> int:
        """The current epoch; equal to :attr:`epochs` when all are over."""
        return self._epoch

    def step_epoch(self) -> None:
        """Go to the next epoch. When all are over, the formats stay those of the last one.

        Raises:
            ValueError: All epochs were over already.
        """
        check_integer("Epoch", self._epoch + 1, 0, self.epochs)
        self._epoch += 1
        self._set_widths()

    def current_widths(self, layer: int) -> CurrentWidths:
        """Return the formats of a layer in the current epoch, as one object that follows it.

        Raises:
            TypeError: The number is not an integer.
            ValueError: There is no such layer.
        """
        check_integer("Layer", layer, 0, self.layers - 1)
        return self._current[layer]

    def _set_widths(self) -> None:
        table = self.mantissa_bits[:, min(self._epoch, self.epochs - 1)].tolist()
        for current, widths in zip(self._current, table, strict=True):
            current.converts, current.widths = widths[0] != FP32, tuple(widths)

    def format(self, layer: int, role: Role, epoch: int | None = None) -> HBFPFormat | None:
        """Format of a tensor; None is FP32.

        Raises:
            TypeError: A number is not an integer.
            ValueError: There is no such layer, role or epoch.
        """
        check_integer("Layer", layer, 0, self.layers - 1)
        if epoch is None:
            epoch = min(self._epoch, self.epochs - 1)
        check_integer("Epoch", epoch, 0, self.epochs - 1)
        return self._formats[int(self.mantissa_bits[layer, epoch, _COLUMNS[Role(role)]])]

    def formats(
        self, layer: int, product: Pass, epoch: int | None = None
    ) -> tuple[HBFPFormat, HBFPFormat] | None:
        """Formats of both operands of a product; None is FP32.

        Raises:
            TypeError: A number is not an integer.
            ValueError: There is no such layer, product or epoch.
        """
        first, second = (self.format(layer, role, epoch) for role in Pass(product).roles)
        return None if first is None or second is None else (first, second)

    def mode(self, layer: int, product: Pass, epoch: int | None = None) -> Mode:
        """What the GEMM engine's descriptor says about a product.

        Raises:
            TypeError: A number is not an integer.
            ValueError: There is no such layer, product or epoch, or the engine has no such mode.
        """
        return mode_of(self.formats(layer, product, epoch), self.rounding)

    def shares(self, macs: ArrayLike) -> dict[str, float]:
        """Share of the multiply-adds of the whole training by mantissa widths.

        Parameters:
            macs: Multiply-adds of each layer: shape (layers,), of every product alike, or (layers,
                3) with one each for the forward, input-gradient and weight-gradient products (a
                first layer needs no gradient of its input).

        Returns:
            By ``"fp32"``, ``"4"``, ``"6"`` or, where the two operands differ, as ``"4x6"``.

        Raises:
            ValueError: The shape does not fit, or a number is negative, or all are 0.
        """
        counts = np.asarray(macs, np.float64)
        if counts.shape not in ((self.layers,), (self.layers, len(Pass))):
            raise ValueError(
                f"MACs must be of shape {(self.layers,)!r} or {(self.layers, len(Pass))!r}, "
                f"not {counts.shape!r}"
            )
        if not (np.isfinite(counts).all() and counts.min() >= 0 and counts.max() > 0):
            raise ValueError(f"MACs must be at least 0 and not all 0, not {macs!r}")
        if counts.ndim == 1:
            counts = np.repeat(counts[:, np.newaxis], len(Pass), axis=1)
        sums: dict[str, float] = {}
        for column, product in enumerate(Pass):
            operands = [_COLUMNS[role] for role in product.roles]
            pairs, numbers = np.unique(
                self.mantissa_bits[..., operands].reshape(-1, 2), axis=0, return_inverse=True
            )
            weights = np.repeat(counts[:, column], self.epochs)
            totals = np.bincount(numbers.ravel(), weights, len(pairs))
            for pair, total in zip(pairs.tolist(), totals.tolist(), strict=True):
                sums[_label(*pair)] = sums.get(_label(*pair), 0.0) + total
        whole = float(counts.sum()) * self.epochs
        return {label: total / whole for label, total in sorted(sums.items())}

    def next_call(self, layer: int, *, count: bool = True) -> int:
        """Number of a layer's next forward product; ``count`` says that it is made."""
        number = self._calls[layer]
        if count:
            self._calls[layer] = (number + 1) & MOST_CALLS
        return number

    def product_seed(self, layer: int, product: Pass, call: int) -> int:
        """Seed of stochastic rounding of one product, as ``hbfp gemm --seed`` takes it.

        The mixer of the hardware's generator, twice: of the schedule's seed with layer and product,
        and of that with the number of the call. So a run that is continued draws what an unbroken
        one would have drawn.
        """
        part, place = divmod(call, CALLS_AT_ONCE)
        drawn, seeds = self._drawn[layer]
        if drawn != part:
            calls = part * CALLS_AT_ONCE + np.arange(CALLS_AT_ONCE)
            words, _ = mix(self._keys[layer], calls[:, np.newaxis])
            seeds = [dict(zip(Pass, row, strict=True)) for row in words.tolist()]
            self._drawn[layer] = part, seeds
        return seeds[place][product]

    def state_dict(self) -> dict[str, Any]:
        """What changes in a training: the epoch, and the products that each layer has made."""
        return {"epoch": self._epoch, "calls": list(self._calls)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where a training was, the inverse of :meth:`state_dict`.

        Raises:
            TypeError: A number is not an integer.
            ValueError: The state is not one of this schedule.
        """
        if set(state) != {"epoch", "calls"}:
            raise ValueError(f"State must be of 'epoch' and 'calls', not {sorted(state)!r}")
        calls = list(state["calls"])
        if len(calls) != self.layers:
            raise ValueError(f"State must be of {self.layers} layers, not {len(calls)!r}")
        check_integer("Epoch", state["epoch"], 0, self.epochs)
        for number in calls:
            check_integer("Calls", number, 0, MOST_CALLS)
        self._epoch, self._calls = int(state["epoch"]), [int(number) for number in calls]
        self._set_widths()


_COLUMNS = {role: column for column, role in enumerate(Role)}


def _label(first: int, second: int) -> str:
    if first == FP32:
        return "fp32"
    return str(first) if first == second else f"{first}x{second}"

"""Accuracy Boosters: the format of every tensor of every layer in every epoch."""

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from hbfp_hw.booster.mode import Mode, mode_of
from hbfp_hw.booster.presets import FP32, preset_table
from hbfp_hw.booster.roles import Pass, Role
from hbfp_hw.booster.seeds import CallSeeds
from hbfp_hw.booster.state import CurrentWidths, ScheduleOptions, ScheduleState
from hbfp_hw.booster.table import checked_table
from hbfp_hw.booster.text import format_name, phase_lines
from hbfp_hw.format import HBFPFormat, Rounding, check_integer
from hbfp_hw.golden.conversion import Conversion

MOST_CALLS = 2**32 - 1
"""Largest number of a layer's call; the next call has number 0 again."""

MOST_RANKS = 1 << 20
"""Largest number of processes in data-parallel training."""


class BoosterSchedule:
    """Formats by layer, epoch and tensor, with the current position of a training run.

    Layers and epochs are numbered from 0. The table is constant. Two things change, and both are in
    :meth:`state_dict`: the current epoch, which is the default of every method with an ``epoch``
    parameter, and the number of calls of each layer, which seeds stochastic rounding.

    Parameters:
        mantissa_bits: Mantissa widths, 2 to 16, or 0 for FP32. Shape (layers, epochs), or (layers,
            epochs, 3) with one width each for input, weight and gradient. If one of the three is
            FP32, all three must be.
        block_size: Number of values that share an exponent.
        exponent_bits: Bits of a shared exponent.
        rounding: Rounding mode of all conversions.
        seed: Seed of stochastic rounding, 32 bits.
        rank: Number of this process in data-parallel training. Processes with different ranks draw
            different random numbers; with equal ranks, as by default, they draw the same.

    Members:
        mantissa_bits: The table, shape (layers, epochs, 3), read-only.

    Raises:
        TypeError: The table has values that are not integers, or a parameter has the wrong type.
        ValueError: The table's shape, a width or a parameter is out of range.
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
        # Checks the sizes even if every layer is FP32.
        HBFPFormat(2, block_size, exponent_bits)
        self.block_size, self.exponent_bits = int(block_size), int(exponent_bits)
        conversion = Conversion(rounding, seed)
        self.rounding, self.seed = conversion.rounding, conversion.seed
        check_integer("Rank", rank, 0, MOST_RANKS - 1)
        self.rank = int(rank)
        self._epoch = 0
        self._current = [CurrentWidths(False, (FP32,) * 3) for _ in range(self.layers)]
        self._set_widths()
        self._calls = [0] * self.layers
        self._seeds = CallSeeds(self.seed, self.layers, self.rank)

    @classmethod
    def preset(
        cls,
        name: str,
        layers: int,
        epochs: int,
        *,
        boosted_epochs: int = 1,
        **options: Unpack[ScheduleOptions],
    ) -> "BoosterSchedule":
        """Return a schedule by name, see :func:`~hbfp_hw.booster.presets.preset_table`.

        Parameters:
            name: ``fp32``, ``hbfp8``, ``hbfp6``, ``hbfp4``, ``hbfp4+layers`` or ``booster``.
            layers, epochs: Numbers of layers and epochs.
            boosted_epochs: Number of epochs at the end in which ``booster`` has 6 bits in all
                layers.
            options: Keyword parameters of the class.
        """
        return cls(preset_table(name, layers, epochs, boosted_epochs), **options)

    def __str__(self) -> str:
        """Return the schedule in words: the common settings, then a line per run of epochs."""
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
        """Number of layers."""
        return self.mantissa_bits.shape[0]

    @property
    def epochs(self) -> int:
        """Number of epochs."""
        return self.mantissa_bits.shape[1]

    @property
    def epoch(self) -> int:
        """The current epoch; equal to :attr:`epochs` after the last one."""
        return self._epoch

    def step_epoch(self) -> None:
        """Go to the next epoch. After the last epoch, the formats of that epoch stay in force.

        Raises:
            ValueError: The last epoch is over already.
        """
        check_integer("Epoch", self._epoch + 1, 0, self.epochs)
        self._epoch += 1
        self._set_widths()

    def current_widths(self, layer: int) -> CurrentWidths:
        """Return the widths of a layer in the current epoch, always the same object.

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
        """Return the format of a tensor; None stands for FP32.

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
        """Return the formats of both operands of a product; None stands for FP32.

        Raises:
            TypeError: A number is not an integer.
            ValueError: There is no such layer, product or epoch.
        """
        first, second = (self.format(layer, role, epoch) for role in Pass(product).roles)
        return None if first is None or second is None else (first, second)

    def mode(self, layer: int, product: Pass, epoch: int | None = None) -> Mode:
        """Return the engine's run-time mode for a product.

        Raises:
            TypeError: A number is not an integer.
            ValueError: There is no such layer, product or epoch, or the engine cannot compute in
                these formats.
        """
        return mode_of(self.formats(layer, product, epoch), self.rounding)

    def shares(self, macs: ArrayLike) -> dict[str, float]:
        """Return each mantissa width's share of the multiply-adds of the whole training run.

        Parameters:
            macs: Multiply-adds of each layer. Shape (layers,) if all three products of a layer have
                the same number, or (layers, 3) with one each for the forward, input-gradient and
                weight-gradient products (the first layer needs no gradient of its input).

        Returns:
            Shares by ``"fp32"``, ``"4"``, ``"6"`` or, if the operands differ, ``"4x6"``.

        Raises:
            ValueError: The shape does not match, a number is negative, or all are 0.
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
        """Return the number of a layer's next forward product.

        Parameters:
            layer: Number of the layer.
            count: Whether to count the product; otherwise the next call returns the same number.
        """
        number = self._calls[layer]
        if count:
            self._calls[layer] = (number + 1) & MOST_CALLS
        return number

    def product_seed(self, layer: int, product: Pass, call: int) -> int:
        """Return the seed of stochastic rounding of one product, as ``hbfp gemm --seed`` takes it.

        It depends on the schedule's seed and rank and on the parameters, and on nothing else.

        Parameters:
            layer: Number of the layer.
            product: Kind of product.
            call: Number of the layer's call, as :meth:`next_call` returns it.
        """
        return self._seeds.seed(layer, product, call)

    def state_dict(self) -> ScheduleState:
        """Return everything that changes during training."""
        return {"epoch": self._epoch, "calls": list(self._calls)}

    def load_state_dict(self, state: ScheduleState) -> None:
        """Restore a state that :meth:`state_dict` returned.

        Raises:
            TypeError: A number is not an integer.
            ValueError: The state belongs to another schedule.
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

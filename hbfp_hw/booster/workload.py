"""The products of a training run on one engine, with their formats and cycles."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.booster.mode import Mode
from hbfp_hw.booster.networks import LayerProduct, Network
from hbfp_hw.booster.presets import preset_table
from hbfp_hw.booster.roles import Pass
from hbfp_hw.booster.schedule import BoosterSchedule
from hbfp_hw.booster.timing import Timer, Timing, total
from hbfp_hw.engine import Engine


@dataclass(frozen=True)
class TimedProduct:
    """The products of one layer in one pass of training: forward, dX or dW.

    Members:
        layer, kind: Name of the layer, and the pass of training.
        product: Shape and number of the products.
        parts: Descriptors per product; more than 1 if a size exceeds the engine's counters.
        modes: Run-time mode in each phase.
        timings: Cost of all products in each phase.
    """

    layer: str
    kind: Pass
    product: LayerProduct
    parts: int
    modes: tuple[Mode, ...]
    timings: tuple[Timing, ...]


@dataclass(frozen=True)
class Phase:
    """All epochs with the same formats.

    Members:
        first: First of these epochs.
        epochs: Number of these epochs; they need not be consecutive.
        step: Cost of one training step.
    """

    first: int
    epochs: int
    step: Timing


@dataclass(frozen=True)
class Workload:
    """A network trained by a schedule on an engine.

    Members:
        network, schedule, engine, batch: The parameters of :func:`make_workload`.
        timed_products: Products of all layers, in the order of the forward pass.
        phases: Distinct sets of formats, in the order of their first epochs.
        hbfp6_cycles: Cycles of a training step with 6 bits in all layers, on the same engine.
        fp32_cycles: Cycles of a training step on an array whose cells take one pass per block, as
            in an array of the same number of FP32 multiply-adders.
    """

    network: Network
    schedule: BoosterSchedule
    engine: Engine
    batch: int
    timed_products: tuple[TimedProduct, ...]
    phases: tuple[Phase, ...]
    hbfp6_cycles: int
    fp32_cycles: int

    @property
    def steps(self) -> int:
        """Training steps per epoch; a last, smaller batch counts as a full one."""
        return -(-self.network.samples // self.batch)

    @property
    def lanes(self) -> int:
        """Multipliers of the array."""
        return self.engine.rows * self.engine.columns * self.engine.block_size

    @cached_property
    def macs(self) -> NDArray[np.int64]:
        """Multiply-adds of a training step, shape (layers, 3): one column per pass of training."""
        counts = {layer.name: [0] * len(Pass) for layer in self.network.layers}
        for item in self.timed_products:
            counts[item.layer][list(Pass).index(item.kind)] = item.product.macs
        return np.array(list(counts.values()), np.int64)

    @property
    def training_edge_share(self) -> float:
        """Share of the first and the last layer in the multiply-adds of a training step.

        It is 0 for a part of a network, which has no such layers.
        """
        if not self.network.whole:
            return 0.0
        return float(self.macs[[0, -1]].sum() / self.macs.sum())

    @property
    def shares(self) -> dict[str, float]:
        """Shares of the multiply-adds of the whole run, by format."""
        return self.schedule.shares(self.macs)

    @property
    def passes(self) -> float:
        """Passes of a cell per block, averaged over the multiply-adds of the whole run."""
        variant, macs = self.engine.variant, int(self.macs.sum())
        counts = [
            sum(
                item.product.macs
                * variant.passes(item.modes[number].wide_x, item.modes[number].wide_w)
                for item in self.timed_products
            )
            for number in range(len(self.phases))
        ]
        weights = [phase.epochs for phase in self.phases]
        return float(np.average(counts, weights=weights) / macs)

    @property
    def cycles(self) -> int:
        """Cycles of the whole run."""
        return self.steps * sum(phase.epochs * phase.step.cycles for phase in self.phases)

    @property
    def speedup_hbfp6(self) -> float:
        """Speed-up over a run with 6 bits in all layers on the same engine."""
        return self.steps * self.schedule.epochs * self.hbfp6_cycles / self.cycles

    @property
    def speedup_fp32(self) -> float:
        """Speed-up over a run on an array of the same number of FP32 multiply-adders."""
        return self.steps * self.schedule.epochs * self.fp32_cycles / self.cycles


def make_schedule(
    network: Network,
    preset: str,
    *,
    epochs: int | None = None,
    boosted_epochs: int = 1,
    block_size: int = 64,
    exponent_bits: int = 10,
) -> BoosterSchedule:
    """Return a preset's schedule for a network.

    A part of a network, such as one GPT-2 block, has no first and last layer: all its layers get
    the format of inner layers.

    Parameters:
        network: The network; each of its layers gets a format.
        preset, boosted_epochs: See :func:`~hbfp_hw.booster.preset_table`.
        epochs: Epochs of the run; the network's own by default.
        block_size, exponent_bits: See :class:`~hbfp_hw.booster.BoosterSchedule`.

    Raises:
        TypeError: A number is not an integer.
        ValueError: There is no such preset, or a number is out of range.
    """
    outside = 0 if network.whole else 1
    count = len(network.layers) + 2 * outside
    table = preset_table(
        preset, count, network.epochs if epochs is None else epochs, boosted_epochs
    )
    return BoosterSchedule(
        table[outside : count - outside], block_size=block_size, exponent_bits=exponent_bits
    )


def make_workload(
    network: Network,
    schedule: BoosterSchedule,
    engine: Engine,
    *,
    batch: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Workload:
    """Time a network's training step in every phase of a schedule.

    Products run one after the other, each from its descriptor to its status, and streams do not
    stall.

    Parameters:
        network: The network.
        engine: Sizes of the engine.
        schedule: Schedule with as many layers as the network, and the engine's block size and
            exponent bits.
        batch: Samples of a training step; the network's own by default.
        progress: Called with the numbers of timed and of all entries of ``timed_products``.

    Raises:
        TypeError: The batch is not an integer.
        ValueError: The schedule does not match the network or the engine, or the batch is out of
            range.
    """
    if schedule.layers != len(network.layers):
        raise ValueError(
            f"Schedule must be of {len(network.layers)} layers, not {schedule.layers!r}"
        )
    if (schedule.block_size, schedule.exponent_bits) != (engine.block_size, engine.exponent_bits):
        raise ValueError(
            f"Schedule must have the engine's block size {engine.block_size} and "
            f"{engine.exponent_bits} exponent bits, not {schedule.block_size!r} and "
            f"{schedule.exponent_bits!r}"
        )
    batch = network.batch if batch is None else batch
    products = [
        (number, kind, product)
        for number, layer in enumerate(network.layers)
        for kind, product in layer.products(batch).items()
    ]
    firsts, epochs = _phases(schedule)
    timer = Timer(engine)
    timed_products: list[TimedProduct] = []
    hbfp6_cycles = fp32_cycles = 0
    for done, (number, kind, product) in enumerate(products):
        progress(done, len(products))
        modes = [schedule.mode(number, kind, first) for first in firsts]
        timings = [timer.time(product, wide_x=mode.wide_x, wide_w=mode.wide_w) for mode in modes]
        hbfp6_cycles += timer.time(product, wide_x=True, wide_w=True).cycles
        fp32_cycles += timer.time(product, wide_x=False, wide_w=False).cycles
        timed_products.append(
            TimedProduct(
                layer=network.layers[number].name,
                kind=kind,
                product=product,
                parts=timer.parts(product),
                modes=tuple(modes),
                timings=tuple(timings),
            )
        )
    progress(len(products), len(products))
    phases = tuple(
        Phase(first, count, total([item.timings[phase] for item in timed_products]))
        for phase, (first, count) in enumerate(zip(firsts, epochs, strict=True))
    )
    return Workload(
        network,
        schedule,
        engine,
        batch,
        tuple(timed_products),
        phases,
        hbfp6_cycles,
        fp32_cycles,
    )


def _phases(schedule: BoosterSchedule) -> tuple[list[int], list[int]]:
    """Return the first epoch of each distinct set of formats, and the number of its epochs."""
    columns = schedule.mantissa_bits.swapaxes(0, 1).reshape(schedule.epochs, -1)
    _, firsts, counts = np.unique(columns, axis=0, return_index=True, return_counts=True)
    order = np.argsort(firsts)
    return firsts[order].tolist(), counts[order].tolist()

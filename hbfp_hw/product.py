"""One matrix product, computed by the golden model, the cycle model or the RTL."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles import Report, TimingOptions, dot_engine_cycles, simulate
from hbfp_hw.driver import CompiledCore, Driver
from hbfp_hw.engine import WIDE_BITS, Engine
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.gemm import gemm
from hbfp_hw.rtl.core import Core
from hbfp_hw.simulate import Replay, RunOptions, gemm_on_array, gemm_on_dot_engine

Matrix = NDArray[np.float32]


class Modelled(NamedTuple):
    """Result of the cycle model.

    Members:
        y: Y of the product, shape (M, P).
        cycles: Cycles of the whole product.
        report: Breakdown of the cycles; None for the dot engine, whose model has none.
    """

    y: Matrix
    cycles: int
    report: Report | None


class CoreRun(NamedTuple):
    """Result of a run on the core.

    Members:
        y: Y of the product, shape (M, P).
        counters: Values of the core's counters by name, ``cycles`` among them.
        seconds: Seconds of the simulation, without the build.
        build_seconds: Seconds of the build.
    """

    y: Matrix
    counters: Mapping[str, int]
    seconds: float
    build_seconds: float


@dataclass(frozen=True)
class Product:
    """Y = C + X·W with everything that decides its bits and cycles.

    Parameters:
        x, w, c: Operands of shape (M, K) and (K, P), and start values (M, P) or None.
        fmt_x, fmt_w: Formats of the operands.
        conversion: Conversion of X and W to blocks.
        engine: GEMM engine that computes the product; None stands for the dot engine.
    """

    x: Matrix
    w: Matrix
    c: Matrix | None
    fmt_x: HBFPFormat
    fmt_w: HBFPFormat
    conversion: Conversion = Conversion()
    engine: Engine | None = None

    def golden(self) -> Matrix:
        """Return Y by the golden model, shape (M, P)."""
        return gemm(
            self.x,
            self.w,
            self.c,
            fmt_x=self.fmt_x,
            fmt_w=self.fmt_w,
            rounding=self.conversion.rounding,
            seed=self.conversion.seed,
            random_bits=self.conversion.random_bits,
        )

    def modelled(self, *, trace: bool = False) -> Modelled:
        """Compute Y and its cycles by the cycle model.

        Parameters:
            trace: Whether the report lists the intervals of loads, tiles and results.
        """
        if self.engine is None:
            blocks = -(-self.x.shape[1] // self.fmt_x.block_size)
            cycles = dot_engine_cycles(len(self.x), blocks, self.w.shape[1])
            return Modelled(self.golden(), cycles, None)
        y, report = simulate(
            self.x,
            self.w,
            self.c,
            engine=self.engine,
            wide_x=self._wide_x,
            wide_w=self._wide_w,
            conversion=self.conversion,
            options=TimingOptions(trace=trace),
        )
        return Modelled(y, report.cycles, report)

    def simulated(self, options: RunOptions = RunOptions()) -> tuple[Matrix, Replay]:
        """Return Y by the RTL in a simulator, with the record of the replay."""
        if self.engine is None:
            return gemm_on_dot_engine(
                self.x,
                self.w,
                self.c,
                fmt_x=self.fmt_x,
                fmt_w=self.fmt_w,
                conversion=self.conversion,
                options=options,
            )
        return gemm_on_array(
            self.x,
            self.w,
            self.c,
            engine=self.engine,
            wide_x=self._wide_x,
            wide_w=self._wide_w,
            conversion=self.conversion,
            options=options,
        )

    def on_core(self, options: RunOptions = RunOptions()) -> CoreRun:
        """Compute Y by the RTL of the core, through its buses and its driver.

        Parameters:
            options: Time limit, progress and waves; the simulator is Verilator.

        Raises:
            ValueError: The product has no engine.
        """
        if self.engine is None:
            raise ValueError("Product must have an engine to run on a core")
        design = cached_design(Core(self.engine, random_bits=self.conversion.random_bits))
        with CompiledCore(design, timeout=options.timeout, waves=options.waves) as core:
            started = time.monotonic()
            driver = Driver(core, design.description.parameters)
            product = driver.start(
                self.x,
                self.w,
                self.c,
                wide_x=self._wide_x,
                wide_w=self._wide_w,
                rounding=self.conversion.rounding,
                seed=self.conversion.seed,
            )
            y = driver.finish(product, options.progress)
            counters = driver.counters()
            return CoreRun(y, counters, time.monotonic() - started, core.build_seconds)

    @property
    def _wide_x(self) -> bool:
        return self.fmt_x.mantissa_bits == WIDE_BITS

    @property
    def _wide_w(self) -> bool:
        return self.fmt_w.mantissa_bits == WIDE_BITS

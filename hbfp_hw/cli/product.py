"""One product, and the engines that can compute it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles import Report, dot_engine_cycles, simulate
from hbfp_hw.driver import CompiledCore, Driver
from hbfp_hw.engine import WIDE_BITS, Engine
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.golden.gemm import gemm
from hbfp_hw.rtl.core import Core
from hbfp_hw.simulate import Replay
from hbfp_hw.simulate.array_gemm import gemm_on_array
from hbfp_hw.simulate.gemm import gemm_on_dot_engine

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Product:
    """Y = C + X·W, on the GEMM engine if there is one, else on the dot engine."""

    x: Matrix
    w: Matrix
    c: Matrix | None
    fmt_x: HBFPFormat
    fmt_w: HBFPFormat
    rounding: Rounding
    seed: int
    random_bits: int
    engine: Engine | None

    def golden(self) -> Matrix:
        """By the golden model."""
        return gemm(self.x, self.w, self.c, **self._formats, **self._conversion)

    def modelled(self, *, trace: bool) -> tuple[Matrix, int, Report | None]:
        """By the cycle-level model: Y, the cycles, and of the GEMM engine all that they cost."""
        if self.engine is None:
            blocks = -(-self.x.shape[1] // self.fmt_x.block_size)
            return self.golden(), dot_engine_cycles(len(self.x), blocks, self.w.shape[1]), None
        y, report = simulate(self.x, self.w, self.c, **self._array, **self._conversion, trace=trace)
        return y, report.cycles, report

    def simulated(self, **how: Any) -> tuple[Matrix, Replay]:
        """By the RTL; ``how`` is as for :func:`hbfp_hw.simulate.replay`."""
        if self.engine is None:
            return gemm_on_dot_engine(
                self.x, self.w, self.c, **self._formats, **self._conversion, **how
            )
        return gemm_on_array(self.x, self.w, self.c, **self._array, **self._conversion, **how)

    def on_core(
        self, *, timeout: float, progress: Callable[[int, int], None], waves: Path | None
    ) -> tuple[Matrix, dict[str, Any]]:
        """By the RTL of the core, which needs an engine, through its driver; Y and its figures."""
        how = self._array
        design = cached_design(Core(how.pop("engine"), random_bits=self.random_bits))
        with CompiledCore(design, timeout=timeout, waves=waves) as core:
            started = time.monotonic()
            driver = Driver(core, design.description.parameters)
            product = driver.start(
                *(self.x, self.w, self.c), **how, rounding=self.rounding, seed=self.seed
            )
            y = driver.finish(product, progress)
            counters = driver.counters()
            return y, {
                "cycles": counters["cycles"],
                "counters": counters,
                "seconds": time.monotonic() - started,
                "build_seconds": core.build_seconds,
            }

    @property
    def _formats(self) -> dict[str, Any]:
        return {"fmt_x": self.fmt_x, "fmt_w": self.fmt_w}

    @property
    def _array(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "wide_x": self.fmt_x.mantissa_bits == WIDE_BITS,
            "wide_w": self.fmt_w.mantissa_bits == WIDE_BITS,
        }

    @property
    def _conversion(self) -> dict[str, Any]:
        return {"rounding": self.rounding, "seed": self.seed, "random_bits": self.random_bits}

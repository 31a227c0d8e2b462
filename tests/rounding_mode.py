"""Child process of test_rounding.py: use a new rounding mode everywhere in the package.

The mode ``UP`` is inserted into the source text of :class:`~hbfp_hw.format.Rounding` while it is
imported; nothing else knows it. The process prints the outcome of each use as JSON.
"""

import contextlib
import io
import json
import sys
from collections.abc import Callable
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

Calls = dict[str, Callable[[], object]]
"""Uses of the mode by name."""

LAST, ADDED = "    TRUNCATE = 2\n", "    UP = 3\n"


class WithUp(SourceFileLoader):
    """Loader of the module with the rounding modes that inserts one more."""

    def get_code(self, fullname: str) -> CodeType:
        text = Path(self.path).read_text()
        assert text.count(LAST) == 1
        return compile(text.replace(LAST, LAST + ADDED), self.path, "exec")


class Finder(MetaPathFinder):
    """Finder that gives this module to the loader."""

    def find_spec(self, fullname: str, *rest: Any) -> ModuleSpec | None:
        if fullname != "hbfp_hw.format":
            return None
        package = find_spec("hbfp_hw")
        assert package is not None
        assert package.submodule_search_locations is not None
        path = str(Path(package.submodule_search_locations[0]) / "format.py")
        return spec_from_file_location(fullname, path, loader=WithUp(fullname, path))


def outcome(call: Callable[[], object]) -> str:
    """Return the type and the text of the error of a call, or the type of its result."""
    try:
        returned = call()
    except (Exception, SystemExit) as error:
        return f"{type(error).__name__}: {error}"
    return f"returned {type(returned).__name__}"


def golden() -> Calls:
    """Return uses in the golden model."""
    import numpy as np

    from hbfp_hw import HBFPFormat, Rounding, convert, gemm
    from hbfp_hw.cycles.simulate import simulate
    from hbfp_hw.engine import Engine, Variant
    from hbfp_hw.golden import native
    from hbfp_hw.golden.conversion import Conversion
    from hbfp_hw.golden.native import Level, limit

    up: Any = Rounding["UP"]
    fmt, x = HBFPFormat(4, 8), np.ones((8, 8), np.float32)
    engine = Engine(Variant.MIXED, 2, 2, 8, 10, depth=4, panel_tiles=1)

    def by_numpy(call: Callable[[], object]) -> Callable[[], object]:
        def limited() -> object:
            with limit(Level.NUMPY):
                return call()

        return limited

    def unknown_to_the_library() -> object:
        """Let Python pass the new code on, so that only C++ can refuse it."""
        native_convert: Any = sys.modules["hbfp_hw.golden.native.convert"]
        known = native_convert.rounding_code
        native_convert.rounding_code = int
        try:
            return native.convert(x, fmt, Conversion(up))
        finally:
            native_convert.rounding_code = known

    calls: Calls = {
        "golden convert": lambda: convert(x, fmt, up),
        "golden gemm": lambda: gemm(x, x, fmt_x=fmt, rounding=up),
        "code": lambda: convert(x, fmt, 3),  # type: ignore[arg-type]
        "cycle model": lambda: simulate(
            x, x, engine=engine, wide_x=False, wide_w=True, conversion=Conversion(up)
        ),
    }
    calls |= {f"{name} by NumPy": by_numpy(call) for name, call in calls.items()}
    if native.level():
        calls["native convert"] = lambda: native.convert(x, fmt, Conversion(up))
        calls["native packed"] = lambda: native.convert_packed(x, fmt, Conversion(up))
        calls["library"] = unknown_to_the_library
    return calls


def torch() -> Calls:
    """Return uses in the PyTorch layers."""
    import torch

    from hbfp_hw import HBFPFormat, Rounding
    from hbfp_hw.booster import BoosterSchedule, Pass
    from hbfp_hw.golden.native import Level, limit
    from hbfp_hw.torch import HBFPConv2d, HBFPLinear, matmul
    from hbfp_hw.torch.convert import convert

    up: Any = Rounding["UP"]
    fmt, x = HBFPFormat(4, 8), torch.ones(8, 8)
    schedule = BoosterSchedule([[4]], block_size=8, rounding=up)
    linear = HBFPLinear(8, 8, schedule=schedule, layer=0)
    convolution = HBFPConv2d(8, 8, 1, schedule=schedule, layer=0)

    def without_library() -> object:
        with limit(Level.NUMPY):
            return matmul(x, x, fmt_x=fmt, rounding=up)

    return {
        "torch convert": lambda: convert(x[None], fmt, up, [0]),
        "torch matmul": lambda: matmul(x, x, fmt_x=fmt, rounding=up),
        "torch matmul without library": without_library,
        "torch linear": lambda: linear(x),
        "torch convolution": lambda: convolution(x[None, :, :, None]),
        "mode word": lambda: schedule.mode(0, Pass.FORWARD).word,
    }


def hardware() -> Calls:
    """Return uses in units, simulations, driver and predictions."""
    import asyncio

    import numpy as np

    from hbfp_hw import HBFPFormat, Rounding
    from hbfp_hw.booster.mode import Mode
    from hbfp_hw.cosim.vectors import vectors_of
    from hbfp_hw.driver import AsyncDriver, CoreParameters
    from hbfp_hw.engine import Engine, Variant
    from hbfp_hw.explore.prediction import Gaussian, noise, uniform_noise
    from hbfp_hw.generation.description import DesignDescription
    from hbfp_hw.generation.verilog import generate
    from hbfp_hw.golden.conversion import Conversion
    from hbfp_hw.rtl.convert import Convert
    from hbfp_hw.rtl.convert_lane import ConvertLane
    from hbfp_hw.rtl.core import Core
    from hbfp_hw.rtl.dot_engine import DotEngine
    from hbfp_hw.rtl.gemm import GEMM
    from hbfp_hw.simulate import gemm_on_array, gemm_on_dot_engine

    up: Any = Rounding["UP"]
    fmt, x = HBFPFormat(4, 8), np.ones((8, 8), np.float32)
    engine = Engine(Variant.MIXED, 2, 2, 8, 10, depth=4, panel_tiles=1)
    lane = partial(ConvertLane, fmt, random_bits=8, narrow_bits=None, sign_magnitude=False)
    parameters = CoreParameters(engine, 8, 32, 8, 2, 4)
    rng = np.random.default_rng(0)

    def cosim(unit: str) -> Callable[[], object]:
        (path, *_) = sorted(Path("rtl_out").glob(f"hbfp_{unit}_*.json"))
        source = vectors_of(DesignDescription.from_json(json.loads(path.read_text())))
        return lambda: [source.draw(rng, 50) for _ in range(4)]

    driver = AsyncDriver(None, parameters)  # type: ignore[arg-type]
    return {
        "rtl convert": lambda: Convert(fmt, rounding=up),
        "rtl convert of any mode": lambda: Convert(fmt),
        "rtl lane": lambda: lane(rounding=up),
        "rtl lane of any mode": lambda: lane(rounding=None),
        "rtl dot engine": lambda: DotEngine(fmt, fmt, rounding=up),
        "rtl gemm": lambda: generate(GEMM(engine)),
        "rtl core": lambda: generate(Core(engine)),
        "simulated dot engine": lambda: gemm_on_dot_engine(
            x, x, fmt_x=fmt, conversion=Conversion(up)
        ),
        "simulated array": lambda: gemm_on_array(
            x, x, engine=engine, wide_x=False, wide_w=False, conversion=Conversion(up)
        ),
        "cosim convert": cosim("convert_m4"),
        "cosim gemm": cosim("gemm_4x4"),
        "mode": lambda: Mode(up, False, False).word,
        "driver": lambda: asyncio.run(driver.start(x, x, rounding=up)),
        "prediction": lambda: noise(fmt, Gaussian(1.0), 8, up),
        "rule of thumb": lambda: uniform_noise(fmt, Gaussian(1.0), 8, up),
    }


def command_line() -> Calls:
    """Return uses on the command line."""
    from hbfp_hw.cli import main

    def command(line: str) -> Callable[[], object]:
        def run() -> object:
            messages = io.StringIO()
            with contextlib.redirect_stderr(messages):
                try:
                    status = main([*line.split(), "--rounding", "up"])
                except SystemExit as exit_:
                    status = exit_.code  # type: ignore[assignment]
            raise RuntimeError(f"{status} {messages.getvalue().strip()}")

        return run

    sizes = "--mantissa-bits 4 --block-size 8"
    lines = [f"gemm X.npy W.npy {sizes} --engine {name}" for name in ("golden", "cycle", "rtl")]
    lines += [f"generate convert {sizes} -o out", "train --dataset digits --model mlp"]
    return {f"hbfp {line}": command(line) for line in lines}


if __name__ == "__main__":
    sys.meta_path.insert(0, Finder())
    found: dict[str, str] = {}
    for part in (golden, torch, hardware, command_line):
        found |= {name: outcome(call) for name, call in part().items()}
    print(json.dumps(found))

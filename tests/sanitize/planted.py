"""Child process of test_sanitizers.py: make one mistake, which a sanitizer must report.

Mistakes in the package's own code bypass the checks of arguments: C++ gets a larger number of
elements than the array has.
"""

import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hbfp_hw.cosim.library import DesignLibrary, _Field
from hbfp_hw.driver import CompiledCore
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.golden.native.convert import ConvertCall
from hbfp_hw.golden.native.library import Level, level, library
from hbfp_hw.helpers.native_array import ArrayArguments
from hbfp_hw.rtl.core import Core
from hbfp_hw.simulate.toolchain import find_verilator
from hbfp_hw.simulate.verilate import build_library
from tests.driver.products import ENGINE
from tests.simulate.adder import adder

ROWS, LANES = 64, 32


def golden(lines_read: int, lines_made: int) -> None:
    """Convert 64 lines although the arrays have fewer."""
    arrays = ArrayArguments()
    values = np.ones((lines_read, LANES), np.float32)
    mantissas = np.zeros((lines_made, LANES), np.int8)
    exponents = np.zeros(ROWS, np.int16)
    call = ConvertCall(
        values=arrays.read("Values", values, np.float32, values.shape),
        line_stride=LANES,
        lane_stride=1,
        lines=ROWS,
        length=LANES,
        block_size=LANES,
        mantissa_bits=4,
        lowest_exponent=-511,
        highest_exponent=511,
        nan_exponent=-512,
        rounding=0,
        random_bits=8,
        seed=0,
        steps=None,
        mantissas=arrays.write("Mantissas", mantissas, np.int8, mantissas.shape),
        exponents=arrays.write("Exponents", exponents, np.int16, exponents.shape),
        packed=0,
    )
    loaded = library()
    assert loaded
    assert level() >= Level.PLAIN
    loaded.hbfp_convert(ctypes.addressof(call), level(), 0, ROWS)


def harness() -> None:
    """Pack one transfer more than the array has elements."""
    design = adder(32)
    packing = DesignLibrary(build_library(design, optimise=False), design.description)
    arrays = ArrayArguments()
    values, words = np.ones(1000, np.uint32), np.zeros((2000, 1), np.uint32)
    address = arrays.read("Values", values, np.uint32, values.shape)
    field = _Field(data=address, bytes=4, width=32, count=1, offset=0)
    to = arrays.write("Words", words, np.uint32, words.shape)
    packing._library.hbfp_pack(ctypes.byref(field), 1, 1001, 1, to)


def core() -> None:
    """Send a packet with a length beyond its end."""
    with CompiledCore(cached_design(Core(ENGINE))) as compiled_core:
        packet = bytes(4)
        compiled_core._library.hbfp_core_send(compiled_core._core, 0, packet, 4000)
        compiled_core._library.hbfp_core_run(compiled_core._core, 10_000)


def compiled(name: str, text: str) -> Callable[[], object]:
    """Return a call of a C function that is compiled into a library of its own."""

    def call() -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "mistake.cpp").write_text(f'extern "C" {text}\n')
            options = ["-std=c++17", "-O1", "-fPIC", "-shared", "mistake.cpp", "-o", "mistake.so"]
            subprocess.run([find_verilator().compiler, *options], cwd=folder, check=True)
            mistaken = ctypes.CDLL(str(Path(folder) / "mistake.so"))
            getattr(mistaken, name)(40)

    return call


MISTAKES: dict[str, Callable[[], object]] = {
    "golden read": lambda: golden(ROWS - 1, ROWS),
    "golden write": lambda: golden(ROWS, ROWS - 1),
    "harness": harness,
    "core": core,
    "shift": compiled("shifted", "int shifted(int count) { return 1 << count; }"),
    "signed overflow": compiled(
        "added", "int added(int count) { return 2147483647 - 39 + count; }"
    ),
    "misaligned": compiled(
        "loaded",
        "int loaded(int count) { static char memory[64]; return *(int*)(memory + (count - 39)); }",
    ),
}

if __name__ == "__main__":
    MISTAKES[sys.argv[1]]()

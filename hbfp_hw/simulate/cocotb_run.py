"""Run a cocotb test module on a design, in a child process."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate import icarus, verilate

SIMULATORS = ("verilator", "icarus")

CHILD = Path(__file__).with_name("cocotb_child.py")
"""Run as a file: as a module it would import this package, which takes longer than itself."""


def build_for_cocotb(design: Design, simulator: str) -> Path:
    """Folder with ``design`` compiled for cocotb on ``simulator``."""
    check_simulator(simulator)
    build = verilate.build_cocotb if simulator == "verilator" else icarus.build_cocotb
    return build(design)


def run_cocotb(
    design: Design,
    module: str,
    simulator: str,
    build: Path,
    *,
    folder: Path,
    log: Path,
    results: Path,
    seed: int,
    environment: Mapping[str, str],
    timeout: float,
    arguments: tuple[str, ...] = (),
    waves: bool = False,
    poll: Callable[[], None] | None = None,
) -> None:
    """Run test ``module`` in ``folder``; how the tests ended stands in the JUnit file ``results``.

    Raises:
        ToolError: If the time limit is reached.
    """
    job = {
        "simulator": simulator,
        "test_module": module,
        "hdl_toplevel": design.name,
        "build_dir": str(build),
        "test_dir": str(folder),
        "results_xml": str(results),
        "seed": seed,
        "extra_env": {},
        "plusargs": list(arguments),
        "waves": waves,
    }
    job_file = folder / "cocotb.json"
    job_file.unlink(missing_ok=True)  # might be a link
    write_text(job_file, json.dumps(job))
    # The runner behaves differently inside pytest; a filter from outside would hide tests.
    hidden = ("PYTEST_CURRENT_TEST", "COCOTB_TEST_FILTER", "COCOTB_TESTCASE", "WAVES", "GUI")
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    # Assertions are explained in the module itself. By default pytest takes apart every module that
    # is imported, NumPy too, each time where bytecode is not kept, and loads all its plugins.
    rewriting = {
        "COCOTB_REWRITE_ASSERTION_FILES": f"{module.rpartition('.')[2]}.py",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    search = os.pathsep.join(path or os.getcwd() for path in sys.path)
    run_process(
        [sys.executable, "-P", CHILD, job_file],
        cwd=folder,
        env={**rewriting, **inherited, "PYTHONPATH": search, **environment},
        log=log,
        timeout=timeout,
        check=False,
        poll=poll,
    )


def check_simulator(simulator: str) -> None:
    if simulator not in SIMULATORS:
        choices = " or ".join(repr(name) for name in SIMULATORS)
        raise ValueError(f"Simulator must be {choices}, not {simulator!r}")

"""Run of a cocotb test module on a design, in a child process."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import exit_status
from hbfp_hw.simulate import icarus, verilate
from hbfp_hw.simulate.options import check_simulator

CHILD = Path(__file__).with_name("cocotb_child.py")
"""Script of the child process. ``python -m`` would first import this package, which takes longer
than the script itself."""

HIDDEN = ("PYTEST_CURRENT_TEST", "COCOTB_TEST_FILTER", "COCOTB_TESTCASE", "WAVES", "GUI")
"""Environment variables that the child does not inherit. Some tell the runner that it is inside
pytest, where it behaves differently; a filter would skip tests."""


class CocotbBuild(NamedTuple):
    """A design compiled for cocotb.

    Members:
        top: Name of the top module.
        simulator: "verilator" or "icarus".
        folder: Folder with the compiled design.
    """

    top: str
    simulator: str
    folder: Path


def build_for_cocotb(design: Design, simulator: str) -> CocotbBuild:
    """Compile ``design`` for cocotb on ``simulator``.

    Raises:
        ValueError: The simulator is unknown.
        SimulatorMissing: The simulator is not installed.
        ToolError: The design does not compile; the message names the log.
    """
    check_simulator(simulator)
    build = verilate.build_cocotb if simulator == "verilator" else icarus.build_cocotb
    return CocotbBuild(design.name, simulator, build(design))


@dataclass(frozen=True)
class CocotbRun:
    """One run of a test module on a compiled design.

    Members:
        build: The compiled design.
        module: Dotted name of the test module.
        folder: Working directory of the simulator.
        log: File for the simulator's output.
        results: JUnit file, in which cocotb writes how each test ended.
        seed: cocotb's random seed.
        environment: Environment variables for the test module.
        arguments: Plusargs of the simulation.
        waves: Whether the simulator writes waves.
    """

    build: CocotbBuild
    module: str
    folder: Path
    log: Path
    results: Path
    seed: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    waves: bool = False

    def start(self, *, timeout: float, poll: Callable[[], None] | None = None) -> None:
        """Run the tests and wait for their end; ``results`` then says how they ended.

        Parameters:
            timeout: Time limit in seconds.
            poll: Called a few times a second during the run.

        Raises:
            ToolError: The run exceeds the time limit.
        """
        runner_options = {
            "simulator": self.build.simulator,
            "test_module": self.module,
            "hdl_toplevel": self.build.top,
            "build_dir": str(self.build.folder),
            "test_dir": str(self.folder),
            "results_xml": str(self.results),
            "seed": self.seed,
            "extra_env": {},
            "plusargs": list(self.arguments),
            "waves": self.waves,
        }
        options_file = self.folder / "cocotb.json"
        options_file.unlink(missing_ok=True)  # might be a link
        write_text(options_file, json.dumps(runner_options))
        exit_status(
            [sys.executable, "-P", CHILD, options_file],
            cwd=self.folder,
            env=self._environment(),
            log=self.log,
            timeout=timeout,
            poll=poll,
        )

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        # pytest explains failed assertions by rewriting modules. In cocotb's default, it rewrites
        # every imported module, NumPy included, which is slow where bytecode is not kept, and loads
        # all its plugins. Only the test modules and ``*_checks.py`` need the rewriting.
        rewriting = {
            "COCOTB_REWRITE_ASSERTION_FILES": f"{self.module.rpartition('.')[2]}.py *_checks.py",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        search = os.pathsep.join(path or os.getcwd() for path in sys.path)
        return {**rewriting, **inherited, "PYTHONPATH": search, **self.environment}

"""Mutants of generated Verilog: all those of a design in one netlist, of which an input chooses."""

import dataclasses
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys
from hbfp_hw.generation.design import Design

PORT = "mutsel"
"""Input that chooses the mutant by its number; 0 is the design as it is."""

WIDTH = 16

INITIAL = re.compile(r"^( *reg .* = )(\d+'[bdh][0-9a-fx]+;)$", re.MULTILINE)
SECOND_NAME = re.compile(r"^ *\(\* init = .* \*\)\n", re.MULTILINE)

SCRIPT = f"""\
design -reset
read_verilog -sv {{key}}.v
hierarchy -check -top {{top}}
proc
opt_clean
select -set cells {{cells}} t:$mem* %d
mutate -list {{count}} -seed {{seed}} -ctrl {PORT} {WIDTH} {{first}} -o {{key}}.list @cells
script {{key}}.list
opt_clean
write_verilog -noattr {{key}}.mutants.v
"""


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change of a design.

    Members:
        design: Key of the design.
        number: Value of :data:`PORT` that switches it on.
        command: Yosys' command that makes it.
    """

    design: str
    number: int
    command: str

    def _option(self, name: str) -> str:
        words = shlex.split(self.command)
        return words[words.index(f"-{name}") + 1] if f"-{name}" in words else ""

    @property
    def mode(self) -> str:
        """Kind of change: ``inv``, ``const0``, ``const1``, ``cnot0``, ``cnot1``."""
        return self._option("mode")

    @property
    def module(self) -> str:
        """Module that is changed."""
        return self._option("module")

    def __str__(self) -> str:
        parts = [f"{self._option('cell')}.{self._option('port')}[{self._option('portbit')}]"]
        if control := self._option("ctrlbit"):
            parts.append(f"by [{control}]")
        if wire := self._option("wire"):
            parts.append(f"wire {wire}[{self._option('wirebit')}]")
        return f"{self.design}: {self.mode} {self.module} {' '.join(parts)}"


def mutate(
    designs: Mapping[str, Design], counts: Mapping[str, int], seed: int, folder: Path
) -> tuple[dict[str, Design], list[Mutant]]:
    """Designs with the input :data:`PORT`, and their mutants, numbered from 1 on.

    A change of a bit without a value, in a branch that is never taken, makes no mutant.

    Parameters:
        designs: The designs, each under a key of its own.
        counts: How many mutants to make of each.
        seed: Decides which ones.
        folder: Where Yosys works, and leaves what it made.
    """
    script, first = "", 1
    for key, design in designs.items():
        # Whatever a register holds before the reset, not what the reset gives it.
        text = INITIAL.sub(r"\1~\2", SECOND_NAME.sub("", design.verilog))
        (folder / f"{key}.v").write_text(text)
        cells = "t:*"
        if design.description.unit == "core":  # the engine is a design by itself
            cells = f"{design.name}/t:* {design.name}.*/t:* {design.name}.gemm*/t:* %d"
        script += SCRIPT.format(
            key=key, top=design.name, count=counts[key], seed=seed, first=first, cells=cells
        )
        first += counts[key]
    run_yosys(script, folder, folder / "yosys.log", timeout=600)
    made, mutants = {}, []
    for key, design in designs.items():
        text = (folder / f"{key}.mutants.v").read_text()
        idle = _without_value(text)
        for command in (folder / f"{key}.list").read_text().splitlines():
            (number,) = re.findall(rf"-ctrl {PORT} {WIDTH} (\d+)", command)
            if int(number) not in idle:
                mutants.append(Mutant(key, int(number), command))
        # A wire of which one bit depends on another one looks like a loop.
        rules = ("", " -rule UNOPTFLAT")
        lines = [f'lint_off{rule} -file "*{design.name}.v"' for rule in rules]
        control = "\n".join(["`verilator_config", *lines, ""])
        made[key] = dataclasses.replace(design, verilog=text, control=control)
    return made, mutants


def _without_value(text: str) -> set[int]:
    """Numbers of the mutants of a netlist that change a bit that is ``x``."""
    found: set[int] = set()
    for module in text.split("endmodule"):
        chosen = re.findall(rf"assign (\S+) = {PORT} == {WIDTH}'h(\w+);", module)
        numbers = {wire: int(number, 16) for wire, number in chosen}
        found |= {
            numbers[wire]
            for wire in re.findall(r"= (\S+) \? \S+ : 1'hx;", module)
            if wire in numbers
        }
    return found

"""Mutants of generated Verilog: one netlist has all mutants of a design; an input selects one."""

import dataclasses
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys
from hbfp_hw.generation.design import Design

PORT = "mutsel"
"""Input that selects a mutant by its number; 0 selects the unchanged design."""

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
    """One planted fault.

    Members:
        design: Key of the design.
        number: Value of :data:`PORT` that selects it.
        command: Yosys command that plants it.
    """

    design: str
    number: int
    command: str

    def _option(self, name: str) -> str:
        words = shlex.split(self.command)
        return words[words.index(f"-{name}") + 1] if f"-{name}" in words else ""

    @property
    def mode(self) -> str:
        """Kind of fault: ``inv``, ``const0``, ``const1``, ``cnot0`` or ``cnot1``."""
        return self._option("mode")

    @property
    def module(self) -> str:
        """Module with the fault."""
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
    """Return the designs with the input :data:`PORT`, and their mutants, numbered from 1.

    Faults in bits that are ``x``, in branches that are never taken, are left out.

    Parameters:
        designs: The designs, by key.
        counts: Number of mutants of each design.
        seed: Seed that decides which mutants are made.
        folder: Where Yosys works and leaves its files.
    """
    script, first = "", 1
    for key, design in designs.items():
        # Registers start with the inverse of their reset values, so that a fault in the reset
        # shows.
        text = INITIAL.sub(r"\1~\2", SECOND_NAME.sub("", design.verilog))
        (folder / f"{key}.v").write_text(text)
        cells = "t:*"
        if design.description.unit == "core":  # other designs cover the engine
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
        # Verilator takes a wire with bits that depend on its other bits for a loop.
        rules = ("", " -rule UNOPTFLAT")
        lines = [f'lint_off{rule} -file "*{design.name}.v"' for rule in rules]
        control = "\n".join(["`verilator_config", *lines, ""])
        made[key] = dataclasses.replace(design, verilog=text, control=control)
    return made, mutants


def _without_value(text: str) -> set[int]:
    """Return the numbers of the mutants of a netlist that change a bit that is ``x``."""
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

"""Yosys commands that map a wrapped unit to cells."""

from hbfp_hw.area.scripts import MEMORY
from hbfp_hw.ppa.efforts import Effort, abc_script
from hbfp_hw.ppa.wrapper import PATH, SHELL

NETLIST, VERILOG = "netlist.json", "netlist.v"
"""Files of the netlist: the path in cells between the registers of the shell."""

PATH_GATES, PATH_CELLS = "path_gates.json", "path_cells.json"
"""Files of the path without added ranks: in generic gates, and in cells."""

STAGES = "stages.json"
"""File of the path in cells with flops between its stages."""

STAGES_GATES, STAGES_CELLS = "stages_gates.json", "stages_cells.json"
"""Files of the path with added ranks: in generic gates, and in cells."""

FROM_VERILOG = f"""\
read_verilog -sv path.v
hierarchy -check -top {PATH}
synth -flatten -noabc -run begin:fine
chtype -set {MEMORY} t:$mem_v2
synth -flatten -noabc -run fine:check
delete t:$scopeinfo
async2sync
setattr -unset init w:*
opt -fast
dfflegalize -cell $_DFF_P_ x
opt_clean -purge
design -save gates
"""
"""Commands that map the Verilog of a path to generic gates and one flop type.

The initial values of registers are dropped, as the flops of a cell library have none. A register
that takes a constant, such as ``valid`` of a stage that never stalls, becomes that constant.
"""

FROM_STAGES = f"""\
read_liberty -ignore_miss_func cells.lib
read_json {STAGES}
hierarchy -check -top {PATH}
flatten
delete t:$scopeinfo
delete A:liberty_cell
opt_clean -purge
design -save gates
"""
"""Commands that turn a path in cells with flops between its stages into generic gates."""

_TO_CELLS = """\
dfflibmap -liberty cells.lib
abc -liberty cells.lib -constr drive.txt {target}{script}
opt_clean -purge
write_json -selected {cells}
"""

_INTO_SHELL = f"""\
read_liberty -lib -ignore_miss_func cells.lib
read_verilog shell.v
hierarchy -top {SHELL}
proc
flatten
delete t:$scopeinfo
simplemap t:$dff
dfflibmap -liberty cells.lib
opt_clean -purge
splitnets
opt_clean -purge
rename -enumerate -pattern n% w:*
rename -enumerate -pattern u% c:*
select {SHELL}
write_verilog -selected -noattr -noexpr -nohex {VERILOG}
write_json -selected {NETLIST}
select -clear
"""

_SAVE_GATES = f"""\
design -load gates
select {PATH}
write_json -selected {{gates}}
"""


def script_without_ranks(effort: Effort, target: float | None) -> str:
    """Return the commands that map a unit to which no rank is added.

    Parameters:
        effort: The effort level.
        target: Delay of the path in ns that is short enough; None for the shortest.
    """
    to_cells = _to_cells(effort.final, target, PATH_CELLS)
    return FROM_VERILOG + to_cells + _INTO_SHELL + _SAVE_GATES.format(gates=PATH_GATES)


def scripts_with_ranks(effort: Effort, target: float | None) -> tuple[str, str]:
    """Return the commands before ranks are added to a unit, and those afterwards.

    Parameters:
        effort: The effort level.
        target: Delay of a stage in ns that is short enough; None for the shortest.
    """
    first = FROM_VERILOG + _to_cells(effort.first, None, PATH_CELLS)
    first += _SAVE_GATES.format(gates=PATH_GATES)
    second = FROM_STAGES + _to_cells(effort.final, target, STAGES_CELLS) + _INTO_SHELL
    return first, second + _SAVE_GATES.format(gates=STAGES_GATES)


def _to_cells(commands: str, target: float | None, cells: str) -> str:
    option = "" if target is None else f"-D {round(target * 1000)} "
    script = abc_script(commands)
    return _TO_CELLS.format(target=option, script=script, cells=cells)

"""OpenSTA on netlists with wires, to compare the timing analysis with."""

import re
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from hbfp_hw.helpers.processes import run_process
from hbfp_hw.ppa.netlist import ONE, ZERO, Netlist
from tests.ppa.circuits import CLOCK

PERIOD = 100.0
"""Clock period in ns, longer than any path."""

CONSTANTS = {ZERO: "1'b0", ONE: "1'b1"}

needs_opensta = pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed")

SPEF_HEAD = """\
*SPEF "IEEE 1481-1998"
*DESIGN "circuit"
*DATE "today"
*VENDOR "none"
*PROGRAM "none"
*VERSION "1"
*DESIGN_FLOW "none"
*DIVIDER /
*DELIMITER :
*BUS_DELIMITER [ ]
*T_UNIT 1 NS
*C_UNIT 1 PF
*R_UNIT 1 OHM
*L_UNIT 1 HENRY
"""

SCRIPT = """\
read_liberty {liberty}
read_verilog netlist.v
link_design circuit
create_clock -name c -period {period} {clock}
set_clock_transition {slew} [get_clocks c]
set_input_delay 0 -clock c [all_inputs]
set_input_transition {slew} [all_inputs]
set_output_delay 0 -clock c [all_outputs]
{loads}
{spef}
report_worst_slack -digits 6
exit
"""


def smallest_period(
    netlist: Netlist,
    liberty: Path,
    folder: Path,
    *,
    wires: Mapping[int, float],
    output_load: float,
    slew: float,
) -> float:
    """Return the smallest clock period in ns according to OpenSTA.

    The loads of output ports that share a net are added up. A wire has its capacitance at its
    driver and a thousandth of an ohm to each input: without a resistor to it, OpenSTA leaves out
    the capacitance of that input.
    """
    inputs = {net for nets in netlist.inputs.values() for net in nets}
    outputs = Counter(net for nets in netlist.outputs.values() for net in nets)
    for net in (ZERO, ONE, *inputs):
        del outputs[net]  # no gate drives it, and a port of this name may exist already
    (folder / "netlist.v").write_text(_verilog(netlist, inputs, set(outputs)))
    (folder / "wires.spef").write_text(_spef(netlist, set(outputs), wires))
    (folder / "run.tcl").write_text(
        SCRIPT.format(
            liberty=liberty.resolve(),
            period=PERIOD,
            clock=f"[get_ports n{CLOCK}]" if netlist.flops else "",
            slew=slew,
            loads="\n".join(
                f"set_load {count * output_load} [get_ports n{net}]"
                for net, count in outputs.items()
            ),
            spef="read_spef wires.spef" if wires else "",
        )
    )
    log = folder / "sta.log"
    run_process(["sta", "-no_splash", "-exit", "run.tcl"], cwd=folder, log=log, timeout=120)
    return PERIOD - float(re.findall(r"worst slack\s+(-?[\d.]+)", log.read_text())[0])


def _verilog(netlist: Netlist, inputs: set[int], outputs: set[int]) -> str:
    """Return a netlist whose nets, ports of one bit and gates have plain names."""
    inputs = inputs | ({CLOCK} if netlist.flops else set())
    lines = [f"module circuit({', '.join(f'n{net}' for net in sorted(inputs | outputs))});"]
    lines += [f"input n{net};" for net in sorted(inputs)]
    lines += [f"output n{net};" for net in sorted(outputs)]
    lines += [f"wire n{net};" for net in netlist.drivers if net not in outputs]
    for number, gate in enumerate(netlist.gates):
        pins = ", ".join(
            f".{pin}({CONSTANTS.get(net, f'n{net}')})"
            for pin, net in {**gate.inputs, **gate.outputs}.items()
        )
        lines.append(f"{gate.cell.name} u{number} ({pins});")
    return "\n".join([*lines, "endmodule", ""])


def _spef(netlist: Netlist, outputs: set[int], wires: Mapping[int, float]) -> str:
    """Return the wires of all nets that a gate drives."""
    lines = [SPEF_HEAD]
    for net, driver in netlist.drivers.items():
        (pin,) = (pin for pin, n in netlist.gates[driver].outputs.items() if n == net)
        start = f"u{driver}:{pin}"
        capacitance = wires.get(net, 0.0)
        ends = [f"u{number}:{pin}" for number, pin in netlist.readers.get(net, ())]
        ports = [f"n{net}"] if net in outputs else []
        lines += [f"*D_NET n{net} {capacitance:.9f}", "*CONN", f"*I {start} O"]
        lines += [f"*I {end} I" for end in ends] + [f"*P {port} O" for port in ports]
        lines += ["*CAP", f"1 {start} {capacitance:.9f}", "*RES"]
        lines += [f"{k} {start} {end} 0.001" for k, end in enumerate(ends + ports, 1)]
        lines += ["*END", ""]
    return "\n".join(lines)

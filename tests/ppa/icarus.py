"""Toggles of a netlist from Icarus Verilog with delays from SDF, as the independent path."""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.helpers.processes import run_process
from hbfp_hw.ppa.glitches import Delays
from hbfp_hw.ppa.liberty import Cell
from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.ppa.sdf import sdf_text
from hbfp_hw.simulate.toolchain import find_icarus

FLOP = """\
  reg state;
  initial state = 0;
  always @(posedge {clock}) state <= {data};
  {kind} ({output}, state);
"""

BENCH = """\
`timescale 1ps/1ps
module bench;
  reg clk;
  reg [{top}:0] row;
  reg [{top}:0] rows [0:{last}];
  integer cycle;
  dut dut(.clk(clk), .row(row));
  initial begin
    $sdf_annotate("delays.sdf", dut);
    $readmemb("rows.txt", rows);
    $dumpfile("waves.vcd");
    $dumpvars(1, dut);
    clk = 0;
    row = rows[0];
    #{period};
    for (cycle = 1; cycle <= {last}; cycle = cycle + 1) begin
      clk = 1;
      row <= rows[cycle];
      #{half};
      clk = 0;
      #{half};
    end
    $finish;
  end
endmodule
"""


def icarus_toggles(
    netlist: Netlist,
    stimulus: Mapping[str, NDArray[np.bool_]],
    delays: Delays,
    folder: Path,
    *,
    period: float,
    skip: int = 0,
) -> NDArray[np.int64]:
    """Return the rising and falling edges of each net but the clock, (nets, 2).

    Parameters:
        netlist: The netlist, with one flop or more.
        stimulus: Values of each input port of one stream, (1, cycles, width).
        delays: Delays of gates and flops in ns.
        folder: Folder for the files of the simulation.
        period: Period of the clock in ns.
        skip: Clock edges at the start that are left out of the counts.
    """
    rows = np.concatenate([stimulus[port][0] for port in netlist.inputs], axis=1)
    cycles, width = rows.shape
    lines = ["".join("01"[int(bit)] for bit in row[::-1]) for row in rows]
    (folder / "rows.txt").write_text("\n".join(lines) + "\n")
    half = round(period * 500)
    bench = BENCH.format(top=width - 1, last=cycles - 1, period=2 * half, half=half)
    (folder / "design.v").write_text(bench + _models(netlist) + _module(netlist))
    (folder / "delays.sdf").write_text(sdf_text(netlist, delays))
    log = folder / "log.txt"
    program = find_icarus()
    options = ("-g2012", "-gspecify", "-o", "bench")
    run_process([program.iverilog, *options, "design.v"], cwd=folder, log=log)
    run_process([program.vvp, "-n", "bench"], cwd=folder, log=log)
    counts = _edges(folder / "waves.vcd", netlist.nets, start=2 * half * (skip + 1))
    counts[_clocks(netlist)] = 0
    return counts


def _clocks(netlist: Netlist) -> list[int]:
    return sorted({gate.inputs[gate.cell.clock] for gate in netlist.gates if gate.cell.clock})


def _models(netlist: Netlist) -> str:
    """Return Verilog models of the cells in use, with truth tables and path delays."""
    cells = {gate.cell.name: gate.cell for gate in netlist.gates}
    return "`timescale 1ps/1ps\n" + "".join(map(_model, cells.values()))


def _model(cell: Cell) -> str:
    ports = [f"input {pin}" for pin in cell.inputs] + [f"output {pin}" for pin in cell.outputs]
    tables, body, paths = "", "", ""
    for name, output in cell.outputs.items():
        pins = sorted(output.pins) if output.function else [cell.clock]
        paths += "".join(f"    ({pin} => {name}) = (0, 0);\n" for pin in pins)
        if output.function is None:
            kind = "not" if output.inverted else "buf"
            body += FLOP.format(clock=cell.clock, data=cell.data, output=name, kind=kind)
            continue
        table = f"table_{cell.name}_{name}"
        rows = ""
        for bits in itertools.product((0, 1), repeat=len(pins)):
            values = {p: np.array([bit], np.uint64) for p, bit in zip(pins, bits, strict=True)}
            rows += f"    {' '.join(map(str, bits))} : {int(output.function(values)[0]) & 1};\n"
        tables += f"primitive {table}(y, {', '.join(pins)});\n  output y;\n"
        tables += f"  input {', '.join(pins)};\n  table\n{rows}  endtable\nendprimitive\n"
        body += f"  {table} u_{name}({name}, {', '.join(pins)});\n"
    specify = f"  specify\n{paths}  endspecify\n"
    return f"{tables}module {cell.name}({', '.join(ports)});\n{body}{specify}endmodule\n"


def _module(netlist: Netlist) -> str:
    """Return the netlist as Verilog: net k is called nk, gate k is called gk."""
    lines = [f"wire n{net};" for net in range(netlist.nets)]
    lines += ["assign n0 = 0;", "assign n1 = 1;"]
    ports = [net for nets in netlist.inputs.values() for net in nets]
    lines += [f"assign n{net} = row[{bit}];" for bit, net in enumerate(ports)]
    lines += [f"assign n{net} = clk;" for net in _clocks(netlist)]
    for number, gate in enumerate(netlist.gates):
        nets = [*gate.inputs.items(), *gate.outputs.items()]
        pins = ", ".join(f".{pin}(n{net})" for pin, net in nets)
        lines.append(f"{gate.cell.name} g{number}({pins});")
    text = "\n".join(f"  {line}" for line in lines)
    return f"module dut(input clk, input [{len(ports) - 1}:0] row);\n{text}\nendmodule\n"


def _edges(waves: Path, nets: int, start: int) -> NDArray[np.int64]:
    """Return the edges of each net in a VCD file from a time in ps on."""
    net_of: dict[str, list[int]] = defaultdict(list)
    value: dict[str, str] = {}
    counts = np.zeros((nets, 2), np.int64)
    now = 0
    with waves.open() as lines:
        for line in lines:
            words = line.split()
            if line.startswith("$var"):
                if words[4].startswith("n") and words[4][1:].isdigit():
                    net_of[words[3]].append(int(words[4][1:]))
            elif line[0] == "#":
                now = int(line[1:])
            elif line[0] in "01xz" and line[1:].strip() in net_of:
                code, bit = line[1:].strip(), line[0]
                if now >= start and {bit, value.get(code)} == {"0", "1"}:
                    for net in net_of[code]:
                        counts[net, "10".index(bit)] += 1
                value[code] = bit
    return counts

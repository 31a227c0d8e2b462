"""Yosys scripts of the area measurements. Figures of different scripts cannot be compared."""

import hashlib

MEMORY = "hbfp_memory"
"""Cell type that memories get while the logic around them is synthesised.

No Yosys command knows this type, so Yosys treats each port of a memory as used. It keeps the logic
at the ports and does not turn the memory into flops.
"""

ABC = '-script "+strash;dc2;amap,-m"'
"""Script for ABC. The default one runs SAT sweeping, which takes minutes on multiplier arrays."""

READ = """\
read_verilog -sv design.v
hierarchy -check -top {top}
"""
"""Commands that read a design."""


def _to_gates(flatten: str, memories: str) -> str:
    """Return commands that map a design to generic gates and one flop type, and list memories.

    Parameters:
        flatten: ``-flatten``, or nothing to keep the modules.
        memories: File that gets the list of memories.
    """
    return f"""\
synth {flatten} -noabc -run begin:fine
dump -o {memories} t:$mem_v2
chtype -set {MEMORY} t:$mem_v2
synth {flatten} -noabc -run fine:check
delete t:$scopeinfo
async2sync
dfflegalize -cell $_DFF_P_ 01
opt_clean
"""


_MAP = f"""\
abc -g cmos4 {ABC}
opt_clean
"""
"""Commands that map generic gates to gates with a transistor count."""

SYNTHESIS = f"""\
{READ}\
{_to_gates("-flatten", "memories.txt")}\
design -save gates
{_MAP}\
tee -q -o depth.txt ltp -noff
delete t:{MEMORY}
tee -q -o flat.json stat -json -tech cmos
design -load gates
dfflibmap -liberty cells.lib
abc -liberty cells.lib {ABC}
opt_clean
delete t:{MEMORY}
tee -q -o liberty.json stat -json -liberty cells.lib
design -reset
{READ}\
{_to_gates("", "memories_by_module.txt")}\
{_MAP}\
delete t:{MEMORY}
tee -q -o modules.json stat -json -tech cmos
select c:* t:$* %d
write_json -selected instances.json
"""
"""Area script: figures of the flat design, then transistors by module.

The flat design comes first. Yosys visits cells in the order of their internal names, so any command
before it, even one that writes the design as JSON, moves its figures by a few tenths of a percent.
"""

PROBE = f"""\
read_verilog probe.v
synth -noabc
dfflegalize -cell $_DFF_P_ 01
dfflibmap -liberty cells.lib
abc -liberty cells.lib {ABC}
opt_clean
tee -q -o probe.json stat -json -liberty cells.lib
"""
"""Script that maps a NAND and a flop to a library and reports the area of each."""

PROBE_VERILOG = """\
module nand2(input a, input b, output y);
  assign y = ~(a & b);
endmodule
module flop(input clk, input d, output reg q);
  always @(posedge clk) q <= d;
endmodule
"""
"""Verilog for :data:`PROBE`."""

FPGA = {
    # No multiplier blocks: with them, the lookup tables of two units could not be compared.
    "ecp5": "synth_ecp5 -nodsp -top {top}",
    "ice40": "synth_ice40 -top {top}",
}
"""Synthesis command of each FPGA family."""

FPGA_SYNTHESIS = """\
read_verilog -sv design.v
{synth}
delete t:$scopeinfo
tee -q -o fpga.json stat -json
"""
"""Script that counts FPGA resources, with a command of :data:`FPGA` in place of ``{synth}``."""


def script_hash(script: str) -> str:
    """Return the hash that identifies a script in results."""
    return hashlib.sha256(script.encode()).hexdigest()[:16]

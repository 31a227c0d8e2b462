"""Yosys scripts. Figures of different scripts cannot be compared."""

import hashlib

MEMORY = "hbfp_memory"
"""Cell type that memories get while the logic around them is synthesised.

No pass knows this type, so Yosys treats each port of a memory as used. It keeps the logic at the
ports and does not turn the memory into flops.
"""

ABC = '-script "+strash;dc2;amap,-m"'
"""ABC script. ABC's default one sweeps by SAT, which takes minutes on multiplier arrays."""

READ = """\
read_verilog -sv design.v
hierarchy -check -top {top}
"""


def _to_gates(flatten: str, memories: str) -> str:
    """Return commands that map a design to generic gates and one flop type, and list memories."""
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

The flat design comes first. Passes visit cells in the order of their internal names, so any command
before it, even writing the design as JSON, moves its figures by a few tenths of a percent.
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
"""Script that maps a NAND and a flop to a library and reports their areas."""

PROBE_VERILOG = """\
module nand2(input a, input b, output y);
  assign y = ~(a & b);
endmodule
module flop(input clk, input d, output reg q);
  always @(posedge clk) q <= d;
endmodule
"""

FPGA = {
    # Without multiplier blocks, so that the lookup tables of units can be compared.
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


def script_hash(script: str) -> str:
    """Return the hash that identifies a script in results."""
    return hashlib.sha256(script.encode()).hexdigest()[:16]

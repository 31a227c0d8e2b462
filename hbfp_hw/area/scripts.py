"""The scripts that decide the numbers; what one measured compares with nothing else."""

import hashlib

MEMORY = "hbfp_memory"
"""Type of memory cells while the logic around them is synthesised: one that no pass knows.

So every port of a memory counts as read and as driven, and neither the logic behind its ports nor
the memory itself is touched.
"""

ABC = '-script "+strash;dc2;amap,-m"'
"""ABC's steps. Its default ones sweep by SAT, which takes minutes on arrays of multipliers."""

READ = """\
read_verilog -sv design.v
hierarchy -check -top {top}
"""


def _to_gates(flatten: str, memories: str) -> str:
    """From modules to generic gates and one kind of flop, with memories set apart and listed."""
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
"""Of a flat design transistors, cells, depth, area and memories; then transistors by module.

The flat design comes first: what is done before it can change its figures by a few tenths of a
percent, as the passes visit cells in the order of their internal names. So it may not be written
as JSON before, which sorts it.
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
"""A NAND and a flop, mapped to a library: whether it has them, and how large they are."""

PROBE_VERILOG = """\
module nand2(input a, input b, output y);
  assign y = ~(a & b);
endmodule
module flop(input clk, input d, output reg q);
  always @(posedge clk) q <= d;
endmodule
"""

FPGA = {
    # No multiplier blocks, so that the lookup tables of all units compare.
    "ecp5": "synth_ecp5 -nodsp -top {top}",
    "ice40": "synth_ice40 -top {top}",
}
"""Synthesis for FPGA families."""

FPGA_SYNTHESIS = """\
read_verilog -sv design.v
{synth}
delete t:$scopeinfo
tee -q -o fpga.json stat -json
"""


def script_hash(script: str) -> str:
    """Hash that names a script in reports and in the cache."""
    return hashlib.sha256(script.encode()).hexdigest()[:16]

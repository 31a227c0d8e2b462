"""Area of hand-written Verilog in another number format, measured by the same script as our units.

    python examples/new_format/run.py

``fp4_dot.v`` adds up the products of eight pairs of FP4 numbers exactly. The unit ``dot`` does the
same with eight pairs of 4-bit mantissas. The script prints the transistors of both, in all and per
lane.
"""

from pathlib import Path

from hbfp_hw import HBFPFormat
from hbfp_hw.area import PUBLIC, VerilogSource, load_library, measure
from hbfp_hw.area.synthesis import synthesise
from hbfp_hw.rtl import Dot

LANES = 8
VERILOG = Path(__file__).with_name("fp4_dot.v")


def main() -> None:
    figures, _ = synthesise(VerilogSource.of_text(VERILOG.read_text(), "fp4_dot"), load_library())
    ours = measure(Dot(HBFPFormat(4, LANES), pipeline=0))
    for name, transistors in (("fp4_dot", figures["transistors"]), ("dot", ours.transistors)):
        per_mac = transistors / LANES
        print(
            f"{name:8} {transistors:6} transistors, {per_mac:6.1f} for each of {LANES} lanes, "
            f"1/{PUBLIC['fp32'] / per_mac:.0f} of the best public FP32 multiply-add"
        )


if __name__ == "__main__":
    main()

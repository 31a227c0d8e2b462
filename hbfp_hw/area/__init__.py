"""Area of generated hardware, measured by Yosys: transistors, gates, depth, FPGA resources."""

from hbfp_hw.area.library import Library, load_library
from hbfp_hw.area.measure import measure, measure_all
from hbfp_hw.area.result import PUBLIC, AreaResult
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.yosys import SynthesisError

__all__ = [
    "PUBLIC",
    "AreaResult",
    "Library",
    "SynthesisError",
    "VerilogSource",
    "load_library",
    "measure",
    "measure_all",
]

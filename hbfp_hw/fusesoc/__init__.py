"""Files by which generated designs enter other flows: FuseSoC cores and timing constraints."""

from hbfp_hw.fusesoc.constraints import with_constraints
from hbfp_hw.fusesoc.core_file import with_core_file

__all__ = ["with_constraints", "with_core_file"]

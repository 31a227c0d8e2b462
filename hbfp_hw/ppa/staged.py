"""Ranks of registers in a unit: cut by hand where it has such stages, else in its netlist."""

from hbfp_hw.helpers.locks import Poll
from hbfp_hw.ppa.wrapper import Wrapped, wrap_unit
from hbfp_hw.rtl import MAC, Unit
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC
from hbfp_hw.rtl.baseline.unit import CUT_POINTS as BASELINE_CUTS
from hbfp_hw.rtl.mac import CUT_POINTS as MAC_CUTS


def wrap_staged(unit: Unit, ranks: int, *, cached: bool = True, poll: Poll = None) -> Wrapped:
    """Return a unit between fixed registers, with ranks between them.

    Parameters:
        unit: The unit.
        ranks: Ranks between the registers of operands and results.
        cached, poll: See :func:`.wrap_unit`.

    Raises:
        TypeError, ValueError: See :func:`.wrap_unit`.
    """
    cut = cut_by_hand(unit, ranks)
    if cut is None:
        return wrap_unit(unit, ranks, cached=cached, poll=poll)
    return wrap_unit(cut, cached=cached, poll=poll)


def cut_by_hand(unit: Unit, ranks: int) -> Unit | None:
    """Return a combinational unit with stages that were cut by hand; None if it has none.

    The unit's last stage registers the result, so a unit with ``pipeline`` P + 1 has P ranks.

    Parameters:
        unit: The unit.
        ranks: Ranks between the registers of operands and results.
    """
    depth = ranks + 1
    match unit:
        case MAC(pipeline=0) if depth in MAC_CUTS:
            return MAC(unit.a, unit.b, pipeline=depth, sign_magnitude=unit.sign_magnitude)
        case FP32MAC(pipeline=0, lanes=1, fused=True) if depth in BASELINE_CUTS:
            return FP32MAC(pipeline=depth)
        case BF16MAC(pipeline=0, lanes=1) if depth in BASELINE_CUTS:
            return BF16MAC(accumulate=unit.accumulate, pipeline=depth)
    return None

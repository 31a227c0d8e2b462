"""Parts of a data path in a flat netlist, told by the operands that reach each gate.

Mapping drops the names of instances, but not what a gate computes from. A gate that one lane of the
operands reaches belongs to a multiplier, one that several lanes reach to the tree, and so on.
"""

from collections.abc import Sequence

from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.rtl.fields import Field

ADDEND = "c"
"""Field with the number that a unit adds to its product."""

EXPONENT = "exponent"
"""Last component of the names of fields with the shared exponent of a block."""


def parts_by_operands(netlist: Netlist, port: str, fields: Sequence[Field]) -> dict[str, str]:
    """Return the part of each gate by its name, for a dot product or a multiply-add.

    The parts are those of a breakdown by area: ``registers`` (flops), ``multipliers`` (one lane of
    the mantissas or factors reaches the gate), ``tree`` (several lanes), ``exponent`` (only shared
    exponents), ``normalise`` (lanes and exponents), ``accumulate`` (the addend ``c``), and
    ``other`` (no operand).

    Parameters:
        netlist: The netlist.
        port: Input port with the operands.
        fields: Fields of the port's payload.

    Raises:
        ValueError: The netlist does not have the port, or the fields do not fit it.
    """
    nets = netlist.inputs.get(port)
    if nets is None:
        raise ValueError(f"Port of the operands must be an input of {netlist.name}, not {port!r}")
    if max(field["offset"] + field["width"] * field["count"] for field in fields) > len(nets):
        raise ValueError(f"Fields of {port} must fit its {len(nets)} bits")
    reached = [0] * netlist.nets
    lanes = max(field["count"] for field in fields)
    exponent, addend = 1 << lanes, 1 << (lanes + 1)
    for field in fields:
        for bit in range(field["width"] * field["count"]):
            if field["name"] == ADDEND:
                mark = addend
            elif field["name"].split(".")[-1] == EXPONENT:
                mark = exponent
            else:
                mark = 1 << (bit // field["width"])
            reached[nets[field["offset"] + bit]] |= mark
    _spread(netlist, reached)
    return {
        gate.name: "registers"
        if gate.cell.clock
        else _part(reached[next(iter(gate.outputs.values()))], exponent, addend)
        for gate in netlist.gates
        if gate.outputs
    }


def _spread(netlist: Netlist, reached: list[int]) -> None:
    """Pass the marks of the operands on through gates and flops, until none is new."""
    reached[:2] = [0, 0]  # constants, which may stand at an unused bit of the port
    order = [*netlist.order, *netlist.flops]
    changed = True
    while changed:
        changed = False
        for number in order:
            gate = netlist.gates[number]
            marks = 0
            for pin, net in gate.inputs.items():
                if pin != gate.cell.clock:
                    marks |= reached[net]
            for net in gate.outputs.values():
                if marks & ~reached[net]:
                    reached[net] |= marks
                    changed = True


def _part(marks: int, exponent: int, addend: int) -> str:
    lanes = (marks & (exponent - 1)).bit_count()
    if marks & addend:
        return "accumulate"
    if marks & exponent:
        return "normalise" if lanes else "exponent"
    if lanes:
        return "multipliers" if lanes == 1 else "tree"
    return "other"

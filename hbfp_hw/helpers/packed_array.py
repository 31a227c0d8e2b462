"""Arrays of equal elements in payloads and registers."""

from typing import Any

from amaranth.hdl import Format, Value, ValueCastable
from amaranth.lib import data


class PackedArray(data.ArrayLayout):
    """Layout of an array, shown as the one number that all its elements make.

    Otherwise Amaranth describes each element of each signal once more, as a name of its own that
    nothing in the Verilog reads.

    Parameters:
        elem_shape: Shape of an element.
        length: Number of elements; the first one has the lowest bits.
    """

    def format(self, value: ValueCastable, format_spec: str) -> Any:
        """How the array is shown and named: as a whole."""
        return Format(f"{{:{format_spec}}}", Value.cast(value))

"""Array layouts that Amaranth shows as one number."""

from typing import Any

from amaranth.hdl import Format, Value, ValueCastable
from amaranth.lib import data


class PackedArray(data.ArrayLayout):
    """Layout of an array of equal elements, shown as one number, the concatenation of the elements.

    Amaranth's own layout emits an extra wire for each element, which no Verilog reads.

    Parameters:
        elem_shape: Shape of an element.
        length: Number of elements; the first one has the lowest bits.
    """

    def format(self, value: ValueCastable, format_spec: str) -> Any:
        """Return the array as one number."""
        return Format(f"{{:{format_spec}}}", Value.cast(value))

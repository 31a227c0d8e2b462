"""Register ranks at cut points of a combinational data path."""

from amaranth.hdl import Const, Module, Signal, Value


class Ranks:
    """Registers at the cut points of a data path.

    A data path is written once, with cut points numbered from 1 along it. Each point is open, or
    has a rank of registers. A value that is made before a point and used after it is registered
    there, by :meth:`carry`.

    Parameters:
        m: Module that gets the registers.
        enables: Enable of each rank, by the number of its cut point; the other points are open.
    """

    def __init__(self, m: Module, enables: dict[int, Value]):
        self._m = m
        self._enables = enables

    def __bool__(self) -> bool:
        """Return whether there is any rank."""
        return bool(self._enables)

    def carry(self, value: Value, first: int, last: int) -> Value:
        """Return a value behind the cut points ``first`` to ``last``.

        A constant, and a value with no rank between, are returned as they are.
        """
        for point in range(first, last + 1):
            enable = self._enables.get(point)
            if enable is not None and not isinstance(value, Const):
                register = Signal.like(value, name="registered", reset_less=True)
                with self._m.If(enable):
                    self._m.d.sync += register.eq(value)
                value = register
        return value

"""Elastic pipeline registers for valid/ready streams."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib.stream import Interface


class Pipeline:
    """The handshake of a chain of combinational stages with registers in between.

    Start it on an input stream, call :meth:`cut` wherever a register stage belongs, and end it with
    :meth:`connect`. Each stage moves on when it is empty or the next one takes its data, so the
    throughput is one transfer per cycle and bubbles close up under back-pressure.

    Parameters:
        m: Module that gets the logic.
        source: Input stream.
    """

    def __init__(self, m: Module, source: Interface):
        self._m = m
        self._valid = source.valid
        self._ready = source.ready

    def cut(self, values: Sequence[Value]) -> list[Value]:
        """Registered copies of the values, one stage later; constants stay what they are."""
        valid, ready = Signal(), Signal()
        copies = [
            value if isinstance(value, Const) else Signal.like(value, reset_less=True)
            for value in values
        ]
        self._m.d.comb += self._ready.eq(~valid | ready)
        with self._m.If(self._ready):
            self._m.d.sync += valid.eq(self._valid)
            self._m.d.sync += [
                copy.eq(value)
                for copy, value in zip(copies, values, strict=True)
                if copy is not value
            ]
        self._valid, self._ready = valid, ready
        return list(copies)

    def connect(self, sink: Interface) -> None:
        """Hand the last stage's handshake to the output stream."""
        self._m.d.comb += [sink.valid.eq(self._valid), self._ready.eq(sink.ready)]

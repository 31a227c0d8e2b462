"""Elastic pipeline registers for valid/ready streams."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Const, Module, ShapeLike, Signal, Value
from amaranth.lib.stream import Interface
from amaranth.lib.wiring import connect, flipped

from hbfp_hw.rtl.result_queue import ResultQueue


class Pipeline:
    """Handshake of a chain of combinational stages with registers between them.

    Create it on an input stream, call :meth:`cut` wherever a register stage belongs, and end with
    :meth:`connect`. A stage advances when it is empty or the next one takes its data: throughput
    is one transfer per cycle, and bubbles close up under back-pressure.

    Parameters:
        m: Module that gets the logic.
        source: Input stream.
    """

    def __init__(self, m: Module, source: Interface):
        self._m = m
        self._valid = source.valid
        self._ready = source.ready

    def cut(self, values: Sequence[Value]) -> list[Value]:
        """Return registered copies of the values, one stage later; constants are returned as is."""
        valid = Signal()
        ready = Signal()
        copies = _registers(values)
        self._m.d.comb += self._ready.eq(~valid | ready)
        with self._m.If(self._ready):
            self._m.d.sync += valid.eq(self._valid)
            self._m.d.sync += _load(copies, values)
        self._valid, self._ready = valid, ready
        return copies

    def advance(self) -> Value:
        """Begin a stage without registers; return the enable of those that the caller makes."""
        valid = Signal()
        ready = Signal()
        enable = self._ready
        self._m.d.comb += enable.eq(~valid | ready)
        with self._m.If(enable):
            self._m.d.sync += valid.eq(self._valid)
        self._valid, self._ready = valid, ready
        return enable

    def connect(self, sink: Interface) -> None:
        """Connect the last stage's handshake to the output stream."""
        self._m.d.comb += [sink.valid.eq(self._valid), self._ready.eq(sink.ready)]


class FreePipeline:
    """Chain of stages that never stall, with a queue for results that are not taken.

    It is used like :class:`Pipeline`, and its latency is one cycle more. A transfer is accepted
    only if the queue will have room for its result. Therefore ``ready`` is a register, no register
    of the stages has an enable, and no combinational path runs against the data.

    Parameters:
        m: Module that gets the logic.
        source: Input stream.
        shape: Payload of the results.
        stages: Register stages.

    Members:
        results: Payload of the last stage; the user drives it.
    """

    def __init__(self, m: Module, source: Interface, shape: ShapeLike, stages: int):
        self._m = m
        m.submodules.queue = self._queue = queue = ResultQueue(shape, stages)
        self._valid: Value = source.valid & queue.room
        self.results = queue.payload
        m.d.comb += [source.ready.eq(queue.room), queue.taken.eq(self._valid)]

    def cut(self, values: Sequence[Value]) -> list[Value]:
        """Return registered copies of the values, one stage later; constants are returned as is."""
        valid = Signal()
        copies = _registers(values)
        self._m.d.sync += [valid.eq(self._valid), *_load(copies, values)]
        self._valid = valid
        return copies

    def connect(self, sink: Interface) -> None:
        """Connect the queue's results to the output stream."""
        self._m.d.comb += self._queue.valid.eq(self._valid)
        connect(self._m, self._queue.o, flipped(sink))


def _registers(values: Sequence[Value]) -> list[Value]:
    return [
        value
        if isinstance(value, Const)
        else Signal.like(value, name="registered", reset_less=True)
        for value in values
    ]


def _load(copies: Sequence[Value], values: Sequence[Value]) -> list[Any]:
    return [copy.eq(value) for copy, value in zip(copies, values, strict=True) if copy is not value]

"""Elastic pipeline registers for valid/ready streams."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Const, Module, ShapeLike, Signal, Value
from amaranth.lib.stream import Interface
from amaranth.lib.wiring import connect, flipped

from hbfp_hw.rtl.result_queue import ResultQueue


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
        valid = Signal()
        ready = Signal()
        copies = _registers(values)
        self._m.d.comb += self._ready.eq(~valid | ready)
        with self._m.If(self._ready):
            self._m.d.sync += valid.eq(self._valid)
            self._m.d.sync += _load(copies, values)
        self._valid, self._ready = valid, ready
        return copies

    def connect(self, sink: Interface) -> None:
        """Hand the last stage's handshake to the output stream."""
        self._m.d.comb += [sink.valid.eq(self._valid), self._ready.eq(sink.ready)]


class FreePipeline:
    """A chain of stages that never stops, with a queue for results that are not taken.

    It is used like :class:`Pipeline`, and its latency is one cycle more. What it takes it never
    holds: it takes only what the queue will have room for. So ``ready`` is a register, no register
    of the stages has an enable, and no path runs against the data.

    Parameters:
        m: Module that gets the logic.
        source: Input stream.
        shape: Payload of the results.
        stages: Register stages.

    Members:
        results: Payload of the last stage, to be driven.
    """

    def __init__(self, m: Module, source: Interface, shape: ShapeLike, stages: int):
        self._m = m
        m.submodules.queue = self._queue = queue = ResultQueue(shape, stages)
        self._valid: Value = source.valid & queue.room
        self.results = queue.payload
        m.d.comb += [source.ready.eq(queue.room), queue.taken.eq(self._valid)]

    def cut(self, values: Sequence[Value]) -> list[Value]:
        """Registered copies of the values, one stage later; constants stay what they are."""
        valid = Signal()
        copies = _registers(values)
        self._m.d.sync += [valid.eq(self._valid), *_load(copies, values)]
        self._valid = valid
        return copies

    def connect(self, sink: Interface) -> None:
        """Hand the queue's results to the output stream."""
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

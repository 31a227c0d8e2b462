"""Test bench of any unit with streams: it sends, receives, and checks handshake and timing."""

from collections.abc import Mapping
from typing import Any

import cocotb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.payload import pack, unpack, words_of
from hbfp_hw.sim import parameters
from hbfp_hw.sim.coverage import write
from hbfp_hw.sim.coverage.units import Inputs, UnitCoverage
from hbfp_hw.sim.streams import (
    StreamSink,
    StreamSource,
    end_of_cycle,
    random_stalls,
    start_clock_and_reset,
)

STALLED_PART = 4
"""Factor by which a test with stalls has fewer transfers: it checks mostly the handshake."""

QUIET_CYCLES = 8
"""Cycles after the last expected output in which a further output fails the test."""


def description() -> DesignDescription:
    """Return the description of the design under test."""
    return DesignDescription.from_json(parameters()["design"])


def design_parameters() -> dict[str, Any]:
    """Return the parameters of the unit under test."""
    return dict(description().parameters)


def formats() -> tuple[HBFPFormat, HBFPFormat]:
    """Return the formats of both operands of the unit under test, equal if it has only one."""
    given = design_parameters()
    widths = given["mantissa_bits"]
    a, b = widths if isinstance(widths, list) else (widths, widths)
    size, exponent_bits = given["block_size"], given["exponent_bits"]
    return HBFPFormat(a, size, exponent_bits), HBFPFormat(b, size, exponent_bits)


def generator(name: str) -> np.random.Generator:
    """Return the random generator of the test of this name, seeded by cocotb's seed."""
    return np.random.default_rng([*name.encode(), cocotb.RANDOM_SEED])


class Bench:
    """Test bench with a source or a sink on every stream of a design.

    Parameters:
        dut: The design.
        stalls: Probability that a stream stalls in a cycle: one for all, or one by name.

    Members:
        sources, sinks: Drivers of the input and output streams, by name.
    """

    def __init__(self, dut: Any, stalls: float | Mapping[str, float] = 0.0):
        self._dut = dut
        self._streams = description().streams
        self._stalled = bool(stalls)
        self.sources: dict[str, StreamSource] = {}
        self.sinks: dict[str, StreamSink] = {}
        for number, (name, stream) in enumerate(self._streams.items()):
            probability = stalls if isinstance(stalls, float) else stalls.get(name, 0.0)
            pattern = random_stalls(probability, cocotb.RANDOM_SEED + number)
            if stream.direction == "in":
                self.sources[name] = StreamSource(dut, name, stalls=pattern)
            else:
                self.sinks[name] = StreamSink(dut, name, stalls=pattern)

    @property
    def transfers(self) -> int:
        """Number of transfers of a test: its ``count``, or a part of it under stalls."""
        return int(parameters()["count"]) // (STALLED_PART if self._stalled else 1)

    async def start(self) -> None:
        """Start the clock and reset the design."""
        await start_clock_and_reset(self._dut)

    def send(self, inputs: Inputs) -> None:
        """Queue operands, given as fields by stream; fields that a stream lacks are ignored."""
        for name, source in self.sources.items():
            fields = self._streams[name].fields
            values = {field["name"]: inputs[name][field["name"]] for field in fields}
            words = pack(fields, values).astype("<u4")
            source.send(int.from_bytes(row.tobytes(), "little") for row in words)

    async def receive(self, count: int, name: str = "o") -> dict[str, NDArray[np.int64]]:
        """Wait for the next outputs of a stream and return their fields."""
        stream = self._streams[name]
        size = 4 * words_of(stream.payload_bits)
        payloads = await self.sinks[name].receive(count)
        raw = b"".join(payload.to_bytes(size, "little") for payload in payloads)
        return unpack(stream.fields, np.frombuffer(raw, np.uint32).reshape(count, -1))

    async def run(self, inputs: Inputs, count: int) -> dict[str, NDArray[np.int64]]:
        """Reset, send the inputs, return ``count`` outputs, and check that no further one comes."""
        await self.start()
        self.send(inputs)
        outputs = await self.receive(count)
        await self.sinks["o"].expect_nothing(QUIET_CYCLES)
        UnitCoverage(description()).inputs(inputs)
        write()
        return outputs

    def check_timing(self, last: ArrayLike | None = None) -> None:
        """Check latency and throughput of a run without stalls.

        Parameters:
            last: Mask of the transfers of the first source that complete an output; None for all.
        """
        (first, *_) = self.sources.values()
        arrivals = np.array(first.cycles)
        assert np.array_equal(np.diff(arrivals), np.ones(len(arrivals) - 1)), (
            "a bubble at the input"
        )
        closing = arrivals if last is None else arrivals[np.asarray(last, bool)]
        latency = np.array(self.sinks["o"].cycles) - closing
        assert set(latency.tolist()) == {description().latency}, latency


async def check_reset(dut: Any, inputs: Inputs, cycles: int = 4 * QUIET_CYCLES) -> None:
    """Fill a design behind a stalled output, reset it, and check that all its content is gone.

    Parameters:
        dut: The design.
        inputs: Fields of the inputs by stream.
        cycles: Cycles in which the first output must arrive before the reset.
    """
    blocked = Bench(dut, {"o": 1.0})
    await blocked.start()
    blocked.send(inputs)
    blocked.sinks["o"].start()
    for _ in range(cycles):
        await end_of_cycle(dut)
    assert dut.o__valid.value == 1, "nothing reached the output"
    dut.rst.value = 1
    for name in blocked.sources:
        getattr(dut, f"{name}__valid").value = 0
    await end_of_cycle(dut)
    await end_of_cycle(dut)
    dut.rst.value = 0
    for source in (*blocked.sources.values(), *blocked.sinks.values()):
        source.stop()
    dut.o__ready.value = 1
    for name in blocked.sources:
        getattr(dut, f"{name}__valid").value = 0
    for _ in range(QUIET_CYCLES):
        await end_of_cycle(dut)
        assert dut.o__valid.value == 0, "an output from before the reset"


def assert_equal(found: ArrayLike, expected: ArrayLike, what: str) -> None:
    """Raise an ``AssertionError`` that names the first differing integer, if any differ."""
    found, expected = np.asarray(found), np.asarray(expected)
    wrong = np.argwhere(found != expected)
    assert not len(wrong), (
        f"{len(wrong)} of {expected.size} {what} differ, first at {wrong[0]}: "
        f"{found[tuple(wrong[0])]} instead of {expected[tuple(wrong[0])]}"
    )

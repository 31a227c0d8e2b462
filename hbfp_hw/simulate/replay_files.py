"""Files of a replay, through which Python exchanges data with the simulator.

``harness.cpp`` (on Verilator) and ``sim/stream_replay.py`` (on Icarus) read and write the same
files: ``job.txt`` with the streams and limits, their operands, stall patterns and results, and
``status.txt`` with the outcome.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hbfp_hw.format import check_integer
from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import ToolError

DEADLOCK_CYCLES = 100_000
"""Cycles without a transfer after which a run ends with an error."""
DRAIN_CYCLES = 16
"""Cycles after the last expected output in which a further output is an error."""
MAX_TRANSFERS = 2**48
"""Largest number of transfers of a stream, small enough for its bytes to be counted in 64 bits."""


class Repeated(NamedTuple):
    """Operands of a stream that sends some of its items more than once, each stored once.

    Members:
        items: uint32 array (items, words): each row is a payload in 32-bit words, the lowest first.
        order: uint32 array (transfers,): the item that each transfer sends.
    """

    items: npt.NDArray[np.uint32]
    order: npt.NDArray[np.uint32]


class Looped(NamedTuple):
    """Operands of a stream that sends given items first, then outputs of the design in their order.

    Members:
        items: uint32 array (items, words): the given items.
        stream: Output stream whose payloads follow; they are cut to the words of the input.
        transfers: Number of transfers of the input in all, given items included.
    """

    items: npt.NDArray[np.uint32]
    stream: str
    transfers: int


Operands = npt.NDArray[np.uint32] | Repeated | Looped


class ReplayFiles:
    """Files of one replay: checked operands before the run, results after it.

    Parameters:
        design, inputs, expected: The same as for :func:`hbfp_hw.simulate.replay`.
        stalls: Stall patterns by stream.

    Members:
        design: The design.
        total: Number of expected output transfers.

    Raises:
        TypeError: An array has the wrong type.
        ValueError: A stream is missing or unknown, or an array does not fit its stream.
    """

    def __init__(
        self,
        design: Design,
        inputs: Mapping[str, Operands],
        expected: Mapping[str, int],
        stalls: Mapping[str, npt.NDArray[np.bool_]],
    ) -> None:
        self.design = design
        self._streams = design.description.streams
        self._bits = {name: s.payload_bits for name, s in self._streams.items()}
        self._sinks = [name for name, s in self._streams.items() if s.direction == "out"]
        sources = [name for name in self._streams if name not in self._sinks]
        _check_names("Inputs", inputs, sources)
        _check_names("Expected", expected, self._sinks)
        if unknown := set(stalls) - set(self._streams):
            raise ValueError(f"Stalls must be of streams of the design, not {sorted(unknown)}")
        for name, operands in inputs.items():
            _check_input(name, operands, self._bits[name])
            if isinstance(operands, Looped):
                self._check_loop(name, operands)
        for name, pattern in stalls.items():
            _check_stalls(name, pattern)
        for name, count in expected.items():
            check_integer(f"Expected transfers of {name!r}", count, 0, MAX_TRANSFERS)
        self._inputs, self._expected, self._stalls = inputs, expected, stalls
        self.total = sum(expected.values())

    def _check_loop(self, name: str, operands: Looped) -> None:
        """Raise unless the output stream exists and its payloads are wide enough for the input."""
        if operands.stream not in self._sinks:
            raise ValueError(
                f"Input {name!r} must take an output stream of {self._sinks}, "
                f"not {operands.stream!r}"
            )
        if self._words(operands.stream) < self._words(name):
            raise ValueError(
                f"Input {name!r} must take payloads of {self._words(name)} words or more, "
                f"not {self._words(operands.stream)} of {operands.stream!r}"
            )
        stored = len(operands.items)
        check_integer(f"Transfers of {name!r}", operands.transfers, stored, MAX_TRANSFERS)

    def write(self, folder: Path) -> None:
        """Write ``job.txt``, the operands and the stall patterns."""
        # A stall pattern may stall a stream this long without a deadlock.
        idle = DEADLOCK_CYCLES + max(map(_longest_run, self._stalls.values()), default=0)
        lines = [f"{idle} {DRAIN_CYCLES}"]
        for name in self._streams:
            pattern = self._stalls.get(name)
            if pattern is not None:
                pattern.astype(np.uint8).tofile(folder / f"{name}.stalls")
            if name in self._sinks:
                direction, count = "out", self._expected[name]
                stored = count
            else:
                direction, count = "in", self._transfers(name)
                stored = self._write_operands(name, folder)
            length = 0 if pattern is None else len(pattern)
            lines.append(f"{name} {direction} {self._words(name)} {count} {length} {stored}")
        write_text(folder / "job.txt", "\n".join(lines) + "\n")

    def _write_operands(self, name: str, folder: Path) -> int:
        """Write the operands of a stream. Return the number of stored items."""
        operands = self._inputs[name]
        if isinstance(operands, Repeated):
            operands.order.astype("<u4", copy=False).tofile(folder / f"{name}.order")
            operands = operands.items
        elif isinstance(operands, Looped):
            write_text(folder / f"{name}.loop", operands.stream)
            operands = operands.items
        operands.astype("<u4", copy=False).tofile(folder / f"{name}.in")
        return len(operands)

    def _transfers(self, name: str) -> int:
        operands = self._inputs[name]
        if isinstance(operands, Looped):
            return operands.transfers
        return len(operands.order if isinstance(operands, Repeated) else operands)

    def received(self, folder: Path) -> int:
        """Return the number of output transfers written so far."""
        count = 0
        for name in self._sinks:
            with contextlib.suppress(FileNotFoundError):
                count += (folder / f"{name}.out").stat().st_size // (4 * self._words(name))
        return count

    def check(self, folder: Path, log: Path) -> int:
        """Return the cycles of the finished run.

        Raises:
            ToolError: The run ended in a deadlock, or the design gave too many outputs.
        """
        head, *counts = (folder / "status.txt").read_text(encoding="utf-8").splitlines()
        outcome, cycles = head.split()
        done = {name: int(count) for name, count in (line.split() for line in counts)}
        if outcome == "completed":
            return int(cycles)
        if outcome == "extra":
            extra = ", ".join(s for s in self._sinks if done[s] > self._expected[s])
            raise ToolError(
                f"{self.design.name} gave more outputs than expected on {extra} by cycle {cycles}",
                log=log,
            )
        waiting = []
        for name in self._streams:
            want = self._expected[name] if name in self._sinks else self._transfers(name)
            if done[name] < want:
                waiting.append(f"{name} ({done[name]} of {want} transferred)")
        raise ToolError(
            f"{self.design.name} is dead-locked in cycle {cycles}, waiting: {', '.join(waiting)}",
            log=log,
        )

    def outputs(self, folder: Path) -> dict[str, npt.NDArray[np.uint32]]:
        """Return the results as memory maps of their files (copy on write)."""
        results: dict[str, npt.NDArray[np.uint32]] = {}
        for name in self._sinks:
            shape = (self._expected[name], self._words(name))
            if self._expected[name] == 0:
                results[name] = np.zeros(shape, np.uint32)
            else:
                results[name] = np.memmap(folder / f"{name}.out", np.uint32, "c", shape=shape)
        return results

    def remove_data(self, folder: Path) -> None:
        """Delete the operand and result files."""
        for suffix in ("in", "order", "loop", "out", "stalls"):
            for path in folder.glob(f"*.{suffix}"):
                path.unlink()

    def _words(self, name: str) -> int:
        return -(-self._bits[name] // 32)


def _check_names(what: str, given: Mapping[str, object], wanted: list[str]) -> None:
    if set(given) != set(wanted):
        raise ValueError(f"{what} must name the streams {sorted(wanted)}, not {sorted(given)}")


def _check_input(name: str, array: Operands, bits: int) -> None:
    if isinstance(array, Looped):
        array = array.items
    if isinstance(array, Repeated):
        array, order = array
        if not isinstance(order, np.ndarray) or order.dtype != np.uint32 or order.ndim != 1:
            raise TypeError(f"Order of input {name!r} must be a row of uint32")
        if len(order) and order.max() >= len(array):
            raise ValueError(
                f"Order of input {name!r} must be below {len(array)}, not {order.max()}"
            )
    if not isinstance(array, np.ndarray) or array.dtype != np.uint32:
        kind = getattr(array, "dtype", type(array).__name__)
        raise TypeError(f"Input {name!r} must be an array of uint32, not {kind}")
    words = -(-bits // 32)
    if array.ndim != 2 or array.shape[1] != words:
        raise ValueError(f"Input {name!r} must have the shape (n, {words}), not {array.shape}")
    if bits % 32 and np.any(array[:, -1] >> np.uint32(bits % 32)):
        raise ValueError(f"Input {name!r} must have payloads of {bits} bits, not more")


def _check_stalls(name: str, pattern: npt.NDArray[np.bool_]) -> None:
    if not isinstance(pattern, np.ndarray) or pattern.dtype != np.bool_:
        kind = getattr(pattern, "dtype", type(pattern).__name__)
        raise TypeError(f"Stalls of {name!r} must be an array of bool, not {kind}")
    if pattern.ndim != 1 or np.all(pattern):
        raise ValueError(f"Stalls of {name!r} must be a row with a cycle that is not stalled")


def _longest_run(pattern: npt.NDArray[np.bool_]) -> int:
    """Return the longest run of stalls of a pattern that repeats."""
    free = np.flatnonzero(~pattern)
    return int(np.max(np.diff(free, append=free[0] + len(pattern)))) - 1

"""Compiled design in this process: takes and returns the payloads of its streams as arrays."""

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.payload import words_of
from hbfp_hw.helpers.native_array import ArrayArguments, CheckedStructure, contiguous
from hbfp_hw.rtl.fields import Field
from hbfp_hw.simulate.driven import driven_streams
from hbfp_hw.simulate.replay_files import DEADLOCK_CYCLES, DRAIN_CYCLES

Words = NDArray[np.uint32]

OUTCOMES = ("completed", "extra", "deadlock")
"""Outcomes of a run, in the order of their codes: all expected outputs arrived and no other; an
unexpected one arrived; no transfer took place for too long."""


class BatchRun(NamedTuple):
    """Result of one run, which starts from reset.

    Members:
        outcome: One of :data:`OUTCOMES`.
        cycles: Cycles from the end of reset to the last expected output, both included.
        outputs: Payloads received from each output stream, shape (transfers, words).
    """

    outcome: str
    cycles: int
    outputs: dict[str, Words]


class _Stream(CheckedStructure):
    """``StreamArrays`` of ``harness.cpp``."""

    _fields_ = (
        *((name, ctypes.c_uint64) for name in ("words", "total", "done")),
        *((name, ctypes.c_void_p) for name in ("items", "results", "stalls")),
        ("stall_length", ctypes.c_uint64),
    )


class _Field(CheckedStructure):
    """``FieldArray`` of ``harness.cpp``."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        *((name, ctypes.c_uint64) for name in ("bytes", "width", "count", "offset")),
    )


class DesignLibrary:
    """Compiled design, loaded from a library of :func:`~hbfp_hw.simulate.verilate.build_library`.

    A design that hangs or crashes takes its process with it, so it belongs in a process of its own
    (:mod:`hbfp_hw.cosim.worker`).

    Parameters:
        path: The library.
        description: Description of the design.

    Members:
        streams: Streams of the design, and its ports without handshakes as streams.
    """

    def __init__(self, path: Path, description: DesignDescription):
        self.streams = driven_streams(description)
        # After the last expected output, a run goes on to see whether another one follows. A port
        # without a handshake has a value in every cycle, so a design with such a port ends at once.
        self._drain = DRAIN_CYCLES if len(self.streams) == len(description.streams) else 0
        self._library = library = ctypes.CDLL(str(path))
        pointer, uint64 = ctypes.c_void_p, ctypes.c_uint64
        library.hbfp_pack.argtypes = [pointer, uint64, uint64, uint64, pointer]
        library.hbfp_pack.restype = None
        library.hbfp_run.argtypes = [pointer, pointer, uint64, uint64, pointer]
        library.hbfp_run.restype = ctypes.c_int

    def pack(
        self, stream: str, fields: Sequence[Field], values: Mapping[str, NDArray[Any]]
    ) -> Words:
        """Pack integer arrays as :func:`hbfp_hw.generation.payload.pack` does, but much faster.

        Raises:
            TypeError: An array does not hold integers in the machine's byte order.
            ValueError: An array does not have ``count`` elements per transfer, or a field lies
                outside the payload.
        """
        transfers = len(values[fields[0]["name"]])
        bits = self.streams[stream].payload_bits
        words = np.zeros((transfers, words_of(bits)), np.uint32)
        arrays = ArrayArguments()
        layout = (_Field * len(fields))(
            *(_field(arrays, field, values[field["name"]], transfers, bits) for field in fields)
        )
        to = arrays.write("Payloads", words, np.uint32, words.shape)
        self._library.hbfp_pack(layout, len(fields), transfers, words.shape[1], to)
        return words

    def run(
        self,
        inputs: Mapping[str, Words],
        expected: Mapping[str, int],
        *,
        stalls: Mapping[str, NDArray[np.bool_]] | None = None,
        constants: Sequence[int] = (),
        idle: int = DEADLOCK_CYCLES,
    ) -> BatchRun:
        """Reset the design, send payloads through it, and return its outputs.

        Parameters:
            inputs: Payloads of each input stream, shape (transfers, words).
            expected: Number of transfers to wait for at each output stream.
            stalls: Stall pattern of each stream, as for :func:`hbfp_hw.simulate.replay`.
            constants: Values of the ports that the library holds constant.
            idle: Cycles without a transfer after which the run counts as a deadlock.

        Raises:
            TypeError: An array has the wrong dtype.
            ValueError: An array does not fit its stream.
        """
        arrays = ArrayArguments()
        results = {
            name: np.zeros((expected[name], words_of(stream.payload_bits)), np.uint32)
            for name, stream in self.streams.items()
            if stream.direction == "out"
        }
        streams = (_Stream * len(self.streams))(
            *(
                _stream(
                    arrays,
                    name,
                    words_of(stream.payload_bits),
                    None if name in results else contiguous(inputs[name]),
                    results.get(name),
                    (stalls or {}).get(name),
                )
                for name, stream in self.streams.items()
            )
        )
        cycles = ctypes.c_uint64()
        held = (ctypes.c_uint64 * len(constants))(*constants)
        outcome = self._library.hbfp_run(streams, held, idle, self._drain, ctypes.byref(cycles))
        outputs = {
            name: results[name][: min(stream.done, stream.total)]
            for name, stream in zip(self.streams, streams, strict=True)
            if name in results
        }
        return BatchRun(OUTCOMES[outcome], cycles.value, outputs)


def _field(
    arrays: ArrayArguments, field: Field, values: NDArray[Any], transfers: int, bits: int
) -> _Field:
    """Describe one field of the payloads to the library, after checking its array."""
    width, count, offset = field["width"], field["count"], field["offset"]
    thing = f"Field {field['name']!r}"
    if not (1 <= width <= 64 and count >= 1 and 0 <= offset <= bits - width * count):
        raise ValueError(f"{thing} must lie inside a payload of {bits} bits, not be {field!r}")
    values = np.asarray(values)
    if values.dtype.kind not in "iub":
        raise TypeError(f"{thing} must be an array of integers, not {values.dtype}")
    if values.size != transfers * count:
        raise ValueError(
            f"{thing} must have {count} elements for each of {transfers} transfers, not the shape "
            f"{values.shape!r}"
        )
    if 8 * values.itemsize < width:  # NumPy extends the sign of the elements
        values = values.astype(np.int64)
    flat = contiguous(values).reshape(-1)
    address = arrays.read(thing, flat, flat.dtype.newbyteorder("="), (transfers * count,))
    return _Field(data=address, bytes=flat.itemsize, width=width, count=count, offset=offset)


def _stream(
    arrays: ArrayArguments,
    name: str,
    words: int,
    items: Words | None,
    results: Words | None,
    stalls: NDArray[np.bool_] | None,
) -> _Stream:
    """Describe one stream to the library: an input with its payloads, or an output with memory."""
    total, sent, taken, stalled, length = 0, None, None, None, 0
    if items is not None:
        total = len(items)
        sent = arrays.read(f"Input {name!r}", items, np.uint32, (total, words))
    if results is not None:
        total = len(results)
        taken = arrays.write(f"Results of {name!r}", results, np.uint32, (total, words))
    if stalls is not None:
        length = len(stalls)
        stalled = arrays.read(f"Stalls of {name!r}", stalls, np.bool_, (length,))
    return _Stream(
        words=words,
        total=total,
        done=0,
        items=sent,
        results=taken,
        stalls=stalled,
        stall_length=length,
    )

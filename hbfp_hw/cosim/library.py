"""A compiled design in this process: arrays of payloads in, arrays of payloads out."""

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.payload import Field, words_of
from hbfp_hw.simulate.driven import driven_streams
from hbfp_hw.simulate.replay_job import DEADLOCK_CYCLES, DRAIN_CYCLES

Words = NDArray[np.uint32]

OUTCOMES = ("completed", "extra", "deadlock")


class Run(NamedTuple):
    """One run, from the reset on.

    Members:
        outcome: One of :data:`OUTCOMES`: every output came; one more than expected came; or
            nothing moved any more.
        cycles: As of :class:`~hbfp_hw.simulate.Replay`.
        outputs: For each output stream the payloads that came, shape (transfers, words).
    """

    outcome: str
    cycles: int
    outputs: dict[str, Words]


class _Stream(ctypes.Structure):
    """``StreamArrays`` of ``harness.cpp``."""

    _fields_ = (
        *((name, ctypes.c_uint64) for name in ("words", "total", "done")),
        *((name, ctypes.c_void_p) for name in ("items", "results", "stalls")),
        ("stall_length", ctypes.c_uint64),
    )


class _Field(ctypes.Structure):
    """``FieldArray`` of ``harness.cpp``."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        *((name, ctypes.c_uint64) for name in ("bytes", "width", "count", "offset")),
    )


class Library:
    """A library of :func:`~hbfp_hw.simulate.verilate.build_library`.

    A design that hangs or breaks down takes the process with it, so this is for processes that
    may go (:mod:`hbfp_hw.cosim.worker`).

    Parameters:
        path: The library.
        description: Description of its design.
    """

    def __init__(self, path: Path, description: Mapping[str, Any]):
        self.streams = driven_streams(description)
        # A port without a handshake always has one more value.
        self._drain = DRAIN_CYCLES if len(self.streams) == len(description["streams"]) else 0
        self._library = ctypes.CDLL(str(path))

    def pack(
        self, stream: str, fields: Sequence[Field], values: Mapping[str, NDArray[Any]]
    ) -> Words:
        """The same as :func:`hbfp_hw.payload.pack`, of integer arrays, and much faster."""
        transfers = len(values[fields[0]["name"]])
        arrays = [np.ascontiguousarray(values[field["name"]]) for field in fields]
        words = np.zeros((transfers, words_of(self.streams[stream]["payload_bits"])), np.uint32)
        layout = (_Field * len(fields))(
            *(
                _Field(array.ctypes.data, array.itemsize, f["width"], f["count"], f["offset"])
                for array, f in zip(arrays, fields, strict=True)
            )
        )
        self._library.hbfp_pack(
            *(layout, ctypes.c_uint64(len(fields)), ctypes.c_uint64(transfers)),
            *(ctypes.c_uint64(words.shape[1]), ctypes.c_void_p(words.ctypes.data)),
        )
        return words

    def run(
        self,
        inputs: Mapping[str, Words],
        expected: Mapping[str, int],
        *,
        stalls: Mapping[str, NDArray[np.bool_]] | None = None,
        constants: Sequence[int] = (),
        idle: int = DEADLOCK_CYCLES,
    ) -> Run:
        """Send payloads through a design that was just reset.

        Parameters:
            inputs: Payloads of each input stream, shape (transfers, words).
            expected: Transfers to wait for, of each output stream.
            stalls: As of :func:`hbfp_hw.simulate.replay`.
            constants: Values of the ports that the library holds constant.
            idle: Cycles without a transfer after which the design is dead-locked.
        """
        stalls = stalls or {}
        results: dict[str, Words] = {}
        alive = []
        arrays = (_Stream * len(self.streams))()
        for array, (name, stream) in zip(arrays, self.streams.items(), strict=True):
            array.words = words_of(stream["payload_bits"])
            if stream["direction"] == "in":
                items = np.ascontiguousarray(inputs[name], np.uint32)
                alive.append(items)
                array.total, array.items = len(items), items.ctypes.data
            else:
                results[name] = np.zeros((expected[name], array.words), np.uint32)
                array.total, array.results = expected[name], results[name].ctypes.data
            if name in stalls:
                array.stalls, array.stall_length = stalls[name].ctypes.data, len(stalls[name])
        cycles = ctypes.c_uint64()
        outcome = self._library.hbfp_run(
            *(arrays, (ctypes.c_uint64 * len(constants))(*constants)),
            *(ctypes.c_uint64(idle), ctypes.c_uint64(self._drain)),
            ctypes.byref(cycles),
        )
        outputs = {
            name: results[name][: min(array.done, array.total)]
            for name, array in zip(self.streams, arrays, strict=True)
            if name in results
        }
        return Run(OUTCOMES[outcome], cycles.value, outputs)

"""Transport to a core compiled by Verilator, which is simulated in this process."""

import ctypes
import os
import re
import time
import weakref
from collections import deque
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

from hbfp_hw.core.registers import INPUT_STREAMS
from hbfp_hw.driver.transport import TransportError
from hbfp_hw.format import check_integer
from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.simulate.replay_files import DEADLOCK_CYCLES
from hbfp_hw.simulate.verilate import build_program

SLICE = 20_000
"""Most cycles of one call of the simulation. Ctrl-C and the time limit act only between calls."""

PACKET_RETURN = 1
"""Cycles from the last beat of a packet of Y to its first beat in C, if no channel pauses."""

_POINTER, _UINT64, _UINT32 = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32
_FUNCTIONS: dict[str, tuple[Any, Sequence[Any]]] = {
    "new": (_POINTER, (_UINT64, _UINT64, _UINT32, _UINT32, ctypes.c_char_p)),
    "delete": (None, (_POINTER,)),
    "reset": (None, (_POINTER,)),
    "access": (ctypes.c_int, (_POINTER, ctypes.c_int, _UINT32, ctypes.POINTER(_UINT32))),
    "send": (None, (_POINTER, ctypes.c_int, ctypes.c_char_p, _UINT64)),
    "done": (_UINT64, (_POINTER, ctypes.c_int)),
    "run": (_UINT64, (_POINTER, _UINT64)),
    "size": (_UINT64, (_POINTER,)),
    "take": (None, (_POINTER, ctypes.c_char_p)),
    "discard": (None, (_POINTER,)),
}
"""Result and parameter types of the functions of ``compiled.cpp``."""

_INCLUDE = re.compile(r'^#include "(compiled_core|port_bytes)\.h"$', re.MULTILINE)
"""Line of C++ text that includes a header of this package."""


def core_source() -> str:
    """Return the C++ text that drives a core, as one file without the headers of this package."""

    def text(name: str) -> str:
        content = files("hbfp_hw.driver").joinpath(name).read_text(encoding="utf-8")
        return _INCLUDE.sub(lambda match: text(f"{match[1]}.h"), content)

    return text("compiled.cpp")


def build_core(design: Design, waves: Path | None = None) -> Path:
    """Compile a core between its buses to a shared library, or find an earlier build.

    Parameters:
        waves: Any file name with the suffix of the waves to write, .fst or .vcd; None for none.

    Raises:
        SimulatorMissing: Verilator, a C++ compiler or a library for the waves is not installed.
        ToolError: The design does not compile; the message names the log.
        ValueError: The suffix is neither .fst nor .vcd.
    """
    kind = waves.suffix[1:] if waves else None
    if kind not in (None, "fst", "vcd"):
        raise ValueError(f"Waves must be a .fst or .vcd file, not {str(waves)!r}")
    return build_program(design, "driver", core_source(), shared=True, waves=kind)


class CompiledCore:
    """Compiled simulation of a core's Verilog. Its clock runs only during calls.

    The build is cached. :meth:`close`, or the end of a ``with`` block, frees the simulation.

    Parameters:
        design: A generated core.
        pauses: Probability that a channel pauses in a cycle, below 1.
        seed: Seed of the pauses, 32 bits.
        timeout: Time limit of the simulation in seconds.
        waves: File to write waves to, .fst or .vcd; it is complete once the simulation is freed.
        library: Result of :func:`build_core`, used instead of a build for ``design``.

    Members:
        build_seconds: Seconds of the build, near 0 if an earlier build was found.

    Raises:
        SimulatorMissing: Verilator, a C++ compiler or a library for the waves is not installed.
        ToolError: The design does not compile; the message names the log.
        ValueError: The design is not a core, a number is out of range, or the suffix of the waves
            is neither .fst nor .vcd.
    """

    def __init__(
        self,
        design: Design,
        *,
        pauses: float = 0.0,
        seed: int = 0,
        timeout: float = 3600.0,
        waves: Path | None = None,
        library: Path | None = None,
    ):
        if design.description.unit != "core":
            raise ValueError(f"Design must be a core, not {design.name!r}")
        if not 0 <= pauses < 1:
            raise ValueError(f"Pauses must be a probability below 1, not {pauses!r}")
        check_integer("Seed", seed, 0, 2**32 - 1)
        started = time.monotonic()
        self._library = functions = ctypes.CDLL(str(library or build_core(design, waves)))
        self.build_seconds = time.monotonic() - started
        for name, (result, parameters) in _FUNCTIONS.items():
            function = getattr(functions, f"hbfp_core_{name}")
            function.restype, function.argtypes = result, parameters
        self._name = design.name
        self._timeout, self._deadline = timeout, time.monotonic() + timeout
        size = {bus["prefix"]: bus["bytes"] for bus in design.description.more["interfaces"]}
        core = functions.hbfp_core_new(
            size["s_axis_x"],
            size["m_axis_y"],
            int(pauses * 2**32),
            seed,
            os.fsencode(waves) if waves else None,
        )
        self._finalizer = weakref.finalize(self, functions.hbfp_core_delete, core)
        self._pointer = core
        self._unsent: tuple[deque[bytes], ...] = tuple(deque() for _ in INPUT_STREAMS)
        self._returned = [0] * len(INPUT_STREAMS)

    async def read(self, address: int) -> int:
        return self._access(address, None)

    async def write(self, address: int, word: int) -> None:
        self._access(address, word)

    async def send(self, stream: str, packet: bytes) -> None:
        if not isinstance(packet, bytes):
            # The simulation reads the memory later, so it must not change.
            raise TypeError(f"Packet must be bytes, not {type(packet).__name__}")
        if not packet:
            raise ValueError("Packet must have bytes, not none")
        number = INPUT_STREAMS.index(stream)
        self._unsent[number].append(packet)
        self._library.hbfp_core_send(self._core, number, packet, len(packet))

    async def receive(self, size: int) -> bytes | None:
        size = self._library.hbfp_core_size(self._core)
        if not size:
            return None
        packet = ctypes.create_string_buffer(size)
        self._library.hbfp_core_take(self._core, packet)
        return packet.raw

    async def wait(self) -> None:
        if self._library.hbfp_core_size(self._core):
            return
        idle = self._library.hbfp_core_run(self._core, SLICE)
        for number, packets in enumerate(self._unsent):
            done = self._library.hbfp_core_done(self._core, number)
            while self._returned[number] < done:
                packets.popleft()
                self._returned[number] += 1
        if idle >= DEADLOCK_CYCLES:
            raise ToolError(f"{self._name} has moved nothing for {idle} cycles")
        if time.monotonic() > self._deadline:
            raise ToolError(f"{self._name} was stopped after its time limit of {self._timeout:g} s")

    async def discard(self) -> None:
        self._library.hbfp_core_discard(self._core)
        self._drop_packets()

    async def reset(self) -> None:
        self._library.hbfp_core_reset(self._core)
        self._drop_packets()

    def close(self) -> None:
        """End the simulation and free its memory."""
        self._finalizer()

    def __enter__(self) -> "CompiledCore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _core(self) -> int:
        if not self._finalizer.alive:
            raise ValueError(f"Core must be one that was not closed, not {self._name!r}")
        return self._pointer

    def _drop_packets(self) -> None:
        for number, packets in enumerate(self._unsent):
            packets.clear()
            self._returned[number] = self._library.hbfp_core_done(self._core, number)

    def _access(self, address: int, word: int | None) -> int:
        check_integer("Address", address, 0, 2**32 - 1)
        check_integer("Word", word or 0, 0, 2**32 - 1)
        data = _UINT32(word or 0)
        answer = self._library.hbfp_core_access(
            self._core, word is not None, address, ctypes.byref(data)
        )
        if answer != 0:
            kind = "does not answer" if answer < 0 else "answers SLVERR"
            raise TransportError(f"Register at 0x{address:04x} {kind}")
        return data.value

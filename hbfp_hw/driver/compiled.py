"""A core compiled by Verilator, in this process."""

import ctypes
import os
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
"""Most cycles in one go: an interrupt of the program waits as long."""

PACKET_RETURN = 1
"""Cycles from the last beat of a packet of Y to its first beat in C, without pauses."""

_POINTER, _WIDE, _WORD = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32
_FUNCTIONS: dict[str, tuple[Any, Sequence[Any]]] = {
    "new": (_POINTER, (_WIDE, _WIDE, _WORD, _WORD, ctypes.c_char_p)),
    "delete": (None, (_POINTER,)),
    "reset": (None, (_POINTER,)),
    "access": (ctypes.c_int, (_POINTER, ctypes.c_int, _WORD, ctypes.POINTER(_WORD))),
    "send": (None, (_POINTER, ctypes.c_int, ctypes.c_char_p, _WIDE)),
    "done": (_WIDE, (_POINTER, ctypes.c_int)),
    "run": (_WIDE, (_POINTER, _WIDE)),
    "size": (_WIDE, (_POINTER,)),
    "take": (None, (_POINTER, ctypes.c_char_p)),
    "discard": (None, (_POINTER,)),
}
"""Results and parameters of the functions of ``compiled.cpp``."""


def build_core(design: Design, waves: Path | None = None) -> Path:
    """Shared library of a core between buses, for :class:`CompiledCore`; builds are kept.

    Parameters:
        waves: A file of the kind that it can write, .fst or .vcd.

    Raises:
        SimulatorMissing, ToolError, ValueError: As of :class:`CompiledCore`.
    """
    kind = waves.suffix[1:] if waves else None
    if kind not in (None, "fst", "vcd"):
        raise ValueError(f"Waves must be a .fst or .vcd file, not {str(waves)!r}")
    source = files("hbfp_hw.driver").joinpath("compiled.cpp").read_text(encoding="utf-8")
    return build_program(design, "driver", source, shared=True, waves=kind)


class CompiledCore:
    """The Verilog of a core in a compiled simulation, which stands still between calls.

    The build is kept for the next time, as all builds are. A ``with`` block frees the simulation
    at its end, as :meth:`close` does.

    Parameters:
        design: A generated core.
        pauses: Probability of a pause of each channel in each cycle, below 1.
        seed: Of the pauses, 32 bits.
        timeout: Time limit of the simulation in seconds.
        waves: File to write waves to, .fst or .vcd; it is whole when the simulation is freed.
        library: What :func:`build_core` gave, to be taken as it is.

    Members:
        build_seconds: Time of the build, near 0 if an earlier one was found.

    Raises:
        SimulatorMissing: Verilator or a C++ compiler is not installed, or what waves need.
        ToolError: The design does not compile; the message names the log.
        ValueError: The design is no core, a number is out of range, or waves are of no known kind.
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
        if design.description["unit"] != "core":
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
        size = {bus["prefix"]: bus["bytes"] for bus in design.description["interfaces"]}
        core = functions.hbfp_core_new(
            *(size["s_axis_x"], size["m_axis_y"], int(pauses * 2**32), seed),
            os.fsencode(waves) if waves else None,
        )
        self._finalizer = weakref.finalize(self, functions.hbfp_core_delete, core)
        self._pointer = core
        self._lent: tuple[deque[bytes], ...] = tuple(deque() for _ in INPUT_STREAMS)
        self._returned = [0] * len(INPUT_STREAMS)

    async def read(self, address: int) -> int:
        return self._access(address, None)

    async def write(self, address: int, word: int) -> None:
        self._access(address, word)

    async def send(self, stream: str, packet: bytes) -> None:
        if not isinstance(packet, bytes):
            # Others could be changed or freed before the simulation has read them.
            raise TypeError(f"Packet must be bytes, not {type(packet).__name__}")
        if not packet:
            raise ValueError("Packet must have bytes, not none")
        number = INPUT_STREAMS.index(stream)
        self._lent[number].append(packet)
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
        for number, packets in enumerate(self._lent):
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
        self._forget()

    async def reset(self) -> None:
        self._library.hbfp_core_reset(self._core)
        self._forget()

    def close(self) -> None:
        """Free the simulation."""
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

    def _forget(self) -> None:
        for number, packets in enumerate(self._lent):
            packets.clear()
            self._returned[number] = self._library.hbfp_core_done(self._core, number)

    def _access(self, address: int, word: int | None) -> int:
        check_integer("Address", address, 0, 2**32 - 1)
        check_integer("Word", word or 0, 0, 2**32 - 1)
        data = _WORD(word or 0)
        answer = self._library.hbfp_core_access(
            self._core, word is not None, address, ctypes.byref(data)
        )
        if answer != 0:
            kind = "does not answer" if answer < 0 else "answers SLVERR"
            raise TransportError(f"Register at 0x{address:04x} {kind}")
        return data.value

"""Monitor of the core's buses."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from cocotb.triggers import RisingEdge

from hbfp_hw.core.registers import INPUT_STREAMS, REGISTERS


class BusMonitor:
    """Monitor of the core's buses: counts what the core counts, and checks the handshakes.

    Members:
        stalls: Cycles in which each stream waited, by the name of the counter.
        cycle: Number of the current cycle.
        starts: Cycles in which software wrote ``start``.
        ends: Cycles in which the last beat of a packet of results transferred.
    """

    def __init__(self, dut: Any):
        self._dut = dut
        self.stalls: Counter[str] = Counter()
        self.cycle = 0
        self.starts: list[int] = []
        self.ends: list[int] = []

    async def run(self) -> None:
        """Observe the buses in every cycle, until the simulation ends."""
        dut = self._dut
        edge = RisingEdge(dut.aclk)
        held: dict[str, list[str]] = {}
        parts: Mapping[str, tuple[str, ...]] = {
            "m_axis_y_t": ("data", "keep", "last"),
            "s_axil_b": ("resp",),
            "s_axil_r": ("resp", "data"),
        }
        channels = {
            name: (
                getattr(dut, f"{name}valid"),
                getattr(dut, f"{name}ready"),
                [getattr(dut, name + part) for part in payload],
            )
            for name, payload in parts.items()
        }
        inputs = {
            f"stall_{name}": (
                getattr(dut, f"s_axis_{name}_tvalid"),
                getattr(dut, f"s_axis_{name}_tready"),
            )
            for name in INPUT_STREAMS
        }
        ends = ("valid", "ready", "last")
        address, got_address, got_data = 0, False, False
        while True:
            await edge
            self.cycle += 1
            if dut.aresetn.value == 0:
                held.clear()
                got_address = got_data = False
                continue
            for name, (valid, ready, payload) in channels.items():
                offered = [str(part.value) for part in payload] if valid.value == 1 else None
                if name in held:
                    assert offered == held[name], f"{name}: did not stay until it was accepted"
                held.pop(name, None)
                if offered is not None and ready.value == 0:
                    held[name] = offered
                    self.stalls["stall_y"] += name == "m_axis_y_t"
            for name, (valid, ready) in inputs.items():
                self.stalls[name] += valid.value == 0 and ready.value == 1
            if all(getattr(dut, f"m_axis_y_t{part}").value == 1 for part in ends):
                self.ends.append(self.cycle)
            if got_address and got_data and dut.s_axil_bvalid.value == 0:
                got_address = got_data = False
                if address == REGISTERS["start"].address:
                    self.starts.append(self.cycle)
            if dut.s_axil_awvalid.value == 1 and dut.s_axil_awready.value == 1:
                address, got_address = int(dut.s_axil_awaddr.value), True
            if dut.s_axil_wvalid.value == 1 and dut.s_axil_wready.value == 1:
                got_data = True

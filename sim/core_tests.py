"""cocotb tests of the core, with bus models on all its interfaces."""

from typing import Any

import cocotb

from hbfp_hw.sim import core_checks, core_error_checks, core_register_checks
from hbfp_hw.sim.core_bench import CoreBench


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def registers_do_what_the_table_says(dut: Any) -> None:
    """Reads and writes of every register have the effect of its kind of access."""
    await core_register_checks.check_registers(CoreBench(dut, 0.3))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random_descriptors(dut: Any) -> None:
    """Random products of all modes give the bits of the golden model, under stalls."""
    await core_checks.check_random_descriptors(CoreBench(dut, 0.3))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def cycles_are_those_of_the_model(dut: Any) -> None:
    """A product on an idle core takes the cycles of the cycle model."""
    await core_checks.check_cycles(CoreBench(dut))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def array_does_not_idle_between_products(dut: Any) -> None:
    """Queued products follow each other without idle cycles of the array."""
    await core_checks.check_overlap(CoreBench(dut))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stream_errors(dut: Any) -> None:
    """A malformed packet halts the core, which works again after the recovery."""
    await core_error_checks.check_stream_errors(CoreBench(dut, 0.2))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def illegal_descriptors(dut: Any) -> None:
    """The core refuses an illegal descriptor, and any other until software acknowledges."""
    await core_error_checks.check_illegal_descriptors(CoreBench(dut))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stopped_in_mid_product(dut: Any) -> None:
    """Reset and halt stop products at any time; the next product is right."""
    await core_error_checks.check_stop(CoreBench(dut, 0.1))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def packet_is_ended_after_the_halt(dut: Any) -> None:
    """A packet that a halt cuts off still ends, even if its sink accepts beats only much later."""
    await core_error_checks.check_cut_packet(CoreBench(dut))

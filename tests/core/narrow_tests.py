"""cocotb tests of a core whose items take several beats."""

from typing import Any

import cocotb

from hbfp_hw.sim.core_tests import check_random_descriptors, check_stream_errors


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random_descriptors(dut: Any) -> None:
    await check_random_descriptors(dut)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stream_errors(dut: Any) -> None:
    await check_stream_errors(dut)

"""cocotb tests of a core whose items take several beats."""

from typing import Any

import cocotb

from hbfp_hw.sim.core_bench import CoreBench
from hbfp_hw.sim.core_checks import check_random_descriptors
from hbfp_hw.sim.core_error_checks import check_stream_errors


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random_descriptors(dut: Any) -> None:
    await check_random_descriptors(CoreBench(dut, 0.3))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stream_errors(dut: Any) -> None:
    await check_stream_errors(CoreBench(dut, 0.2))

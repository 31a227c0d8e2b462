"""Driver of the core: products on real hardware, in a compiled simulation, or under cocotb.

The transport for cocotb is in :mod:`hbfp_hw.driver.bus_models`, which needs ``cocotbext-axi``.
"""

from hbfp_hw.driver.asynchronous import AsyncDriver, Started
from hbfp_hw.driver.compiled import CompiledCore
from hbfp_hw.driver.driver import Driver
from hbfp_hw.driver.error import CoreError
from hbfp_hw.driver.mapped import MappedCore
from hbfp_hw.driver.parameters import Parameters
from hbfp_hw.driver.transport import Transport, TransportError

__all__ = [
    "AsyncDriver",
    "CompiledCore",
    "CoreError",
    "Driver",
    "MappedCore",
    "Parameters",
    "Started",
    "Transport",
    "TransportError",
]

"""Driver of the core, for hardware, for a compiled simulation and for cocotb.

The transport for cocotb, :mod:`hbfp_hw.driver.bus_models`, needs ``cocotbext-axi``.
"""

from hbfp_hw.driver.asynchronous import AsyncDriver
from hbfp_hw.driver.compiled import CompiledCore
from hbfp_hw.driver.driver import Driver
from hbfp_hw.driver.error import CoreError
from hbfp_hw.driver.mapped import MappedCore
from hbfp_hw.driver.mode import TableEntry
from hbfp_hw.driver.parameters import CoreParameters
from hbfp_hw.driver.started import StartedProduct
from hbfp_hw.driver.transport import Transport, TransportError

__all__ = [
    "AsyncDriver",
    "CompiledCore",
    "CoreError",
    "CoreParameters",
    "Driver",
    "MappedCore",
    "StartedProduct",
    "TableEntry",
    "Transport",
    "TransportError",
]

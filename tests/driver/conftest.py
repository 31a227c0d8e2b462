"""The core that most tests of the driver are about."""

import pytest

from hbfp_hw.driver import CompiledCore, Driver
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.core import Core
from tests.driver.products import ENGINE


@pytest.fixture(scope="package")
def design():
    """The core with its default parameters, as hbfp gemm makes it."""
    return cached_design(Core(ENGINE))


@pytest.fixture
def core(design):
    """It, compiled; of a bus that never pauses."""
    with CompiledCore(design) as core:
        yield core


@pytest.fixture
def driver(core):
    return Driver(core)

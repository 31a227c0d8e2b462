"""Fixtures: the core that most tests of the driver use."""

from collections.abc import Iterator

import pytest

from hbfp_hw.driver import CompiledCore, Driver
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.core import Core
from tests.driver.products import ENGINE


@pytest.fixture(scope="package")
def design() -> Design:
    """Core with default parameters, as ``hbfp gemm`` makes it."""
    return cached_design(Core(ENGINE))


@pytest.fixture
def core(design: Design) -> Iterator[CompiledCore]:
    """Compiled core on a bus that never pauses."""
    with CompiledCore(design) as core:
        yield core


@pytest.fixture
def driver(core: CompiledCore) -> Driver:
    """Driver of the compiled core."""
    return Driver(core)

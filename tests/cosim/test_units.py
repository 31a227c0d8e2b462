"""Vectors of every unit: they are packed correctly, cover every class, and show no difference."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hbfp_hw.cosim import cosim
from hbfp_hw.cosim.batch import Batch
from hbfp_hw.cosim.compare import Comparison
from hbfp_hw.cosim.core import CoreLibrary
from hbfp_hw.cosim.library import DesignLibrary
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.cosim.vectors.core import CoreVectors
from hbfp_hw.driver.compiled import build_core
from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.description import DesignDescription, Stream
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions
from hbfp_hw.generation.payload import pack
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl.core import Core
from hbfp_hw.rtl.fields import Field
from hbfp_hw.simulate.verilate import build_library
from tests.cosim.bundle import Part, bundle
from tests.driver.products import ENGINE


def _pair(a: int, b: int, block_size: int, **options: Any) -> FormatOptions:
    return FormatOptions(HBFPFormat(a, block_size, 6), HBFPFormat(b, block_size, 6), **options)


OPTIONS = {
    "convert": _pair(6, 6, 3, narrow_bits=4, sign_magnitude=True),
    "dot": _pair(5, 3, 3),
    "fp32": _pair(16, 16, 3),
    "accumulate": _pair(16, 16, 3),
    "mac": _pair(4, 6, 2, sign_magnitude=True),
    "dot_engine": _pair(4, 4, 2),
    "pe": MixedOptions(Variant.MIXED, 2, 7, sign_magnitude=True),
    "gemm": MixedOptions(Variant.MIXED, 2, rows=8, columns=1, depth=4, panel_tiles=1),
    "fp32_mac": BaselineOptions(),
    "bf16_mac": BaselineOptions(lanes=2, accumulate=Accumulation.BF16, pipeline=1),
    "int8_mac": BaselineOptions(lanes=3),
}
STALLS = 0.3


@pytest.fixture(scope="module")
def designs() -> dict[str, Design]:
    return {unit: cached_design(make_unit(unit, options)) for unit, options in OPTIONS.items()}


@pytest.fixture(scope="module")
def library(designs: dict[str, Design]) -> tuple[Path, DesignDescription]:
    together = bundle(designs)
    return build_library(together), together.description


def test_every_unit_has_vectors() -> None:
    assert {*OPTIONS, "array", "core"} == set(UNITS)
    assert all(entry.vectors for entry in UNITS.values())


@pytest.mark.full
@pytest.mark.parametrize("unit", OPTIONS)
def test_no_difference_in_any_class(
    unit: str, designs: dict[str, Design], library: tuple[Path, DesignDescription]
) -> None:
    description = designs[unit].description
    source = vectors_of(description)
    part: Any = Part(*library, f"{unit}_")
    count = 120 if unit == "gemm" else 4000
    for number, stalls in enumerate((0.0, STALLS)):
        comparison = Comparison(part, source, stalls)
        assert comparison.check(np.random.default_rng([7, number]), 0, count, keep=True) == 0, (
            comparison.tally.differences
        )
        assert comparison.tally.vectors == count
        missed = [name for name, drawn in comparison.tally.classes.items() if drawn == 0]
        assert not missed
    batch = source.draw(np.random.default_rng(8), 50)
    for name, values in (batch.inputs | batch.expected).items():
        fields = source.fields[name]
        assert np.array_equal(part.pack(name, fields, values), pack(fields, values)), name


@pytest.mark.full
def test_packing_of_any_layout(library: tuple[Path, DesignDescription]) -> None:
    """Layouts with elements of every size, with and without spare bits, at any offset."""
    rng = np.random.default_rng(11)
    compiled = DesignLibrary(*library)
    full = set()
    for _ in range(300):
        fields: list[Field] = []
        values = {}
        end = 0
        for dtype in rng.permutation([np.int8, np.int16, np.int32, np.int64]):
            name, size = dtype.__name__, 8 * np.dtype(dtype).itemsize
            width = size if rng.random() < 0.5 else int(rng.integers(1, size + 1))
            aligned = rng.random() < 0.3
            offset = -(-end // 32) * 32 if aligned else end + int(rng.integers(0, 40))
            count = int(rng.integers(1, 9))
            fields.append(Field(name=name, offset=offset, width=width, count=count, signed=True))
            values[name] = rng.integers(-1 << (size - 1), (1 << (size - 1)) - 1, (5, count), dtype)
            end = offset + width * count
            if width == size:
                full.add((size, count % 4, aligned))
        compiled.streams = {"i": Stream("in", end)}
        assert np.array_equal(compiled.pack("i", fields, values), pack(fields, values)), fields
    assert len(full) == 4 * 4 * 2


@pytest.mark.full
def test_array() -> None:
    """The ports of an array have no handshake: they are driven and compared in every cycle."""
    design = cached_design(make_unit("array", MixedOptions(Variant.MIXED, 2, rows=2, columns=3)))
    result = cosim(design, 700, seed=3)
    assert (result.vectors, result.mismatches, result.differences) == (700, 0, ())
    assert min(result.classes.values()) > 0
    with pytest.raises(ValueError, match=r"^Stalls must be 0 for a unit without handshakes$"):
        cosim(design, 1, stalls=0.1)


@pytest.mark.full
def test_core() -> None:
    """The core takes the engine's streams over AXI. A difference is found and reproduced alone."""
    design = cached_design(Core(ENGINE))
    for stalls in (0.0, STALLS):
        result = cosim(design, 120, seed=4, stalls=stalls, workers=1)
        assert (result.vectors, result.mismatches, result.differences) == (120, 0, ())
        assert min(result.classes.values()) > 0
    library = CoreLibrary(build_core(design), design.description)
    comparison = Comparison(library, WrongVectors(design.description), STALLS)
    assert comparison.check(np.random.default_rng(9), 0, 4, keep=True) == 1
    (difference,) = comparison.tally.differences
    assert (difference.stream, difference.outcome) == ("o", "completed")
    assert len(difference.inputs["i_descriptor"]) == 1
    with pytest.raises(ValueError, match=r"^Constants must be left out for a core, not \['a'\]$"):
        cosim(design, 1, constants={"a": 0})


class WrongVectors(CoreVectors):
    """Vectors that expect one wrong bit in one result."""

    def draw(self, rng: np.random.Generator, count: int) -> Batch:
        batch = super().draw(rng, count)
        batch.expected["o"]["values"][-1, 0] ^= 1
        return batch

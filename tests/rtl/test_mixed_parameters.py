"""Units for 4-bit and 6-bit mantissas refuse bad parameters."""

import re

import pytest

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.cell import Cell, CellFormat
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.pe import PE

MIXED = Variant.MIXED

MAKERS = {
    "cell": lambda variant=MIXED, size=4, bits=10: Cell(CellFormat(variant, size, bits)),
    "pe": lambda variant=MIXED, size=4, bits=10: PE(variant, size, bits),
    "array": lambda variant=MIXED, size=4, bits=10: Array(variant, 2, 3, size, bits),
    "gemm": lambda variant=MIXED, size=4, bits=10: GEMM(Engine(variant, 2, 3, size, bits)),
}
ARRAYS = {
    "array": lambda rows, columns: Array(MIXED, rows, columns, 4),
    "gemm": lambda rows, columns: GEMM(Engine(MIXED, rows, columns, 4)),
}


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_variant(make):
    with refused(TypeError, "Variant must be a Variant, not 'mixed'"):
        make(variant="mixed")


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_block_size(make):
    for size in (1, 1024):
        make(size=size)
    for size in (0, 1025):
        with refused(ValueError, f"Block size must be 1 to 1024, not {size}"):
            make(size=size)
    with refused(TypeError, "Block size must be an integer, not 4.0"):
        make(size=4.0)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_exponent_width(make):
    for bits in (5, 11):
        make(bits=bits)
    # A cell adds one bit to the exponent, and a format allows 12 at most.
    for bits in (4, 12):
        with refused(ValueError, f"Exponent width must be 5 to 11, not {bits}"):
            make(bits=bits)
    with refused(TypeError, "Exponent width must be an integer, not True"):
        make(bits=True)


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_lines(make):
    for lines in (1, 64):
        make(lines, lines)
    for lines in (0, 65):
        with refused(ValueError, f"Rows must be 1 to 64, not {lines}"):
            make(lines, 1)
        with refused(ValueError, f"Columns must be 1 to 64, not {lines}"):
            make(1, lines)
    with refused(TypeError, "Rows must be an integer, not '2'"):
        make("2", 2)


def test_an_engine_has_wide_operands():
    with refused(ValueError, "Variant must be mixed or native, not 'narrow'"):
        Engine(Variant.NARROW, 2, 3, 4)


@pytest.mark.parametrize(("thing", "least", "most"), [("depth", 2, 4096), ("panel_tiles", 1, 256)])
def test_powers_of_two(thing, least, most):
    name = thing.replace("_", " ").capitalize()
    for value in (least, most):
        assert getattr(Engine(MIXED, 2, 3, 4, **{thing: value}), thing) == value
    for value in (-1, 2 * most):
        with refused(ValueError, f"{name} must be {least} to {most}, not {value}"):
            Engine(MIXED, 2, 3, 4, **{thing: value})
    with refused(ValueError, f"{name} must be a power of two, not 12"):
        Engine(MIXED, 2, 3, 4, **{thing: 12})
    with refused(TypeError, f"{name} must be an integer, not 8.0"):
        Engine(MIXED, 2, 3, 4, **{thing: 8.0})


@pytest.mark.parametrize(("columns", "tiles"), [(1, 8), (8, 8), (9, 16), (16, 16), (17, 32)])
def test_default_panel_tiles(columns, tiles):
    assert Engine(MIXED, 2, columns, 4).panel_tiles == tiles


def test_gemm():
    engine = Engine(MIXED, 2, 3, 4)
    with refused(TypeError, "Engine must be an Engine, not 4"):
        GEMM(4)
    for bits in (0, 17):
        with refused(ValueError, f"Random bits must be 1 to 16, not {bits}"):
            GEMM(engine, random_bits=bits)
    with refused(TypeError, "Random bits must be an integer, not None"):
        GEMM(engine, random_bits=None)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 1, 1), "Rows of the product must be 1 to 65535, not 0"),
        ((65536, 1, 1), "Rows of the product must be 1 to 65535, not 65536"),
        ((1, 0, 1), "Length of the product must be 1 to 262140, not 0"),
        ((1, 262141, 1), "Length of the product must be 1 to 262140, not 262141"),
        ((1, 1, 0), "Columns of the product must be 1 to 65535, not 0"),
        ((1, 1, 65536), "Columns of the product must be 1 to 65535, not 65536"),
    ],
)
def test_products_beyond_the_counters(sizes, message):
    engine = Engine(MIXED, 2, 3, 4)
    with refused(ValueError, message):
        engine.schedule(*sizes)
    assert engine.schedule(65535, 262140, 65535).blocks == 65535

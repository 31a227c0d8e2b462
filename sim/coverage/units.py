"""Coverage of the units: the inputs of a test bench, counted as cases of each arithmetic step.

The operands of a step are the inputs, or results of the golden model for the steps before it.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.engine import NARROW_BITS, WIDE_BITS
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.bf16_mac import Accumulation, bf16_mac
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.convert import convert, split
from hbfp_hw.golden.dot import DotProduct, dot, max_sum
from hbfp_hw.golden.fp32 import add
from hbfp_hw.golden.fp32_mac import fp32_mac
from hbfp_hw.sim.coverage import count
from hbfp_hw.sim.coverage.blocks import conversion, dot_products
from hbfp_hw.sim.coverage.numbers import Exact, addition, multiply_add
from hbfp_hw.sim.coverage.numbers import rounding as rounding_classes
from hbfp_hw.sim.stimulus.mixed import MixedBlocks

Fields = Mapping[str, ArrayLike]
"""Values of a stream's fields, one per transfer."""
Inputs = Mapping[str, Fields]
"""Fields by input stream."""
Floats = NDArray[np.float32]


def _bits(values: ArrayLike) -> list[int]:
    return np.asarray(values, np.float32).ravel().view(np.uint32).tolist()


def conversions(values: NDArray[Any], fmt: HBFPFormat, mode: Rounding) -> None:
    """Count conversions of blocks of FP32 patterns or values, shape (..., N)."""
    patterns = values.view(np.uint32) if values.dtype == np.float32 else values
    name = mode.name.lower()
    count(
        "convert",
        (
            conversion(block, fmt.mantissa_bits, fmt.exponent_bits, name)
            for block in patterns.reshape(-1, fmt.block_size).tolist()
        ),
    )


def products(a: Blocks, b: Blocks) -> DotProduct:
    """Count dot products of pairs of blocks. Return the exact products."""
    product = dot(a, b)
    size = a.fmt.block_size
    left, right = (blocks.mantissas.reshape(-1, size).astype(np.int64) for blocks in (a, b))
    largest = max_sum(a.fmt, b.fmt) // size
    count("dot", dot_products(left, right, largest, product.nan.ravel().tolist()))
    return product


def roundings(product: DotProduct) -> Floats:
    """Count roundings of exact products. Return the rounded values."""
    exponents = product.exponents - product.fraction_bits
    parts = (np.ravel(part).tolist() for part in (product.sums, exponents, product.nan))
    count(
        "round",
        (
            {"nan"} if nan else rounding_classes(Exact(number, exponent))
            for number, exponent, nan in zip(*parts, strict=True)
        ),
    )
    return product.round()


def additions(a: ArrayLike, b: ArrayLike) -> Floats:
    """Count additions of FP32 numbers. Return the sums."""
    count("add", map(addition, _bits(a), _bits(b)))
    return add(a, b)


def sums(terms: Floats, start: Floats) -> None:
    """Count the additions that accumulate terms, shape (..., blocks), onto ``start``."""
    total = np.broadcast_to(start, terms.shape[:-1])
    for index in range(terms.shape[-1]):
        total = additions(total, terms[..., index])


def modes(wide_a: Iterable[bool], wide_b: Iterable[bool]) -> None:
    """Count the widths of both operands and their changes, in the order of the transfers."""
    names = [
        f"{WIDE_BITS if a else NARROW_BITS}x{WIDE_BITS if b else NARROW_BITS}"
        for a, b in zip(wide_a, wide_b, strict=True)
    ]
    count("mode", ({name} for name in names))
    count("mode", ({"switch"} for old, new in itertools.pairwise(names) if old != new))


def mixed_terms(a: MixedBlocks, b: MixedBlocks) -> Floats:
    """Count products of pairs of blocks of either width. Return the rounded products."""
    terms = np.zeros(len(a.wide), np.float32)
    for wide_a, wide_b in itertools.product((False, True), repeat=2):
        chosen = (a.wide == wide_a) & (b.wide == wide_b)
        pair = a.select(chosen, wide=wide_a), b.select(chosen, wide=wide_b)
        terms[chosen] = roundings(products(*pair))[:, 0]
    modes(a.wide.tolist(), b.wide.tolist())
    return terms


def matrix_product(
    x: Floats,
    w: Floats,
    c: Floats | None,
    *,
    fmt_x: HBFPFormat,
    fmt_w: HBFPFormat,
    conversion: Conversion,
) -> None:
    """Count the steps of a matrix product, with operands as for :func:`hbfp_hw.golden.gemm`."""
    for lines, fmt in ((x, fmt_x), (np.ascontiguousarray(w.T), fmt_w)):
        conversions(split(lines, fmt.block_size), fmt, conversion.rounding)
    left, top = (
        convert(lines, fmt, how.rounding, seed=how.seed, random_bits=how.random_bits)
        for lines, fmt, how in (
            (x, fmt_x, conversion),
            (np.ascontiguousarray(w.T), fmt_w, conversion.for_w()),
        )
    )
    shape = (len(x), w.shape[1], left.exponents.shape[1])
    a = Blocks(
        fmt_x,
        np.broadcast_to(left.mantissas[:, np.newaxis], (*shape, fmt_x.block_size)),
        np.broadcast_to(left.exponents[:, np.newaxis], shape),
    )
    b = Blocks(
        fmt_w,
        np.broadcast_to(top.mantissas, (*shape, fmt_w.block_size)),
        np.broadcast_to(top.exponents, shape),
    )
    sums(roundings(products(a, b)), np.zeros(shape[:2], np.float32) if c is None else c)


def _marked_sums(terms: Floats, marker: Fields) -> None:
    """Count the additions of sums that markers delimit; each sum starts from its C."""
    starts = np.asarray(marker["c"]).astype(np.uint32).view(np.float32)
    first = np.asarray(marker["first"], bool)
    right, left = terms.ravel(), starts.copy()
    for index in np.flatnonzero(~first):
        left[index] = add(left[index - 1], right[index - 1])
    additions(left, right)


class UnitCoverage:
    """Counter of the corner classes that one unit hit.

    Parameters:
        description: Description of the design under test.
    """

    def __init__(self, description: DesignDescription):
        self._given = description.parameters
        self._cover: Callable[[Inputs], None] | None = getattr(self, f"_{description.unit}", None)

    def inputs(self, inputs: Inputs) -> None:
        """Count inputs, given as fields by stream, once the unit has processed them."""
        if self._cover is not None:
            self._cover(inputs)

    @property
    def _formats(self) -> tuple[HBFPFormat, HBFPFormat]:
        widths = self._given["mantissa_bits"]
        a, b = widths if isinstance(widths, list) else (widths, widths)
        sizes = self._given["block_size"], self._given["exponent_bits"]
        return HBFPFormat(a, *sizes), HBFPFormat(b, *sizes)

    def _blocks(self, fields: Fields, name: str, fmt: HBFPFormat) -> Blocks:
        codes = np.asarray(fields[f"{name}.mantissas"])
        if self._given["sign_magnitude"]:
            magnitudes = codes & fmt.max_mantissa
            codes = np.where(codes >> fmt.fraction_bits & 1, -magnitudes, magnitudes)
        exponents = np.asarray(fields[f"{name}.exponent"], np.int16)
        return Blocks(fmt, codes.astype(fmt.mantissa_dtype), exponents)

    def _convert(self, inputs: Inputs) -> None:
        fields, (wide, _) = inputs["i"], self._formats
        values = np.asarray(fields["values"])
        chosen = np.asarray(fields["rounding"])
        narrow = np.asarray(fields["narrow"], bool)
        for mode in Rounding:
            conversions(values[(chosen == mode) & ~narrow], wide, mode)
            if narrow.any():
                fmt = HBFPFormat(self._given["narrow_bits"], wide.block_size, wide.exponent_bits)
                conversions(values[(chosen == mode) & narrow], fmt, mode)
        if narrow.any():
            modes(~narrow, ~narrow)

    def _pair(self, inputs: Inputs) -> DotProduct:
        fields = inputs["i"]
        a, b = (self._blocks(fields, *named) for named in zip("ab", self._formats, strict=True))
        return products(a, b)

    def _dot(self, inputs: Inputs) -> None:
        self._pair(inputs)

    def _mac(self, inputs: Inputs) -> None:
        terms = roundings(self._pair(inputs))
        additions(np.asarray(inputs["i"]["c"]).astype(np.uint32).view(np.float32), terms)

    def _product(self, fields: Fields, prefix: str = "") -> DotProduct:
        a, b = self._formats
        number, exponent, nan = (
            np.asarray(fields[prefix + name]) for name in ("sum", "exponent", "nan")
        )
        return DotProduct(number, exponent, nan, a.fraction_bits + b.fraction_bits)

    def _fp32(self, inputs: Inputs) -> None:
        fields = inputs["i"]
        value = roundings(self._product(fields, "product."))
        additions(value, np.asarray(fields["addend"]).astype(np.uint32).view(np.float32))

    def _accumulate(self, inputs: Inputs) -> None:
        _marked_sums(roundings(self._product(inputs["i"])), inputs["i_marker"])

    def _dot_engine(self, inputs: Inputs) -> None:
        operands = []
        for name, fmt in zip(("i_a", "i_b"), self._formats, strict=True):
            fields = {key: np.asarray(values) for key, values in inputs[name].items()}
            mode = Rounding(int(fields["rounding"][0]))
            values = fields["values"].astype(np.uint32)
            conversions(values, fmt, mode)
            operands.append(
                convert(
                    values.view(np.float32),
                    fmt,
                    mode,
                    seed=int(fields["seed"][0]),
                    step=fields["step"][:, np.newaxis],
                    random_bits=self._given["random_bits"],
                )
            )
        _marked_sums(roundings(products(*operands)), inputs["i_marker"])

    def _pe(self, inputs: Inputs) -> None:
        fields = inputs["i"]
        bits = NARROW_BITS if self._given["variant"] == "narrow" else WIDE_BITS
        sizes = self._given["block_size"], self._given["exponent_bits"]
        operands = []
        for name in "ab":
            wide = np.asarray(fields[f"wide_{name}"], bool)
            blocks = self._blocks(fields, name, HBFPFormat(bits, *sizes))
            operands.append(MixedBlocks(wide, blocks.mantissas, blocks.exponents, sizes[1]))
        _marked_sums(mixed_terms(*operands), inputs["i_marker"])

    def _fp32_mac(self, inputs: Inputs) -> None:
        a, b, c = (
            np.asarray(inputs["i"][name]).astype(np.uint32).view(np.float32) for name in "abc"
        )
        if self._given["fused"]:
            for lane in range(a.shape[-1]):
                total = fp32_mac(a[..., :lane], b[..., :lane], c)
                parts = (_bits(part) for part in (a[..., lane], b[..., lane], total))
                count("fused", (multiply_add(*case, 24, 24) for case in zip(*parts, strict=True)))
            return
        count(
            "multiply",
            (multiply_add(*case, 0, 24, 24) for case in zip(_bits(a), _bits(b), strict=True)),
        )
        with np.errstate(all="ignore"):
            terms = list(np.moveaxis(a * b, -1, 0))
        while len(terms) > 1:
            pairs = zip(terms[::2], terms[1::2], strict=False)
            terms = [additions(x, y) for x, y in pairs] + terms[len(terms) & ~1 :]
        additions(terms[0], c)

    def _bf16_mac(self, inputs: Inputs) -> None:
        a, b, c = (np.asarray(inputs["i"][name]) for name in "abc")
        kind = Accumulation(self._given["accumulate"])
        fp32_sums = kind is Accumulation.FP32
        start = c.astype(np.uint32).view(np.float32) if fp32_sums else c
        for lane in range(a.shape[-1]):
            total = bf16_mac(a[..., :lane], b[..., :lane], start, kind)
            patterns = total.view(np.uint32) if fp32_sums else total
            cases = zip(
                a[..., lane].tolist(), b[..., lane].tolist(), patterns.tolist(), strict=True
            )
            count("fused", (multiply_add(*case, 8, 24 if fp32_sums else 8) for case in cases))

    def _int8_mac(self, inputs: Inputs) -> None:
        a, b, c = (np.asarray(inputs["i"][name]).astype(np.int64) for name in "abc")
        totals = (a * b).sum(axis=-1) + c
        wraps = (totals < -(1 << 31)) | (totals >= 1 << 31)
        count("integer", ({"wrap"} if wrap else {"plain"} for wrap in wraps.tolist()))
        lowest = ((a == -128) & (b == -128)).any(axis=-1)
        count("integer", ({"lowest"} if low else set() for low in lowest.tolist()))

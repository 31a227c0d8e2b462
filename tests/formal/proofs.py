"""All proofs by name: the quick ones of the tests, and the long ones of ``make prove``."""

from collections.abc import Callable
from pathlib import Path

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from tests.formal import (
    adder,
    array_streams,
    convert,
    core_streams,
    dot,
    fp32,
    gemm_counts,
    gemm_gap,
    pe_passes,
    stream_cases,
)
from tests.formal.equivalence import Verdict

Proof = Callable[[Path], str]
"""A function that works in a folder; it returns an empty text if the claim is proven, else what is
not proven."""


def _all(proof: Callable[..., Verdict], cases: int, *given: object) -> Proof:
    """Return the proof of an equivalence, which must hold in this number of cases."""

    def run(folder: Path) -> str:
        verdict = proof(folder, *given)
        return str(verdict) or ("" if len(verdict.proven) == cases else "cases are missing")

    return run


def _stream(proof: Callable[..., str], *given: object) -> Proof:
    """Return the proof of stream properties."""

    def run(folder: Path) -> str:
        found = proof(folder, *given)
        return "" if found == "proven" else found

    return run


def _passes(variant: Variant, widths: tuple[int, int]) -> Proof:
    """Return the proof of the passes of a PE."""

    def run(folder: Path) -> str:
        held, log = pe_passes.prove(folder, variant, widths)
        return "" if held else log[-2000:]

    return run


MODES = tuple(convert.CASES)
QUICK: dict[str, Proof] = {
    "adder, terms of 7 bits": _all(adder.prove, len(adder.QUICK), 4, 2, adder.QUICK),
    **{
        f"fp32 {a}x{b} n{n} e{e}": _all(fp32.prove, 1, (a, b), n, e)
        for a, b, n, e in ((4, 4, 64, 10), (4, 6, 3, 5), (12, 12, 4, 10), (16, 16, 64, 12))
    },
    **{
        f"dot {a}x{b} n{n}{'_sm' * coded}": _all(dot.prove, 1, (a, b), n, coded)
        for a, b, n, coded in ((2, 2, 4, False), (4, 4, 2, True), (6, 6, 1, False))
    },
    **{
        f"convert m{fmt.mantissa_bits} n{fmt.block_size} e{fmt.exponent_bits} r{r}": _all(
            convert.prove, len(MODES), fmt, r, coded, MODES
        )
        for fmt, r, coded in (
            (HBFPFormat(4, 2), 8, False),
            (HBFPFormat(6, 3, 5), 11, True),
            (HBFPFormat(16, 2, 12), 16, False),
        )
    },
    **{
        f"stream {name}": _stream(stream_cases.prove, case)
        for name, case in stream_cases.CASES.items()
    },
    "stream array": _stream(array_streams.prove),
    "stream core": _stream(core_streams.prove),
    "gemm gap between products": gemm_gap.prove,
    **{
        f"pe passes {variant.value} {a}x{b}": _passes(variant, (a, b))
        for variant, (a, b) in pe_passes.QUICK
    },
}
"""Proofs that take at most a minute or so."""

LONG: dict[str, Proof] = {
    "stream gemm": gemm_counts.prove,
    "adder, terms of 7 bits, all cases": _all(adder.prove, len(adder.CASES), 4, 2),
    "adder, terms of 24 bits, all cases": _all(adder.prove, len(adder.CASES), 12, 4),
    **{
        f"dot {a}x{b} n{n}{'_sm' * coded}": _all(dot.prove, 1, (a, b), n, coded)
        for a, b, n, coded in (
            (3, 3, 3, False),
            (4, 4, 2, False),
            (6, 6, 1, True),
        )
    },
    "convert m8 n4 e8 r8": _all(convert.prove, len(MODES), HBFPFormat(8, 4, 8), 8, True, MODES),
    **{
        f"pe passes {variant.value} {a}x{b}": _passes(variant, (a, b))
        for variant, (a, b) in pe_passes.CASES
        if (variant, (a, b)) not in pe_passes.QUICK
    },
}
"""Proofs that take minutes."""

"""A sample of the fuzzer's calls: no failure, and every function, end and disturbance occurs."""

import os
import signal
from collections import Counter

import pytest

from tests.fuzz import hostile
from tests.fuzz.run import Report, _share, fuzz

GOLDEN = (
    "convert",
    "gemm",
    "multiply",
    "dot",
    "accumulate",
    "native.convert",
    "native.add_product",
)
LAYERS = ("torch.matmul", "HBFPLinear", "HBFPConv1d", "HBFPConv2d")
FULL_CALLS = int(os.environ.get("HBFP_FUZZ_CALLS", "20000"))


def check(report: Report, calls: int, functions: tuple[str, ...], least: int) -> None:
    """Assert that nothing failed and that each function had each end ``least`` times."""
    assert not report.failures, "\n".join(report.failures[:20])
    assert sum(report.ends.values()) == calls
    for function in functions:
        for end in ("result", "TypeError", "ValueError"):
            assert report.ends[f"{function}: {end}"] >= least, (function, end)


def tags_of(report: Report, functions: tuple[str, ...]) -> Counter[str]:
    """Return the number of calls of these functions with each disturbance."""
    found: Counter[str] = Counter()
    for name, count in report.tags.items():
        function, _, tag = name.partition(": ")
        if function in functions:
            found[tag] += count
    return found


def test_sample() -> None:
    report = fuzz(700, 0, "golden")
    check(report, 700, GOLDEN, 2)


@pytest.mark.full
def test_golden_model() -> None:
    report = fuzz(FULL_CALLS, 1, "golden")
    check(report, FULL_CALLS, GOLDEN, FULL_CALLS // 400)
    tags = tags_of(report, GOLDEN)
    wanted = {*hostile.HARMLESS, *hostile.HOSTILE, "steps", "start values", "shared memory"}
    wanted |= {"beyond the format", "rows apart", "odd format", "odd option", "odd blocks"}
    assert {tag for tag in wanted if tags[tag] >= FULL_CALLS // 1000} == wanted


@pytest.mark.full
def test_layers() -> None:
    from tests.fuzz import torch_calls

    calls = FULL_CALLS // 4
    report = fuzz(calls, 1, "torch")
    check(report, calls, LAYERS, calls // 100)
    tags = tags_of(report, LAYERS)
    wanted = {*torch_calls.HARMLESS, *torch_calls.HOSTILE, "gradients", "another default dtype"}
    wanted |= {"weights of another dtype", "weights elsewhere", "odd option"}
    assert {tag for tag in wanted if tags[tag] >= calls // 500} == wanted


def test_a_crash_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that ends its process is reported as a failure; the other calls are counted."""
    monkeypatch.setenv("HBFP_FUZZ_CRASH", "5")
    report = _share(3, 6, 0, "golden")
    (failure,) = report.failures
    assert failure.startswith(f"call 5 of seed 0 ended the process: {signal.SIGSEGV.name}\n")
    assert sum(report.ends.values()) == 2

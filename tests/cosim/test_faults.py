"""The co-simulation finds faults in Verilog and reproduces them; a crash ends in one error line."""

import pytest

from hbfp_hw.cosim import cosim, cosim_each
from hbfp_hw.generation.payload import unpack
from hbfp_hw.simulate import ToolError
from tests.cosim.faulty import BREAKS_DOWN, DEADLOCK, DROPS, PORT, WRONG_SIGN, dot, faulty_dot

VECTORS = 150_000


def test_each_fault_is_found_with_one_build() -> None:
    design = faulty_dot()
    choices = [{PORT: choice} for choice in (0, WRONG_SIGN, DEADLOCK, DROPS)]
    sound, sign, deadlock, drops = cosim_each(design, choices, VECTORS, seed=1)
    assert (sound.mismatches, sound.vectors, sound.differences) == (0, VECTORS, ())

    # The first batch shows the fault and ends the run. One vector alone reproduces it.
    assert sign.vectors < VECTORS
    (difference,) = sign.differences
    assert (difference.outcome, difference.constants) == ("completed", [WRONG_SIGN])
    assert (difference.stream, difference.transfer) == ("o", 0)
    assert [len(words) for words in difference.inputs.values()] == [1]
    fields = design.description.streams["o"].fields
    expected, got = (unpack(fields, words["o"]) for words in (difference.expected, difference.got))
    assert got["sum"] == -expected["sum"] != 0
    assert got["exponent"] == expected["exponent"] == 5

    # This fault loses an output only after one with the sum 50, so all inputs up to it are kept.
    (difference,) = deadlock.differences
    assert difference.outcome == "deadlock"
    assert len(difference.got["o"]) == difference.transfer < len(difference.expected["o"])
    assert 50 in unpack(fields, difference.got["o"])["sum"]
    assert len(difference.inputs["i"]) > 1

    # Inputs that are dropped during stalls of the output show only in a run with stalls.
    assert drops.mismatches == 0
    (drops,) = cosim_each(design, [{PORT: DROPS}], 3000, seed=1, stalls=0.3)
    assert drops.mismatches > 0
    assert sorted(drops.differences[0].stalls) == ["i", "o"]


def test_a_crashing_design_does_not_end_the_caller() -> None:
    with pytest.raises(ToolError, match=r"^hbfp_dot_\S+ failed \(.*\); see .*\.log$"):
        cosim(faulty_dot(), 1000, constants={PORT: BREAKS_DOWN})


def test_time_limit() -> None:
    with pytest.raises(ToolError, match=r"stopped after its time limit of 0\.01 s; see "):
        cosim(dot(), 10**9, timeout=0.01)


@pytest.mark.full
def test_vectors_do_not_depend_on_workers() -> None:
    seen: list[tuple[int, int]] = []
    one, two, other = (
        cosim(dot(), VECTORS, seed=seed, workers=workers, progress=lambda *done: seen.append(done))
        for seed, workers in ((5, 1), (5, 2), (6, 2))
    )
    assert (one.vectors, one.cycles, one.classes) == (two.vectors, two.cycles, two.classes)
    assert one.mismatches == two.mismatches == other.mismatches == 0
    assert one.classes != other.classes
    assert min(one.classes.values()) > 0
    assert seen[-1] == (VECTORS, VECTORS)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"vectors": 0}, ValueError, "^Vectors must be 1 to 1000000000000, not 0$"),
        ({"vectors": 1.5}, TypeError, "^Vectors must be an integer, not 1.5$"),
        ({"seed": -1}, ValueError, "^Seed must be 0 to 4294967295, not -1$"),
        ({"workers": 0}, ValueError, "^Workers must be 1 to 1024, not 0$"),
        ({"stalls": 1.0}, ValueError, "^Stalls must be a probability below 1, not 1.0$"),
        ({"constants": {"p": -1}}, ValueError, "^Constant 'p' must be 0 to 18446744073709551615"),
    ],
)
def test_bad_arguments(change: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cosim(dot(), **({"vectors": 10} | change))


def test_constants_are_of_the_same_ports() -> None:
    with pytest.raises(ValueError, match=r"^Constants must all name \['p'\], not \['q'\]$"):
        cosim_each(dot(), [{"p": 1}, {"q": 1}], 10)


def test_stalls_cost_cycles() -> None:
    result = cosim(dot(), 500, stalls=0.5)
    assert result.mismatches == 0
    assert result.cycles > 750

"""The cocotb regression: every case on both simulators."""

import pytest

from hbfp_hw.generation.registry import UNITS
from hbfp_hw.sim.suite import CASES, missing_classes, run_case
from hbfp_hw.simulate.options import SIMULATORS


@pytest.mark.full(
    but=[
        "convert_m8_n3_e8_nearest-icarus",
        "dot_m4_n16-icarus",
        "pe_mixed_n3_e5-icarus",
        "pe_mixed_n3_e5-verilator",
        "bf16_mac_bf16_n1-icarus",
    ]
)
@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize("name", CASES)
def test_case(name, simulator, tmp_path):
    case = CASES[name]
    result = run_case(case, simulator, tmp_path)
    assert result.failed == ()
    assert len(result.passed) == UNITS[case.unit].test_count
    assert missing_classes(case, result) == []


def test_every_unit_has_cases():
    assert {case.unit for case in CASES.values()} == set(UNITS)

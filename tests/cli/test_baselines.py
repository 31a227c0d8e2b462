"""Baselines from the command line."""

import json

import pytest

from tests.cli.conftest import assert_refused, snapshot


@pytest.mark.full(but=["arguments0-hbfp_fp32_mac_fused_n1_p0", "arguments7-hbfp_int8_mac_n3"])
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["fp32_mac"], "hbfp_fp32_mac_fused_n1_p0"),
        (["fp32_mac", "--pipeline", "1"], "hbfp_fp32_mac_fused_n1"),
        (["fp32_mac", "--pipeline", "4"], "hbfp_fp32_mac_fused_n1_p4"),
        (["fp32_mac", "--separate", "--lanes", "4"], "hbfp_fp32_mac_separate_n4_p0"),
        (["fp32_mac_separate"], "hbfp_fp32_mac_separate_n1_p0"),
        (["bf16_mac", "--lanes", "2"], "hbfp_bf16_mac_fp32_n2_p0"),
        (["bf16_mac", "--accumulate", "bf16"], "hbfp_bf16_mac_bf16_n1_p0"),
        (["int8_mac", "--lanes", "3", "--pipeline", "1"], "hbfp_int8_mac_n3"),
        (["int8_mac_n16"], "hbfp_int8_mac_n16_p0"),
    ],
)
def test_generate(hbfp, tmp_path, arguments, name):
    ended = hbfp("generate", *arguments, "--json", "-o", tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert json.loads(ended.out)["designs"] == [name]
    assert {path.name for path in tmp_path.iterdir()} == {
        name + suffix for suffix in (".v", ".json", ".vlt")
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fp32_mac", "--lanes", "0"], "hbfp: Lanes must be 1 to 1024, not 0"),
        (["int8_mac", "--lanes", "1025"], "hbfp: Lanes must be 1 to 1024, not 1025"),
        (["bf16_mac", "--lanes", "two"], "argument --lanes: invalid int value: 'two'"),
        (["bf16_mac", "--pipeline", "6"], "hbfp: Pipeline depth must be 0 to 5, not 6"),
        (
            ["fp32_mac", "--separate", "--pipeline", "2"],
            "hbfp: Pipeline depth must be 0 to 1, not 2",
        ),
        (["bf16_mac", "--accumulate", "int8"], "argument --accumulate: invalid choice: 'int8'"),
        (
            ["fp32_mac", "--accumulate", "fp32"],
            "hbfp: Unit 'fp32_mac' must be given without --accumulate",
        ),
        (["int8_mac", "--separate"], "hbfp: Unit 'int8_mac' must be given without --separate"),
        (
            ["fp32_mac", "--mantissa-bits", "4"],
            "hbfp: Unit 'fp32_mac' must be given without --mantissa-bits",
        ),
        (
            ["fp32_mac", "--block-size", "4"],
            "hbfp: Unit 'fp32_mac' must be given without --block-size",
        ),
        (["pe", "--block-size", "4", "--lanes", "4"], "Unit 'pe' must be given without --lanes"),
        (
            ["fp32_mac_n16", "--lanes", "4"],
            "hbfp: Configuration 'fp32_mac_n16' must be given without --lanes",
        ),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("generate", *arguments, "-o", "out"), message)
    assert snapshot(folder) == before

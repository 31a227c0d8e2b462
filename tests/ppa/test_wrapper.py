"""Verilog around units: ports, ranks, latency and constants."""

import re
from collections.abc import Callable

import pytest

from hbfp_hw import HBFPFormat
from hbfp_hw.engine import Variant
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.ppa.staged import wrap_staged
from hbfp_hw.ppa.wrapper import Wrapped, wrap_unit
from hbfp_hw.rtl import MAC, PE, Accumulate, Dot, Unit
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC

FORMAT = HBFPFormat(mantissa_bits=3, block_size=2)


def connections(wrapped: Wrapped) -> dict[str, str]:
    """Return what the ports of the unit are connected to in the path."""
    (instance,) = re.findall(r" unit\((.*)\);", wrapped.path)
    return dict(re.findall(r"\.(\w+)\((.*?)\)", instance))


def test_data_path_without_ranks() -> None:
    wrapped = wrap_unit(INT8MAC())
    assert wrapped.name == "hbfp_int8_mac_n1_p0_r0"
    assert (wrapped.operands, wrapped.results) == ({"i__payload": 48}, {"o__payload": 32})
    assert (wrapped.operand_bits, wrapped.result_bits) == (48, 32)
    assert (wrapped.ranks, wrapped.latency, wrapped.retime) == (0, 2, False)
    assert connections(wrapped) == {
        "i__payload": "i__payload",
        "i__valid": "1'b1",
        "o__ready": "1'b1",
        "o__payload": "o__payload",
    }


def test_added_ranks_leave_the_verilog_as_it_is() -> None:
    plain, wrapped = wrap_unit(INT8MAC()), wrap_unit(INT8MAC(), 3)
    assert (wrapped.ranks, wrapped.latency, wrapped.retime) == (3, 5, True)
    assert (wrapped.path, wrapped.shell) == (plain.path, plain.shell)
    assert wrapped.shell.count("always @(posedge clk)") == 2


def test_stages_of_the_unit_are_its_ranks() -> None:
    wrapped = wrap_unit(Dot(FORMAT, pipeline=2))
    assert (wrapped.ranks, wrapped.latency, wrapped.retime) == (2, 4, False)
    assert connections(wrapped)["clk"] == "clk"
    assert connections(wrapped)["rst"] == "1'b0"


def test_last_stage_of_the_unit_holds_the_result() -> None:
    """The shell has no registers for results, so there are as many as in a unit without stages."""
    wrapped = wrap_unit(INT8MAC(pipeline=1))
    assert (wrapped.ranks, wrapped.latency, wrapped.retime) == (0, 2, False)
    assert wrapped.shell.count("always @(posedge clk)") == 1
    assert ".o__payload(o__payload)" in wrapped.shell


@pytest.mark.parametrize(
    ("unit", "ranks", "name"),
    [
        (MAC(FORMAT, pipeline=0), 3, f"{MAC(FORMAT, pipeline=4).design_name}_r0"),
        (FP32MAC(), 3, "hbfp_fp32_mac_fused_n1_p4_r0"),
        (BF16MAC(accumulate=Accumulation.BF16), 1, "hbfp_bf16_mac_bf16_n1_p2_r0"),
        (FP32MAC(), 0, "hbfp_fp32_mac_fused_n1_p0_r0"),
        (FP32MAC(), 5, "hbfp_fp32_mac_fused_n1_p0_r5"),
        (FP32MAC(2), 3, "hbfp_fp32_mac_fused_n2_p0_r3"),
        (FP32MAC(fused=False), 3, "hbfp_fp32_mac_separate_n1_p0_r3"),
        (INT8MAC(), 2, "hbfp_int8_mac_n1_p0_r2"),
    ],
)
def test_stages_cut_by_hand_where_a_unit_has_them(unit: Unit, ranks: int, name: str) -> None:
    wrapped = wrap_staged(unit, ranks)
    assert (wrapped.name, wrapped.ranks, wrapped.latency) == (name, ranks, ranks + 2)


def test_every_stream_is_an_operand() -> None:
    wrapped = wrap_unit(Accumulate(FORMAT))
    assert wrapped.operands.keys() == {"i__payload", "i_marker__payload"}
    assert wrapped.latency == 2 + Accumulate(FORMAT).latency
    assert connections(wrapped)["i_marker__valid"] == "1'b1"


def test_whole_units_keep_handshake_and_reset() -> None:
    wrapped = wrap_unit(PE(Variant.MIXED, 16))
    assert {"rst", "i__valid", "i_marker__valid", "o__ready"} <= wrapped.operands.keys()
    assert wrapped.results.keys() == {"i__ready", "i_marker__ready", "o__payload", "o__valid"}
    assert "1'b" not in connections(wrapped).values()


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: wrap_unit(INT8MAC(), 33), ValueError, "Ranks must be 0 to 32, not 33"),
        (lambda: wrap_unit(INT8MAC(), 1.0), TypeError, "Ranks must be an integer, not 1.0"),
        (
            lambda: wrap_unit(INT8MAC(pipeline=1), 1),
            ValueError,
            "Ranks of hbfp_int8_mac_n1 must be 0, as it has registers of its own, not 1",
        ),
    ],
)
def test_errors(make: Callable[[], object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        make()

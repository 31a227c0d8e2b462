"""Tables of the sensitivity studies, from invented transistor counts."""

from hbfp_hw.area import VerilogSource
from hbfp_hw.density.synthesis import SynthesisFlow, SynthesisJob
from hbfp_hw.report.sensitivity import FLOWS, Variation, tabulate

JOB = SynthesisJob(VerilogSource.of_text("", "none"))


def test_ratios_are_to_baselines_of_the_same_flow():
    usual, other = list(FLOWS)[:2]
    counts = {
        Variation("flow", usual, "hbfp", JOB, 8): 800,
        Variation("flow", usual, "fp32", JOB, 1): 5000,
        Variation("flow", usual, "bf16", JOB, 1): 1000,
        Variation("flow", other, "hbfp", JOB, 8): 400,
        Variation("flow", other, "fp32", JOB, 1): 3000,
        Variation("flow", other, "bf16", JOB, 1): 900,
        Variation("parts", "dot", "hbfp", JOB, 8): 160,
        Variation("parts", "convert", "hbfp", JOB, None): 80,
    }
    tables = tabulate(counts)
    assert [
        (row["variant"], row["transistors_per_mac"], row["ratio_fp32"], row["ratio_bf16"])
        for row in tables["flow"]
    ] == [(usual, 100, 50, 10), (other, 50, 60, 18)]
    part, converter = tables["parts"]
    assert (part["transistors_per_mac"], part["ratio_fp32"], part["ratio_bf16"]) == (20, 250, 50)
    assert converter == {
        "variant": "convert",
        "transistors": 80,
        "transistors_per_mac": None,
        "ratio_fp32": None,
        "ratio_bf16": None,
    }


def test_the_first_flow_is_the_usual_one():
    assert next(iter(FLOWS.values())) == SynthesisFlow()
    assert len(set(FLOWS.values())) == len(FLOWS)

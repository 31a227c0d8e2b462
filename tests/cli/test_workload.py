"""``hbfp workload``: cycles, densities, plots, and refused input."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from hbfp_hw.area import measure
from hbfp_hw.booster.networks import make_network
from hbfp_hw.cycles import simulate_timing
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.rtl.array import Array
from tests.cli.conftest import assert_refused, snapshot

ARRAY = ("--rows", "8", "--cols", "8", "--block-size", "16")


def test_json(folder, hbfp):
    ended = hbfp("workload", "resnet20", *ARRAY, "--batch", "4", "--json")
    assert (ended.status, ended.err, ended.out.count("\n")) == (0, "", 1)
    result = json.loads(ended.out)
    assert result["schedule"] == "booster"
    assert result["macs_per_sample"] == 40_813_184
    assert f"{100 * result['edge_share']:.2f}" == "1.09"
    assert (result["epochs"], result["steps_per_epoch"]) == (160, 12_500)
    assert [phase["epochs"] for phase in result["phases"]] == [159, 1]
    engine = Engine(Variant.MIXED, 8, 8, 16)
    lanes = 8 * 8 * 16
    total = 0
    for phase in result["phases"]:
        assert len(phase["products"]) == 3 * len(make_network("resnet20").layers) - 1
        for row in phase["products"]:
            wide = row["format"] == "6x6"
            schedule = engine.schedule(row["M"], row["K"], row["P"])
            report = simulate_timing(schedule, wide_x=wide, wide_w=wide)
            assert row["cycles"] == report.cycles
            assert row["utilisation"] == pytest.approx(report.utilisation, rel=1e-12)
            assert row["macs"] == row["M"] * row["K"] * row["P"]
            passes = 4 if wide else 1
            assert row["lane_utilisation"] == row["macs"] * passes / (row["cycles"] * lanes)
            assert row["lane_utilisation"] <= row["utilisation"] + 1e-12
        assert phase["cycles"] == sum(row["cycles"] for row in phase["products"])
        total += phase["epochs"] * phase["cycles"]
    assert result["run"]["cycles"] == 12_500 * total
    assert result["remarks"] == []
    four = result["four_bit_share"]
    assert result["shares"] == {"4": four, "6": pytest.approx(1 - four)}
    busy = 4 / (four + 4 * (1 - four))
    assert result["run"]["busy_speedup_hbfp6"] == pytest.approx(busy, rel=1e-12)
    assert result["run"]["busy_speedup_fp32"] == pytest.approx(busy / 4, rel=1e-12)


def test_text(folder, hbfp):
    options = ("--classes", "100", "--batch", "66", "--booster-epochs", "10")
    ended = hbfp("workload", "resnet74", *ARRAY, *options)
    assert (ended.status, ended.err) == (0, "")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[0].startswith("network resnet74: 113 layers, 1,153,712 weights, 167,453,696 MACs")
    assert lines[1] == "training booster, 300 epochs of 758 steps, batch 66"
    assert lines[2] == "array 8 x 8 mixed, N = 16"
    head = lines.index("layer pass M K P count MACs 290 epochs 10 epochs")
    assert lines[head + 2].startswith("stem forward 67,584 27 16 1 29,196,288 6x6 ")
    assert any(line.startswith("stage2.3.conv2 input gradient ") for line in lines)
    assert any(line.startswith("training step ") for line in lines)
    assert "first and last layer 0.279% of the forward MACs, 0.192% of all" in lines
    assert any("products exceed the engine's counters (65,535)" in line for line in lines)


def test_hbfp6_is_no_faster_than_itself(folder, hbfp):
    options = "--schedule hbfp6 --json --length 32 --batch 2 --epochs 3 --variant native"
    ended = hbfp("workload", "gpt2-block", *ARRAY, *options.split())
    result = json.loads(ended.out)
    assert result["run"]["speedup_hbfp6"] == result["run"]["speedup_fp32"] == 1
    assert result["run"]["busy_speedup_fp32"] == 1
    assert (result["edge_share"], result["four_bit_share"]) == (None, 0)


@pytest.mark.full
def test_density(folder, hbfp):
    array = ("--rows", "1", "--cols", "1", "--block-size", "4")
    options = ("--batch", "1", "--density")
    ended = hbfp("workload", "resnet20", *array, *options, "--json")
    assert (ended.status, ended.err) == (0, "")
    result = json.loads(ended.out)
    own = measure(Array(Variant.MIXED, 1, 1, 4)).transistors_per_mac
    assert result["density"]["transistors_per_mac"] == own
    for name, config in (("fp32", "fp32_mac"), ("bf16", "bf16_mac_bf16")):
        ratio = measure(config).transistors / own
        assert result["density"][f"density_{name}"] == ratio
        assert result["density"][f"run_density_{name}"] == ratio * result["run"]["speedup_fp32"]
    lines = hbfp("workload", "resnet20", *array, *options).out.splitlines()
    assert sum("density over" in line for line in lines) == 2


@pytest.mark.full(but=["svg"])
@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_plot_is_the_same_every_time(folder, hbfp, suffix):
    contents = []
    for name in ("a", "b"):
        path = f"{name}.{suffix}"
        ended = hbfp("workload", "resnet20", *ARRAY, "--batch", "2", "--plot", path)
        assert ended.status == 0
        assert path in ended.out
        contents.append((folder / path).read_bytes())
    assert contents[0] == contents[1]
    if suffix == "svg":
        text = "".join(ElementTree.fromstring(contents[0]).itertext())
        assert all(word in text for word in ("stage1.0.conv1", "weight gradient", "159 epochs"))
    else:
        assert contents[0].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vgg", *ARRAY], "argument NET: invalid choice: 'vgg'"),
        (["resnet20", "--rows", "4"], "the following arguments are required: --cols"),
        (["resnet20", *ARRAY, "--schedule", "a"], "argument --schedule: invalid choice: 'a'"),
        (["resnet20", *ARRAY, "--schedule", "fp32"], "hbfp: Formats must be HBFP for a mode"),
        (["resnet20", *ARRAY, "--schedule", "hbfp8"], "hbfp: Mantissa width must be 4 or 6 on"),
        (["resnet20", *ARRAY, "--variant", "narrow"], "argument --variant: invalid choice"),
        (["resnet20", "--rows", "65", "--cols", "4"], "hbfp: Rows must be 1 to 64, not 65"),
        (["resnet20", *ARRAY, "--depth", "3"], "hbfp: Depth must be a power of two, not 3"),
        (["resnet20", *ARRAY, "--panel-tiles", "0"], "hbfp: Panel tiles must be 1 to 256, not 0"),
        (["resnet20", *ARRAY, "--block-size", "0"], "hbfp: Block size must be 1 to 1024, not 0"),
        (
            ["resnet20", *ARRAY, "--density", "--exponent-bits", "12"],
            "hbfp: Exponent width must be 5 to 11",
        ),
        (["resnet20", *ARRAY, "--batch", "0"], "hbfp: Batch must be 1 to 1048576, not 0"),
        (["resnet20", *ARRAY, "--batch", "x"], "argument --batch: invalid int value: 'x'"),
        (["resnet20", *ARRAY, "--epochs", "0"], "hbfp: Epochs must be 1 to 65536, not 0"),
        (
            ["resnet20", *ARRAY, "--epochs", "3", "--booster-epochs", "4"],
            "hbfp: Boosted epochs must be 0 to 3, not 4",
        ),
        (["resnet20", *ARRAY, "--classes", "1"], "hbfp: Classes must be 2 to 65536, not 1"),
        (["resnet20", *ARRAY, "--length", "9"], "hbfp: Network resnet20 must be given classes"),
        (["gpt2-block", *ARRAY, "--length", "0"], "hbfp: Length must be 1 to 65536, not 0"),
        (["resnet20", *ARRAY, "--plot", "w.pdf"], "hbfp: Plot must be a .svg or .png file, not"),
        (["resnet20", *ARRAY, "--plot", "no/w.svg"], "hbfp: Output must be in a folder that"),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("workload", *arguments), message)
    assert snapshot(folder) == before

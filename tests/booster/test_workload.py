"""Cost of training runs, checked against a sum over every product of every epoch."""

import re

import numpy as np
import pytest

from hbfp_hw.booster import BoosterSchedule, Pass
from hbfp_hw.booster.networks import Layer, LayerProduct, Network, make_network, resnet
from hbfp_hw.booster.timing import Timer, Timing
from hbfp_hw.booster.workload import make_schedule, make_workload
from hbfp_hw.cycles import simulate_timing
from hbfp_hw.engine import Engine, Variant

SMALL = Network(
    "small",
    (
        Layer("first", 6, 9, 5, input_gradient=False),
        Layer("scores", 4, 3, 4, 2, weights=False),
        Layer("middle", 2, 20, 8),
        Layer("last", 1, 11, 3),
    ),
    samples=70,
    batch=8,
    epochs=6,
)
ENGINE = Engine(Variant.MIXED, 3, 2, 4)
PASSES = {Variant.MIXED: {(4, 4): 1, (4, 6): 2, (6, 4): 2, (6, 6): 4}, Variant.NATIVE: {}}


def walk(network, schedule, engine, batch):
    """Yield widths, shape and timing report of every product of a step in every epoch."""
    for epoch in range(schedule.epochs):
        for number, layer in enumerate(network.layers):
            for kind, product in layer.products(batch).items():
                bits = tuple(fmt.mantissa_bits for fmt in schedule.formats(number, kind, epoch))
                report = simulate_timing(
                    engine.schedule(product.rows, product.length, product.columns),
                    wide_x=bits[0] == 6,
                    wide_w=bits[1] == 6,
                )
                yield bits, product, report


@pytest.mark.parametrize("variant", [Variant.MIXED, Variant.NATIVE])
@pytest.mark.parametrize("kind", ["hbfp6", "hbfp4", "hbfp4+layers", "booster", "table"])
def test_whole_run(kind, variant):
    engine = Engine(variant, 3, 2, 4)
    if kind == "table":
        table = np.random.default_rng(1).choice([4, 6], (4, 6, 3))
        table[:, 4] = table[:, 1]
        schedule = BoosterSchedule(table, block_size=4)
    else:
        schedule = make_schedule(SMALL, kind, boosted_epochs=2, block_size=4)
    workload = make_workload(SMALL, schedule, engine)
    walked = list(walk(SMALL, schedule, engine, 8))
    if kind == "table":
        assert {bits for bits, _, _ in walked} == set(PASSES[Variant.MIXED])
    cycles = sum(product.count * report.cycles for _, product, report in walked)
    macs = sum(product.macs for _, product, _ in walked)
    assert workload.steps == 9
    assert workload.cycles == 9 * cycles
    assert int(workload.macs.sum()) * schedule.epochs == macs
    passes = sum(PASSES[variant].get(bits, 1) * product.macs for bits, product, _ in walked)
    assert workload.passes == pytest.approx(passes / macs, rel=1e-12)
    sizes = {"hbfp6": 1, "hbfp4": 1, "hbfp4+layers": 1, "booster": 2, "table": 5}
    assert len(workload.phases) == sizes[kind]
    assert sum(phase.epochs for phase in workload.phases) == schedule.epochs
    wide, single = (
        sum(
            product.count * report.cycles
            for _, product, report in walk(
                SMALL,
                make_schedule(SMALL, preset, block_size=4),
                Engine(reference, 3, 2, 4),
                8,
            )
        )
        for preset, reference in (("hbfp6", variant), ("hbfp4", Variant.NATIVE))
    )
    assert workload.speedup_hbfp6 == wide / cycles
    assert workload.speedup_fp32 == single / cycles
    for place, phase in enumerate(workload.phases):
        assert phase.step.cycles == sum(
            item.timings[place].cycles for item in workload.timed_products
        )
        assert phase.step.busy == sum(item.timings[place].busy for item in workload.timed_products)


def test_items_in_order():
    workload = make_workload(SMALL, make_schedule(SMALL, "booster", block_size=4), ENGINE)
    kinds = [(item.layer, item.kind) for item in workload.timed_products]
    assert kinds == [
        (layer.name, kind)
        for layer in SMALL.layers
        for kind in Pass
        if layer.name != "first" or kind is not Pass.INPUT_GRADIENT
    ]
    modes = {
        item.layer: [mode.wide_x and mode.wide_w for mode in item.modes]
        for item in workload.timed_products
    }
    assert modes == {
        "first": [True, True],
        "scores": [False, True],
        "middle": [False, True],
        "last": [True, True],
    }
    first, last = 2 * 8 * 6 * 9 * 5, 3 * 8 * 11 * 3
    assert workload.training_edge_share == (first + last) / int(workload.macs.sum())


def test_a_block_has_inner_layers_only():
    network = make_network("gpt2-block", length=16)
    schedule = make_schedule(network, "booster", epochs=10, block_size=4)
    assert schedule.shares([layer.macs for layer in network.layers]) == {"4": 0.9, "6": 0.1}
    workload = make_workload(network, schedule, ENGINE, batch=1)
    assert workload.training_edge_share == 0


@pytest.mark.parametrize(
    ("name", "classes", "four_bits"),
    [("resnet20", 10, "98.65"), ("resnet74", 100, "99.48"), ("densenet40", 100, "99.54")],
)
def test_share_in_four_bits(name, classes, four_bits):
    """Inner layers have 4 bits in all epochs but the last one."""
    network = make_network(name, classes=classes)
    schedule = make_schedule(network, "booster")
    first, last = (layer.macs for layer in network.edges)
    # The first layer has two products, all others have three.
    inner = 1 - (2 * first + 3 * last) / (3 * network.macs - first)
    epochs = {10: 160, 100: 300}[classes]
    products = [layer.products(1) for layer in network.layers]
    macs = [[each[kind].macs if kind in each else 0 for kind in Pass] for each in products]
    share = schedule.shares(macs)["4"]
    assert share == pytest.approx((epochs - 1) / epochs * inner, rel=1e-12)
    assert f"{share:.2%}" == f"{four_bits}%"


def test_products_beyond_the_counters():
    engine = Engine(Variant.MIXED, 4, 3, 1, depth=4, panel_tiles=2)
    timer = Timer(engine)

    def cycles(rows, length, columns, **given):
        schedule = engine.schedule(rows, length, columns)
        report = simulate_timing(schedule, wide_x=True, wide_w=False, **given)
        return Timing(report.cycles, int(report.busy.sum()))

    # 65528 rows are 8191 panels, 65535 columns are whole tiles, 65532 blocks are whole chunks.
    cases = {
        LayerProduct(65_528, 2, 2): [cycles(65_528, 2, 2)],
        LayerProduct(65_529, 2, 2, 3): [cycles(65_528, 2, 2), cycles(1, 2, 2)],
        LayerProduct(3, 2, 131_071): [*[cycles(3, 2, 65_535)] * 2, cycles(3, 2, 1)],
        LayerProduct(3, 65_533, 2): [cycles(3, 65_532, 2), cycles(3, 1, 2, accumulate=True)],
    }
    for product, parts in cases.items():
        assert timer.parts(product) == len(parts)
        assert timer.time(product, wide_x=True, wide_w=False) == Timing(
            product.count * sum(part.cycles for part in parts),
            product.count * sum(part.busy for part in parts),
        )


def test_equal_shapes_are_timed_once(monkeypatch):
    calls = []

    def counted(schedule, **given):
        calls.append(schedule)
        return simulate_timing(schedule, **given)

    monkeypatch.setattr("hbfp_hw.booster.timing.simulate_timing", counted)
    network = resnet(20)
    done = []
    make_workload(
        network,
        make_schedule(network, "booster", block_size=16),
        Engine(Variant.MIXED, 8, 8, 16),
        batch=1,
        progress=lambda *at: done.append(at),
    )
    products = {
        (product.rows, product.length, product.columns)
        for layer in network.layers
        for product in layer.products(1).values()
    }
    assert len(calls) <= 2 * len(products) < 2 * 50
    assert done[0] == (0, 65)
    assert done[-1] == (65, 65)


@pytest.mark.parametrize(
    ("schedule", "error", "message"),
    [
        (BoosterSchedule([[4]], block_size=4), ValueError, "Schedule must be of 4 layers, not 1"),
        (
            make_schedule(SMALL, "booster"),
            ValueError,
            "Schedule must have the engine's block size 4 and 10 exponent bits, not 64 and 10",
        ),
        (
            make_schedule(SMALL, "fp32", block_size=4),
            ValueError,
            "Formats must be HBFP for a mode of the GEMM engine, not FP32",
        ),
        (
            make_schedule(SMALL, "hbfp8", block_size=4),
            ValueError,
            "Mantissa width must be 4 or 6 on the GEMM engine, not 8",
        ),
    ],
)
def test_refused(schedule, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        make_workload(SMALL, schedule, ENGINE)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (0, ValueError, "Batch must be 1 to 1048576, not 0"),
        (1.5, TypeError, "Batch must be an integer, not 1.5"),
    ],
)
def test_bad_batch(batch, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        make_workload(SMALL, make_schedule(SMALL, "hbfp4", block_size=4), ENGINE, batch=batch)

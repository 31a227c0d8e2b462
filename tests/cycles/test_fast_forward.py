"""Fast-forward: skipped panels and column tiles take the cycles that a full walk gives them."""

from collections import Counter

import numpy as np

from hbfp_hw.cycles import TimingOptions, simulate_timing
from hbfp_hw.cycles.fast_forward import RepeatFinder
from hbfp_hw.cycles.product_timing import ProductTiming
from hbfp_hw.engine import Engine, Variant


def test_fast_forward_changes_nothing(monkeypatch):
    """A trace lists every tile, so with one the model fast-forwards over none."""
    found = Counter()
    find, fast_forward = RepeatFinder.find, ProductTiming._fast_forward

    def counted(self, state):
        result = find(self, state)
        if result is not None:
            found["skip"] += 1
            found["longer period"] += result[1] > 1
        return result

    def told_apart(self, repeats, remaining, banks, chunk):
        skipped = fast_forward(self, repeats, remaining, banks, chunk)
        if skipped:
            found["panels" if len(banks) == 2 else "column tiles"] += 1
            found["column tiles, several chunks"] += len(banks) == 1 and chunk.several
        return skipped

    monkeypatch.setattr(RepeatFinder, "find", counted)
    monkeypatch.setattr(ProductTiming, "_fast_forward", told_apart)
    rng = np.random.default_rng(5)
    for _ in range(400):
        rows, columns = rng.integers(1, 9, 2).tolist()
        engine = Engine(
            Variant.MIXED,
            rows,
            columns,
            4,
            depth=int(rng.choice([2, 8])),
            panel_tiles=int(rng.choice([1, 2, 8])),
        )
        panels, tiles = int(rng.integers(1, 30)), int(rng.integers(1, rng.choice([8, 24])))
        schedule = engine.schedule(
            int(rng.integers(1, panels * rows * engine.panel_tiles + 1)),
            int(rng.integers(1, 4 * rng.choice([3, 20]) + 1)),
            int(rng.integers(1, tiles * columns + 1)),
        )
        wide, accumulate = (bool(flag) for flag in rng.integers(0, 2, 2))
        given = {"wide_x": wide, "wide_w": wide, "accumulate": accumulate}
        before = found["skip"]
        quick = simulate_timing(schedule, **given)
        skipped = found["skip"] > before
        found["skip, start values"] += skipped and accumulate
        found["skip, several chunks"] += skipped and len(schedule.chunks) > 1
        found["skip, short last panel"] += skipped and (
            len(schedule.panels[-1]) < len(schedule.panels[0])
        )
        found["no skip"] += not skipped
        walked = simulate_timing(schedule, **given, options=TimingOptions(trace=True))
        assert quick.as_dict() == walked.as_dict()
        assert quick.steady == walked.steady
    kinds = ("longer period", "skip, start values", "skip, several chunks", "panels")
    more = ("column tiles", "column tiles, several chunks", "skip, short last panel", "no skip")
    for kind in (*kinds, *more):
        assert found[kind] >= 10, found


def test_every_further_panel_takes_the_same_cycles():
    """The formula of docs/cycles.md holds for far more panels than a walk could visit."""
    engine = Engine(Variant.MIXED, 4, 4, 16, panel_tiles=8)
    short, long = (
        simulate_timing(engine.schedule(32 * panels, 64, 64), wide_x=False, wide_w=False)
        for panels in (4, 2000)
    )
    # 8 row tiles and 16 column tiles of 4 blocks each, which hide all loads.
    assert long.cycles - short.cycles == 1996 * 8 * 16 * 4
    assert long.traffic["result_rows"] == 64000 * 16

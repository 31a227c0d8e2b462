"""Drawing of a product: it shows what the model counted."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest

from hbfp_hw.cycles import TimingOptions, simulate_timing
from hbfp_hw.cycles.trace import LEGEND, MARGIN, STALL, TRACK, TRACKS, WIDTH, draw, merge
from hbfp_hw.engine import Engine, Variant

ENGINE = Engine(Variant.MIXED, 2, 3, 4, depth=2, panel_tiles=2)
SVG = "{http://www.w3.org/2000/svg}"
BACKGROUND = {"white", "#f2f2f2"}
ROUNDED = 0.011
"""Largest error of a position plus a width, each rounded to two decimals, in pixels."""


def _traced(sizes, *, stalls=None, accumulate=False):
    report = simulate_timing(
        ENGINE.schedule(*sizes),
        wide_x=False,
        wide_w=True,
        accumulate=accumulate,
        options=TimingOptions(stalls, trace=True),
    )
    assert report.load + report.compute + report.drain + report.stalled == report.cycles
    return report


def _boxes(report):
    """Return the drawn intervals by colour, in pixels from the start of the track."""
    found = {}
    for box in ElementTree.fromstring(draw(report)).iter(f"{SVG}rect"):
        if box.get("fill") not in BACKGROUND:
            x, width = float(box.get("x")) - MARGIN, float(box.get("width"))
            found.setdefault(box.get("fill"), []).append((x, x + width))
    return found


RUNS = {
    "one tile": ((1, 1, 1), {}),
    "tiles": ((7, 6, 5), {}),
    "chunks": ((7, 21, 5), {"accumulate": True}),
    "slow x": ((7, 21, 5), {"stalls": {"i_x": np.arange(7) != 0}}),
    "slow results": ((9, 6, 4), {"stalls": {"o": np.arange(9) != 4}}),
    "long": ((151, 60, 40), {}),
}


@pytest.fixture(params=RUNS)
def report(request):
    sizes, given = RUNS[request.param]
    return _traced(sizes, **given)


def test_spans_lie_within_the_run(report):
    assert set(report.spans) == set(TRACKS)
    for spans in report.spans.values():
        flat = [cycle for span in spans for cycle in span]
        assert flat == sorted(flat)
        assert all(0 <= first <= last < report.cycles for first, last in spans)


def test_boxes_lie_within_their_tracks(report):
    picture = ElementTree.fromstring(draw(report))
    width, height = map(float, picture.get("viewBox").split()[2:])
    assert width > MARGIN + WIDTH
    for box in picture.iter(f"{SVG}rect"):
        if box.get("fill") != "white":
            x, y = float(box.get("x")), float(box.get("y"))
            assert x >= MARGIN
            assert x + float(box.get("width")) <= MARGIN + WIDTH + 0.5 + ROUNDED
            assert 0 < y < y + float(box.get("height")) < height - TRACK / 2


def test_every_span_is_drawn(report):
    scale, boxes = WIDTH / report.cycles, _boxes(report)
    for name, (_, colour) in TRACKS.items():
        drawn = boxes.get(colour, [])
        assert bool(drawn) == bool(report.spans[name])
        for first, last in report.spans[name]:
            inside = [
                x - ROUNDED <= first * scale and (last + 1) * scale <= end + ROUNDED
                for x, end in drawn
            ]
            assert sum(inside) == 1


def test_red_is_where_the_array_waits():
    """The products are short enough for every cycle to be visible."""
    for name in ("one tile", "tiles", "chunks", "slow x", "slow results"):
        sizes, given = RUNS[name]
        report = _traced(sizes, **given)
        scale, boxes = WIDTH / report.cycles, _boxes(report)
        assert scale > 1, name
        waits = np.ones(report.cycles, bool)
        for first, last in report.spans["tile"]:
            waits[first : last + 1] = False
        assert waits.sum() == report.cycles - report.compute
        middles = (np.arange(report.cycles) + 0.5) * scale
        for colour, where in ((STALL, waits), (TRACKS["tile"][1], ~waits)):
            starts, ends = np.array(boxes[colour]).T
            covered = (starts[:, None] < middles) & (middles < ends[:, None])
            assert np.array_equal(covered.sum(0), where), (name, colour)


def test_compute_and_waiting_are_the_whole_width(report):
    boxes = _boxes(report)
    parts = sorted(boxes[TRACKS["tile"][1]] + boxes[STALL])
    assert parts[0][0] == 0
    assert parts[-1][1] == pytest.approx(WIDTH, abs=ROUNDED)
    for (_, end), (start, _) in pairwise(parts):
        assert start == pytest.approx(end, abs=2 * ROUNDED)


def test_summary_has_the_figures(report):
    text = " ".join(part.text for part in ElementTree.fromstring(draw(report)).iter(f"{SVG}text"))
    for name in ("load", "compute", "drain", "stalled"):
        assert f"{name} {getattr(report, name):,}" in text
    assert f"{report.cycles:,} cycles" in text
    assert f"{report.utilisation:.1%}" in text


def test_every_colour_is_named(report):
    """Labels explain the colours of the tracks; a legend with a sample explains the red marks."""
    picture = ElementTree.fromstring(draw(report))
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert {label for label, _ in TRACKS.values()} | {LEGEND} <= set(texts)
    (sample,) = (line for line in picture.iter(f"{SVG}line") if line.get("stroke") == STALL)
    (legend,) = (text for text in picture.iter(f"{SVG}text") if text.text == LEGEND)
    assert float(sample.get("x2")) < float(legend.get("x"))
    assert abs(float(sample.get("y1")) - float(legend.get("y"))) < TRACK / 4
    assert float(legend.get("y")) < float(picture.get("viewBox").split()[3])


@pytest.mark.full
def test_long_picture_stays_small():
    """Intervals closer than a pixel are drawn as one, however many there are."""
    report = _traced((2000, 60, 200))
    assert sum(map(len, report.spans.values())) > 50_000
    assert draw(report).count("<rect") < (len(TRACKS) + 1) * WIDTH


@pytest.mark.parametrize(
    ("spans", "distance", "merged"),
    [
        ([], 5, []),
        ([(3, 4)], 5, [(3, 4)]),
        ([(0, 1), (2, 3)], 0.1, [(0, 3)]),  # neighbours are one
        ([(0, 1), (3, 3)], 1, [(0, 1), (3, 3)]),
        ([(0, 1), (3, 3)], 1.5, [(0, 3)]),
        ([(0, 0), (2, 2), (4, 4), (9, 9)], 2, [(0, 4), (9, 9)]),
    ],
)
def test_merge(spans, distance, merged):
    assert merge(iter(spans), distance) == merged


@pytest.mark.parametrize("distance", [0.5, 1, 3, 20])
def test_merge_of_any_spans(distance):
    """Merging keeps every cycle, and adds only gaps shorter than the distance."""
    rng = np.random.default_rng(int(10 * distance))
    for _ in range(50):
        edges = np.cumsum(rng.integers(1, 8, 40)).tolist()
        spans = [(first, last - 1) for first, last in zip(edges[::2], edges[1::2], strict=True)]
        merged = merge(spans, distance)
        gaps = [b[0] - a[1] - 1 for a, b in pairwise(spans)]
        assert len(merged) == 1 + sum(gap >= distance for gap in gaps)
        kept = [b[0] - a[1] - 1 for a, b in pairwise(merged)]
        assert all(gap >= distance for gap in kept)
        for first, last in spans:
            assert sum(a <= first and last <= b for a, b in merged) == 1

"""Cost of the bus: cycles in which the array idles in a core but would not in the engine alone.

The compiled simulation counts these cycles for a queue of products in several modes, on a bus that
never stalls. Cycles are counted, not timed, so the figures are the same on every machine.
"""

import numpy as np
from rows import Row, print_rows

from hbfp_hw.cycles import Report, simulate_timing
from hbfp_hw.driver import CompiledCore, Driver
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.verilog import generate
from hbfp_hw.golden import gemm
from hbfp_hw.rtl.core import Core

ENGINES = [(8, 8, 16), (4, 4, 64)]
"""Rows, columns and block size of each engine."""
MODES = [(False, False), (True, True), (False, False), (True, False), (True, True), (False, False)]
"""Whether X is wide and whether W is, for each product."""
STARTS = [False, False, True, True, True, False]
"""Whether each product starts from C."""
COLUMN_TILES = 24
TARGET = 2.0  # percent


def measure_engine(engine: Engine) -> float:
    """Return the cycles lost to the bus, in percent of those in which the array computes."""
    design = generate(Core(engine))
    rows, columns = engine.rows * engine.panel_tiles, COLUMN_TILES * engine.columns
    length = engine.depth * engine.block_size
    schedule = engine.schedule(rows, length, columns)
    rng = np.random.default_rng(1)
    x, w, c = (
        rng.standard_normal(shape, np.float32)
        for shape in ((rows, length), (length, columns), (rows, columns))
    )
    reports: list[Report] = []
    with CompiledCore(design) as core:
        driver = Driver(core, design.description.parameters)
        products = []
        for (wide_x, wide_w), starts in zip(MODES, STARTS, strict=True):
            mode = {"wide_x": wide_x, "wide_w": wide_w}
            products.append(driver.start(x, w, c if starts else None, **mode))
            reports.append(simulate_timing(schedule, **mode, accumulate=starts))
        for product, (wide_x, wide_w), starts in zip(products, MODES, STARTS, strict=True):
            formats = {"fmt_x": engine.format(wide_x), "fmt_w": engine.format(wide_w)}
            golden = gemm(x, w, c if starts else None, **formats)
            assert driver.finish(product).tobytes() == golden.tobytes()
        counters = driver.counters()
    work = sum(report.compute for report in reports)
    assert counters["active"] == work
    # Loading the first product and draining the last one are not losses to the bus.
    lost = counters["cycles"] - reports[0].load - reports[-1].drain - work
    lost_by_engine = sum(report.steady for report in reports) - work
    print(
        f"{design.name}: {work} cycles of work, {lost} lost, {lost_by_engine} by the engine alone"
    )
    return 100 * (lost - lost_by_engine) / work


def measure() -> list[Row]:
    """Return the loss of each engine."""
    return [
        Row(
            f"lost to the bus of a core, {rows}x{columns} N={size}",
            measure_engine(Engine(Variant.MIXED, rows, columns, size)),
            TARGET,
            at_most=True,
            unit="%",
        )
        for rows, columns, size in ENGINES
    ]


if __name__ == "__main__":
    print_rows(measure())

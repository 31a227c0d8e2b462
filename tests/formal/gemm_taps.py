"""Inner signals of the smallest GEMM engine, under the names that its invariant uses."""

from tests.formal.inner import Taps

PARTS = ("load_x", "load_w", "start_values", "sequencer")
"""Parts 0 to 3, numbered as in the dispatcher."""


def taps_of(verilog: str) -> Taps:
    """Return the registers and events that the invariant uses."""
    taps = Taps(verilog)
    for part, name in enumerate(PARTS):
        taps.add(f"place{part}", "dispatcher", f"place_{part}", 3)
        taps.add(f"begun{part}", "dispatcher", f"begun_{part}")
        loop = f"{name}.loop"
        for wire, signal, width in (
            ("active", "control__active", 1),
            ("first_chunk", "first_chunk", 1),
            ("tile", "tile", 1),
            ("row_left", "row_left", 16),
            ("block_left", "block_left", 16),
            ("panel_left", "panel_left", 16),
        ):
            taps.add(f"{wire}{part}", loop, signal, width)
        if part != 0:
            taps.add(f"column_left{part}", loop, "column_left", 16)
        if part != 2:
            taps.add(f"block{part}", name, "block")
    for part, name in enumerate(PARTS[:2]):
        taps.add(f"closed{part}", name, "closed")
        taps.add(f"full{part}", name, "banks__full", 2)
        taps.add(f"held{part}", name, "held", 2)
        taps.add(f"line{part}", name, "line")
        taps.add(f"end_part{part}", name, "end_of_part")
    taps.add("passed2", "start_values.loop", "advance")
    taps.add("full_c", "start_values", "use__full", 3)
    taps.add("held_c", "start_values", "held", 3)
    taps.add("row_c", "start_values", "row")
    taps.add("playing", "start_values", "use__playing")
    for event, signal in (
        ("inside", "inside"),
        ("needs_c", "start_values__needs"),
        ("begin", "results__begin"),
        ("take_c", "start_values__take"),
        ("run_c", "start_values__run"),
        ("end", "end"),
        ("release_x", "banks_x__release"),
    ):
        taps.add(f"seq_{event}", "sequencer", signal)
    taps.add("age", "sequencer", "age")
    taps.add("written", "dispatcher", "written", 3)
    taps.add("ended", "dispatcher", "ended", 3)
    taps.add("left", "dispatcher", "left", 3)
    taps.add("waiting_bad", "dispatcher", "waiting_bad")
    taps.add("tiles", "collector", "tiles", 3)
    taps.add("rows_o", "collector", "rows", 3)
    taps.add("row_o", "collector", "row")
    taps.add("end_o", "collector", "end_0", 3)
    taps.add("place_o", "collector", "place", 3)
    taps.add("record", "collector", "w_data", 3)
    taps.add("level", "collector.records", "level", 3)
    taps.add("produce", "collector.records", "w_port__addr", 3)
    taps.add("consume", "collector.records", "r_port__addr", 3)
    # Control of a step in the operand buffer and in the cell. Bit 2: it completes a block. Bit 4:
    # the block is the last one.
    taps.add("step", "buffer_x", "step_0", 9)
    for register, width in (("rounding", 5), ("adding", 5), ("done", 1)):
        taps.add(f"cell_{register}", "array.cell_0_0", register, width)
    return taps

"""Invariant of the smallest GEMM engine, from which its streams follow.

:mod:`tests.formal.gemm_counts` has the claim, the assumptions and the signals of the harness such
as ``good`` and ``all_o``; :mod:`tests.formal.gemm_taps` names the inner signals.

The engine has one row, one column and one tile per panel. Its parts are numbered as in the
dispatcher: 0 and 1 load X and W, 2 reads start values, 3 is the sequencer. Products are counted
modulo 8 (a part's ``place`` is the product that it works on), and their descriptors are in slots,
counted modulo 4.
"""

SLOTS = range(4)
RECORDS = 7
"""Records of tiles that the collector can hold (its ``tiles_in_flight``)."""


def at_place(part: int, what: str) -> str:
    """Return an expression for a value of the product that a part works on."""
    slot = f"place{part}[1:0]"
    chosen = [f"{slot} == {k} ? {what}{k} : " for k in SLOTS[:-1]]
    return f"({''.join(chosen)}{what}{SLOTS[-1]})"


def ahead(part: int, what: str) -> str:
    """Return an expression for the sum of a value over all products that a part has not begun."""
    return " + ".join(f"(waits{part}_{k} ? {what}{k} : 6'd0)" for k in SLOTS)


SLOT = """
  reg [15:0] rows{k} = 0, columns{k} = 0, blocks{k} = 0;
  reg [1:0] chunk{k} = 0;
  reg accumulate{k} = 0;
  reg [5:0] all_x{k} = 0, parts_x{k} = 0, all_w{k} = 0, all_c{k} = 0, all_o{k} = 0;
  always @(posedge clk) if (good && written[1:0] == {k}) begin
    rows{k} <= rows;
    columns{k} <= columns;
    blocks{k} <= blocks;
    chunk{k} <= chunk;
    accumulate{k} <= accumulate;
    all_x{k} <= all_x;
    parts_x{k} <= parts_x;
    all_w{k} <= all_w;
    all_c{k} <= all_c;
    all_o{k} <= all_o;
  end
  wire [1:0] back{k} = {k} - left[1:0];
  wire used{k} = back{k} < products;
  wire [5:0] m_of{k} = rows{k}[1:0], p_of{k} = columns{k}[1:0], k_of{k} = blocks{k}[1:0];
  wire [5:0] chunks{k} = chunk{k} == 1 ? k_of{k} : 6'd1, area{k} = m_of{k} * p_of{k};
"""

PART = """
  wire [2:0] behind{p} = written - place{p}, done{p} = place{p} - left;
  wire start{p} = !begun{p} && behind{p} != 0;
  wire [15:0] M{p} = {rows}, P{p} = {columns}, K{p} = {blocks};
  wire [1:0] chunk_at{p} = {chunk};
  wire accumulate_at{p} = {accumulate};
  // The same numbers with six bits, as the counts of items that are due have.
  wire [5:0] m{p} = M{p}[1:0], p{p} = P{p}[1:0], panels{p} = panel_left{p}[1:0];
  wire [5:0] left{p} = block_left{p}[1:0], size{p} = chunk_at{p};
  wire [5:0] depth{p} = left{p} <= size{p} ? left{p} : size{p};
  wire [5:0] chunks_left{p} = size{p} == 6'd1 ? left{p} : left{p} == 6'd0 ? 6'd0 : 6'd1;
"""
WAITS = """
  wire [1:0] from{p}_{k} = {k} - place{p}[1:0];
  wire waits{p}_{k} = from{p}_{k} < behind{p} && !(from{p}_{k} == 0 && begun{p});
"""

# Counters of what is left of the product that a part works on: name, part, value at the start of
# the product, and the event that counts down.
COUNTERS = (
    ("now_x", 0, "all_x", "i_x_moves"),
    ("now_parts_x", 0, "parts_x", "end_part0"),
    ("now_w", 1, "all_w", "i_w_moves"),
    ("now_parts_w", 1, "all_o", "end_part1"),
    ("now_c", 2, "all_c", "i_c_moves"),
    ("now_passed", 2, "all_o", "active2 && passed2"),
    ("now_tiles", 3, "all_o", "seq_end"),
    ("now_panels", 3, "parts_x", "seq_release_x"),
    ("now_starts", 3, "all_c", "seq_take_c"),
)
# For each of these, the same count over all accepted products; the harness has the first three.
TOTALS = {
    "now_x": "due_x",
    "now_w": "due_w",
    "now_c": "due_c",
} | {name: f"total{name.removeprefix('now')}" for name, *_ in COUNTERS if len(name) > 5}
COUNTER = """
  reg [5:0] {name} = 0;
  always @(posedge clk) if (start{part}) {name} <= {value}; else {name} <= {name} - ({event});
"""
TOTAL = """
  reg [5:0] {total} = 0;
  always @(posedge clk) {total} <= {total} + (good ? {what} : 6'd0) - ({event});
"""
PIPE = """
  // Number of tiles whose last step is in the operand buffer or in a stage of the cell.
  wire stage0 = step[4 + 2] && step[4 + 4], stage1 = cell_rounding[2] && cell_rounding[4];
  wire stage2 = cell_adding[2] && cell_adding[4];
  wire [3:0] pipe = stage0 + stage1 + stage2 + cell_done;
  // Tiles that are about to use start values, which the engine still holds.
  reg [1:0] ran = 0, needed = 0;
  always @(posedge clk) begin
    ran <= {ran, seq_run_c};
    needed <= {needed, seq_needs_c};
  end
  wire [1:0] opening = ran & needed;
  // Copy of the collector's records of tiles: rows, columns, and whether it is the last tile of its
  // product.
  reg [2:0] records [0:7];
  integer n;
  initial for (n = 0; n < 8; n = n + 1) records[n] = 0;
  always @(posedge clk) if (seq_begin && level != 7) records[produce] <= record;
  function [2:0] around(input [3:0] place); around = place >= 7 ? place - 7 : place; endfunction
  wire [2:0] newest = records[around(produce + 6)];
"""
RECORD = """
  wire [2:0] record{q} = records[around(consume + {q})];
  wire held_record{q} = {q} < level;
  wire [2:0] product{q} = ended + {before};
"""


def ghosts() -> str:
    """Return Verilog of ghost state: copies of memories and counters that keep the facts simple."""
    text = ["  wire [2:0] products = written - left, over = ended - left;"]
    text += [SLOT.format(k=k) for k in SLOTS]
    settings = ("rows", "columns", "blocks", "chunk", "accumulate")
    for p in range(4):
        text.append(PART.format(p=p, **{name: at_place(p, name) for name in settings}))
        text += [WAITS.format(p=p, k=k) for k in SLOTS]
    for name, part, what, event in COUNTERS:
        value = at_place(part, what)
        text.append(COUNTER.format(name=name, part=part, value=value, event=event))
        if TOTALS[name].startswith("total"):
            text.append(TOTAL.format(total=TOTALS[name], what=what, event=event))
        text.append(f"  wire [5:0] sum_{name} = {ahead(part, what)} + {name};\n")
    text.append(PIPE)
    lasts = [f"(held_record{q} && record{q}[2])" for q in range(RECORDS)]
    for q in range(RECORDS):
        text.append(RECORD.format(q=q, before=" + ".join(lasts[:q]) or "0"))
    text.append(f"  wire [2:0] lasts = {' + '.join(lasts)};")
    return "".join(text) + _left()


def invariant_violations() -> dict[str, str]:
    """Return the conditions under which each fact is violated, by the name of the fact."""
    wrong = {
        "harness": "rows > 2 || columns > 2 || blocks > 2 || given != written || over_o != ended"
        " || answered != left || bad_waits != waiting_bad",
        "status": "due_status != products + waiting_bad || over > products",
        "held x": "{1'b0, held0} != {1'b0, full0} + closed0 || held0 > 2 || line0",
        "held w": "{1'b0, held1} != {1'b0, full1} + closed1 || held1 > 2 || line1",
        "parts of x": "total_panels != total_parts_x + held0",
        "parts of w": "total_tiles != total_parts_w + held1",
        "start values": "total_starts != due_c + full_c || full_c > 4",
        "held c": "held_c != full_c + opening[0] + opening[1] || held_c > 4 || row_c || playing",
        "passed in time": "total_tiles < total_passed || total_tiles == total_passed"
        " && (behind2 > behind3 || behind2 == behind3 && (active3 > active2 || begun3 > begun2))",
        "inside": "seq_inside && (!active3 || full0 == 0 || full1 == 0 || block3 == 0) || age"
        " || !seq_inside && block3 != 0",
        "tiles": "tiles != seq_inside + pipe + rows_o || tiles > 7 || level != tiles || row_o",
        "rings": "produce > 6 || consume > 6 || end_o > 6 || place_o > 6"
        " || around(consume + level) != produce || around(place_o + rows_o) != end_o",
        "just ended": "begun3 && !active3 && !stage0",
        "last records": "lasts != place3 - ended + (begun3 && !active3)"
        " + (seq_inside && now_tiles == 1)",
        "newest record": "(begun3 && !active3 || seq_inside && now_tiles == 1)"
        " && (level == 0 || !newest[2]) || seq_inside && now_tiles != 1 && newest[2]",
        "open product": "level != 0 && !newest[2] && !active3",
        "records": " || ".join(
            f"held_record{q} && record{q}[1:0] != 3 || step[3] != 1 && stage0"
            for q in range(RECORDS)
        ),
        **_of_loops(),
    }
    for k in SLOTS:
        wrong[f"descriptor {k}"] = (
            f"used{k} && ("
            + " || ".join(
                f"{size}{k} == 0 || {size}{k} > 2"
                for size in ("rows", "columns", "blocks", "chunk")
            )
            + ")"
        )
        wrong[f"sums {k}"] = (
            f"used{k} && (all_x{k} != m_of{k} * k_of{k} || parts_x{k} != m_of{k} * chunks{k}"
            f" || all_w{k} != area{k} * k_of{k} || all_o{k} != area{k} * chunks{k}"
            f" || all_c{k} != area{k} * (chunks{k} - !accumulate{k}))"
        )
        begun = " + ".join(f"(held_record{q} && product{q}[1:0] == {k})" for q in range(RECORDS))
        wrong[f"results {k}"] = (
            f"count{k} != {begun} + (waits3_{k} ? all_o{k}"
            f" : active3 && place3[1:0] == {k} ? now_tiles - seq_inside : 0)"
        )
    for name, *_ in COUNTERS:
        wrong[f"total of {name}"] = f"{TOTALS[name]} != sum_{name}"
    return wrong


def _of_loops() -> dict[str, str]:
    """Return the violations of facts about each part's place and loop."""
    wrong = {}
    for p in range(4):
        wrong[f"place {p}"] = (
            f"products > 4 || done{p} > products || done{p} < over"
            f" || begun{p} && behind{p} == 0 || active{p} && !begun{p}"
        )
        columns = f" || column_left{p} == 0 || column_left{p} > P{p}" if p else ""
        wrong[f"loop {p}"] = (
            f"active{p} && (panel_left{p} == 0 || panel_left{p} > M{p} || tile{p}"
            f" || row_left{p} != panel_left{p} || block_left{p} == 0 || block_left{p} > K{p}"
            f" || first_chunk{p} != (block_left{p} == K{p})"
            f" || chunk_at{p} == 2 && block_left{p} != K{p}{columns})"
        )
        if p != 2:
            wrong[f"block {p}"] = f"active{p} ? block{p} >= depth{p} : block{p} != 0"
    for name, part, *_ in COUNTERS:
        wrong[name] = f"{name} != (active{part} ? left_{name} : 6'd0)"
    return wrong


def _left() -> str:
    """Return Verilog for what each loop has left of its product, by the loop's own counters."""
    area = {p: f"(column_left{p}[1:0] + (panels{p} - 6'd1) * p{p})" for p in (1, 2, 3)}
    later = {p: f"(chunks_left{p} - 6'd1) * m{p}" for p in range(4)}
    wanted = {p: f"(accumulate_at{p} || !first_chunk{p} ? {area[p]} : 6'd0)" for p in (2, 3)}
    left = {
        "now_x": "(panels0 - 6'd1) * depth0 + depth0 - block0 + (left0 - depth0) * m0",
        "now_parts_x": f"panels0 + {later[0]}",
        "now_w": f"({area[1]} - 6'd1) * depth1 + depth1 - block1 + (left1 - depth1) * m1 * p1",
        "now_parts_w": f"{area[1]} + {later[1]} * p1",
        "now_c": f"{wanted[2]} + {later[2]} * p2",
        "now_passed": f"{area[2]} + {later[2]} * p2",
        "now_tiles": f"{area[3]} + {later[3]} * p3",
        "now_panels": f"panels3 + {later[3]}",
        "now_starts": f"{wanted[3]} + {later[3]} * p3 - (seq_inside && seq_needs_c)",
    }
    return "".join(f"  wire [5:0] left_{name} = {value};\n" for name, value in left.items())

"""Pictures of the data paths of pe, array, gemm and core."""

from drawing.shapes import box, frame, picture, port, register, text, wire


def pe() -> str:
    return picture(
        "Data path of pe",
        960,
        370,
        port(20, 84, "a.q", "N × 6 bits", "hbfp", 100),
        port(20, 164, "b.q", "N × 6 bits", "hbfp", 100),
        box(120, 50, 116, 64, "hbfp", "high or low", "2 or 3 bits"),
        box(120, 134, 116, 64, "hbfp", "high or low", "2 or 3 bits"),
        wire("hbfp", (236, 84), (272, 84), (272, 112), (296, 112)),
        wire("hbfp", (236, 164), (272, 164), (272, 136), (296, 136)),
        box(296, 74, 120, 96, "hbfp", "N lanes", "3 × 3 bits,", "and one bit heap", "for all"),
        wire("hbfp", (416, 124), (444, 124)),
        box(444, 74, 116, 96, "hbfp", "sum", "s, sum + s or", "8 · sum + s"),
        wire("hbfp", (560, 124), (620, 124)),
        register(582, 106, 36),
        wire("hbfp", (602, 124), (602, 190), (502, 190), (502, 170)),
        box(620, 84, 104, 80, "fp32", "normalise", "round once"),
        wire("fp32", (724, 124), (772, 124)),
        register(742, 112, 24),
        box(772, 84, 84, 80, "fp32", "add", "FP32"),
        wire("fp32", (856, 124), (940, 124)),
        register(878, 112, 24),
        text(922, 114, "o", "title"),
        wire("fp32", (902, 124), (902, 190), (834, 190), (834, 164)),
        text(868, 206, "acc", "small"),
        port(20, 244, "wide", "4 or 6 bits", "group", 100),
        box(120, 218, 176, 88, "group", "passes", "1, 2, 2 or 4 cycles;", "high parts first"),
        wire("group", (178, 218), (178, 198)),
        wire("group", (296, 244), (472, 244), (472, 170)),
        text(384, 236, "clear, shift", "small"),
        wire("group", (296, 286), (800, 286), (800, 164)),
        text(650, 278, "C, first, last, with a block's last pass", "small"),
        port(20, 296, "marker", "C, first, last", "group", 100),
    )


def array() -> str:
    parts = []
    for column in range(3):
        x = 230 + 200 * column
        parts += [
            text(x + 65, 22, f"b[{column}]", "title"),
            wire("hbfp", (x + 65, 28), (x + 65, 60)),
        ]
        for row in range(3):
            y = 60 + 110 * row
            parts.append(box(x, y, 130, 72, "hbfp", f"cell {row},{column}", "own FP32 sum"))
            if column < 2:
                parts.append(wire("hbfp", (x + 130, y + 36), (x + 200, y + 36)))
                parts.append(register(x + 160, y + 24, 24))
            if row < 2:
                parts.append(wire("hbfp", (x + 40, y + 72), (x + 40, y + 110)))
                parts.append(
                    f'<rect x="{x + 28}" y="{y + 86}" width="24" height="8" fill="#0f172a"/>'
                )
        parts.append(
            f'<path d="M{x + 130},80 h16 v300" fill="none" stroke="#c2410c" stroke-width="2"/>'
        )
        parts += [
            f'<path d="M{x + 130},{80 + 110 * row} h16" fill="none" stroke="#c2410c"'
            ' stroke-width="2"/>'
            for row in (1, 2)
        ]
        parts += [
            wire("fp32", (x + 146, 376), (x + 146, 402)),
            text(x + 146, 420, f"y[{column}]", "title"),
        ]
    for row in range(3):
        y = 96 + 110 * row
        parts += [
            text(24, y - 8, f"a[{row}]", "title", "start"),
            text(24, y + 18, "and control", "small", "start"),
            wire("hbfp", (24, y), (230, y)),
        ]
    parts.append(text(24, 412, "row r and column c work r + c cycles later", "small", "start"))
    return picture("Cells of an array", 900, 480, *parts)


def gemm() -> str:
    return picture(
        "Data path of gemm",
        960,
        470,
        port(20, 76, "i_x", "FP32[N]", "fp32", 110),
        port(20, 176, "i_w", "FP32[N]", "fp32", 110),
        port(20, 276, "i_c", "FP32[C]", "fp32", 280),
        box(130, 40, 130, 72, "hbfp", "convert X", "4 or 6 bits"),
        box(130, 140, 130, 72, "hbfp", "convert W", "4 or 6 bits"),
        wire("hbfp", (260, 76), (300, 76)),
        wire("hbfp", (260, 176), (300, 176)),
        box(300, 40, 150, 72, "hbfp", "buffer X", "two banks: a panel"),
        box(300, 140, 150, 72, "hbfp", "buffer W", "two banks: a tile"),
        box(300, 240, 150, 72, "fp32", "buffer C", "four tiles"),
        wire("hbfp", (450, 76), (500, 76), (500, 110), (540, 110)),
        wire("hbfp", (450, 176), (540, 176)),
        wire("fp32", (450, 276), (500, 276), (500, 230), (540, 230)),
        box(
            540,
            76,
            150,
            190,
            "hbfp",
            "array",
            "R × C cells,",
            "1, 2 or 4 passes",
            "a block;",
            "FP32 sums",
        ),
        wire("fp32", (690, 176), (740, 176)),
        box(740, 136, 120, 80, "fp32", "collector", "rows of a tile,", "one at a time"),
        wire("fp32", (860, 176), (940, 176)),
        text(910, 166, "o", "title"),
        text(910, 194, "FP32[C]", "small"),
        port(20, 374, "i_descriptor", "sizes, modes", "group", 110),
        box(130, 344, 130, 60, "group", "check", "and take ahead"),
        wire("group", (260, 374), (300, 374)),
        box(300, 344, 150, 60, "group", "tile loops", "loaders, C"),
        wire("group", (375, 344), (375, 312)),
        wire("group", (450, 374), (540, 374)),
        box(540, 344, 150, 60, "group", "sequencer", "tile, block, pass"),
        wire("group", (615, 344), (615, 266)),
        wire("group", (690, 374), (940, 374)),
        text(890, 364, "o_status", "title"),
    )


def core() -> str:
    return picture(
        "Data path of core",
        960,
        360,
        port(20, 72, "s_axil", "AXI4-Lite", "group", 110),
        box(130, 40, 150, 64, "group", "registers", "mode table"),
        wire("group", (280, 72), (320, 72)),
        box(320, 40, 110, 64, "group", "launcher", "checks"),
        wire("group", (430, 72), (470, 72)),
        box(470, 40, 110, 64, "group", "queue", "descriptors"),
        wire("group", (580, 72), (680, 72), (680, 140)),
        frame(592, 104, 176, 196, ""),
        box(608, 140, 144, 130, "hbfp", "gemm", "the engine:", "FP32 in and out,", "HBFP inside"),
        port(20, 166, "s_axis_x, _w, _c", "AXI4-Stream, FP32", "fp32", 300),
        box(
            320,
            134,
            200,
            100,
            "fp32",
            "stream in, three",
            "beats to items;",
            "tkeep and tlast checked",
        ),
        wire("fp32", (520, 184), (608, 184)),
        wire("fp32", (752, 184), (790, 184)),
        box(790, 144, 110, 80, "fp32", "stream out", "items to beats,", "tlast"),
        wire("fp32", (900, 184), (944, 184)),
        text(926, 240, "m_axis_y", "title", "end"),
        wire("group", (205, 104), (205, 284), (592, 284)),
        text(330, 276, "halt and reset, after an error", "small"),
        wire("group", (160, 104), (160, 250), (20, 250)),
        text(20, 242, "irq", "title", "start"),
    )

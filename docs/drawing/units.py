"""Data paths of the units of the dot engine."""

from drawing.shapes import box, frame, picture, port, register, text, wire

CONVERT = ("shared exponent,", "align, round,", "saturate")


def convert() -> str:
    return picture(
        "Data path of convert",
        *(960, 400),
        port(20, 84, "values", "FP32[N]", "fp32", 116),
        box(136, 44, 170, 80, "hbfp", "largest exponent", "N fields of 8 bits,", "top bit first"),
        wire("hbfp", (306, 84), (346, 84)),
        box(346, 44, 120, 80, "hbfp", "clamp", "largest − 126,", "NaN code"),
        wire("hbfp", (466, 84), (936, 84)),
        register(490, 72, 24),
        text(514, 62, "pipeline 2", "small"),
        register(846, 72, 24),
        text(850, 62, "pipeline 1", "small"),
        text(900, 74, "E", "title"),
        frame(136, 156, 690, 120, "lane, N times"),
        wire("fp32", (96, 84), (96, 230), (152, 230)),
        box(152, 190, 120, 72, "fp32", "significand", "24 bits"),
        wire("fp32", (272, 226), (304, 226)),
        box(304, 190, 130, 72, "hbfp", "shift right", "by E − exponent"),
        wire("hbfp", (520, 84), (520, 146), (369, 146), (369, 190)),
        wire("hbfp", (434, 226), (466, 226)),
        box(466, 190, 120, 72, "hbfp", "round", "add and drop"),
        wire("hbfp", (586, 226), (612, 226)),
        box(612, 190, 90, 72, "hbfp", "saturate", "largest q"),
        wire("hbfp", (702, 226), (728, 226)),
        box(728, 190, 80, 72, "hbfp", "sign", "of value"),
        wire("hbfp", (808, 226), (936, 226)),
        register(846, 214, 24),
        text(900, 216, "q[N]", "title"),
        port(20, 318, "seed, step", "32 bits each", "group", 132),
        box(152, 296, 120, 52, "group", "mix", "8 rounds"),
        wire("group", (272, 322), (304, 322)),
        box(304, 296, 130, 52, "group", "expand", "R bits a lane"),
        wire("group", (434, 322), (506, 322), (506, 262)),
        text(590, 310, "rounding", "title", "start"),
        text(590, 336, "mode of the block", "small", "start"),
        wire("group", (580, 318), (546, 318), (546, 262)),
    )


def dot() -> str:
    return picture(
        "Data path of dot",
        *(960, 380),
        port(20, 84, "a.q", "N × ma bits", "hbfp", 116),
        port(20, 164, "b.q", "N × mb bits", "hbfp", 116),
        frame(120, 24, 416, 176, "lane, N times"),
        box(136, 62, 120, 120, "hbfp", "take apart", "sign,", "magnitude;", "signs: XOR"),
        wire("hbfp", (256, 100), (288, 100)),
        box(288, 62, 104, 72, "hbfp", "fold sign", "into a: XOR"),
        wire("hbfp", (392, 100), (416, 100)),
        box(416, 62, 104, 120, "hbfp", "multiply", "AND gates,", "no adder"),
        wire("hbfp", (256, 160), (416, 160)),
        wire("hbfp", (520, 100), (568, 100)),
        box(
            568,
            62,
            134,
            100,
            "hbfp",
            "heap",
            "full adders:",
            "three bits to two,",
            "until two rows",
        ),
        wire("hbfp", (702, 112), (736, 112)),
        box(736, 62, 100, 100, "hbfp", "add", "the two rows"),
        wire("hbfp", (836, 112), (936, 112)),
        text(892, 102, "sum", "title"),
        wire("hbfp", (196, 182), (196, 244), (288, 244)),
        text(244, 236, "signs", "small"),
        box(288, 216, 150, 56, "hbfp", "count", "lanes below zero"),
        wire("hbfp", (438, 244), (635, 244), (635, 162)),
        text(540, 236, "− P · count", "small"),
        port(20, 304, "a.E, b.E", "e bits each", "hbfp", 268),
        box(288, 284, 150, 48, "hbfp", "a.E + b.E"),
        wire("hbfp", (438, 304), (936, 304)),
        text(860, 296, "exponent, nan", "title"),
        text(700, 322, "pipeline: registers spread over lanes, heap and addition", "small"),
    )


def accumulate() -> str:
    return picture(
        "Data path of accumulate",
        *(960, 336),
        port(20, 116, "product", "as dot gives it", "hbfp", 130),
        frame(136, 24, 300, 176, "normalise"),
        box(150, 76, 120, 80, "fp32", "magnitude", "complement if", "below zero"),
        wire("fp32", (270, 116), (296, 116)),
        box(
            296,
            56,
            126,
            130,
            "fp32",
            "shift left",
            "until its top bit",
            "is one; round",
            "what exceeds",
            "24 bits, once",
        ),
        wire("fp32", (422, 116), (496, 116)),
        register(454, 104, 24),
        text(458, 16, "pipeline", "small"),
        frame(480, 24, 390, 236, "add"),
        box(496, 56, 108, 130, "fp32", "order", "by exponent;", "align the", "smaller one"),
        wire("fp32", (604, 116), (626, 116)),
        box(626, 56, 100, 130, "fp32", "add", "or subtract,", "complement", "if exact"),
        wire("fp32", (726, 116), (748, 116)),
        box(
            748, 56, 108, 130, "fp32", "normalise", "and round to", "nearest even;", "NaN, infinity"
        ),
        wire("fp32", (856, 116), (940, 116)),
        register(888, 92, 48),
        text(892, 84, "acc", "title"),
        text(928, 106, "o", "title"),
        wire("fp32", (912, 116), (912, 280), (620, 280), (620, 244)),
        box(496, 208, 150, 36, "group", "acc, or C if first"),
        wire("fp32", (550, 208), (550, 186)),
        port(20, 226, "marker", "C, first, last", "group", 476),
    )


def mac() -> str:
    return picture(
        "Data path of mac",
        *(960, 230),
        port(20, 76, "a, b", "E, q[N]", "hbfp", 116),
        box(136, 40, 150, 88, "hbfp", "dot", "N multiplications,", "one exact sum"),
        wire("hbfp", (286, 84), (376, 84)),
        text(330, 74, "S, exponent", "small"),
        box(376, 40, 150, 88, "fp32", "normalise", "round once,", "not yet packed"),
        wire("fp32", (526, 84), (626, 84)),
        register(572, 72, 24),
        text(576, 62, "pipeline 2", "small"),
        box(626, 40, 150, 88, "fp32", "add", "FP32, nearest even"),
        wire("fp32", (776, 84), (936, 84)),
        register(832, 72, 24),
        text(836, 62, "pipeline 1", "small"),
        text(910, 76, "o", "title"),
        text(20, 152, "c", "title", "start"),
        text(20, 178, "FP32", "small", "start"),
        wire("fp32", (20, 160), (700, 160), (700, 128)),
    )


def dot_engine() -> str:
    return picture(
        "Data path of the dot engine",
        *(960, 400),
        frame(112, 16, 756, 320, "dot_engine"),
        frame(538, 108, 314, 170, "accumulate"),
        # operands
        text(20, 88, "i_a", "title", "start"),
        text(20, 106, "FP32[N]", "small", "start"),
        wire("fp32", (20, 114), (136, 114)),
        text(20, 234, "i_b", "title", "start"),
        text(20, 252, "FP32[N]", "small", "start"),
        wire("fp32", (20, 260), (136, 260)),
        box(136, 64, 168, 100, "hbfp", "convert A", *CONVERT),
        box(136, 210, 168, 100, "hbfp", "convert B", *CONVERT),
        # dot
        wire("hbfp", (304, 114), (336, 114), (336, 176), (360, 176)),
        wire("hbfp", (304, 260), (336, 260), (336, 208), (360, 208)),
        text(344, 108, "E, q[N]", "small", "start"),
        text(344, 276, "E, q[N]", "small", "start"),
        box(360, 144, 144, 96, "hbfp", "dot", "N multipliers,", "one exact sum,", "Ea + Eb"),
        # accumulate
        wire("hbfp", (504, 192), (556, 192)),
        text(508, 300, "exact integer S, exponent", "small"),
        '<path d="M508,286 L528,198" stroke="#64748b" stroke-width="1" fill="none"/>',
        box(556, 144, 116, 96, "fp32", "normalise", "round once", "to FP32"),
        wire("fp32", (672, 192), (716, 192)),
        box(716, 144, 116, 96, "fp32", "add", "acc + r,", "one per cycle"),
        wire("fp32", (774, 240), (774, 262), (694, 262), (694, 216), (716, 216)),
        text(786, 262, "acc", "small", "start"),
        wire("fp32", (832, 192), (936, 192)),
        text(900, 168, "o", "title"),
        text(904, 184, "FP32", "small"),
        # markers
        wire("group", (774, 2), (774, 144)),
        text(762, 50, "i_marker", "title", "end"),
        text(762, 68, "C, first, last", "small", "end"),
    )

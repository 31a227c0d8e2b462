"""The ``.json`` of a design suffices to pack, to unpack, and to drive array and engine."""

import itertools
import json
from functools import cache

import numpy as np
import pytest
from amaranth.hdl import Const

from hbfp_hw import HBFPFormat, Rounding, gemm
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.payload import pack
from hbfp_hw.generation.verilog import describe
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.cell import CellFormat
from hbfp_hw.rtl.fields import ENCODINGS, ROUNDING_CODES
from hbfp_hw.rtl.gemm import GEMM
from tests.json_bench import SENDER, declarations, pack_word, simulate, unpack_word
from tests.schemas import SCHEMAS, validator

ROWS, COLUMNS, LANES = 2, 3, 4


def content_of(unit):
    """Return the content of a unit's ``.json``."""
    return json.loads(json.dumps(describe(unit).to_json()))


@cache
def catalog():
    return {name: content_of(make()) for name, make in CATALOG.items()}


def payloads(description):
    """Yield name, width and fields of all payloads and of all ports with fields."""
    for name, stream in description["streams"].items():
        yield name, stream["payload_bits"], stream["fields"]
    for port in description["ports"]:
        if "fields" in port:
            yield port["name"], port["width"], port["fields"]


@pytest.mark.parametrize("name", CATALOG)
def test_every_bit_of_every_payload_is_described(name):
    """Fields cover every payload, and every port belongs to a stream, an interface or fields."""
    description = catalog()[name]
    assert not list(validator("design").iter_errors(description))
    known = {"clk", "rst", "aclk", "aresetn", "irq"}
    for port, width, fields in payloads(description):
        known |= {port, *(f"{port}__{part}" for part in ("payload", "valid", "ready"))}
        bits = [
            bit
            for field in fields
            for bit in range(field["offset"], field["offset"] + field["width"] * field["count"])
        ]
        assert bits == list(range(width))
        assert all(field["count"] == 1 for field in fields if field["name"] == "value")
    prefixes = tuple(each["prefix"] for each in description.get("interfaces", ()))
    unknown = {port["name"] for port in description["ports"]} - known
    assert {port for port in unknown if not port.startswith(prefixes)} == set()


def test_encodings_of_the_catalog():
    """Each encoding occurs, and equal fields are described equally everywhere."""
    fields = [
        (description["unit"], field)
        for description in catalog().values()
        for _, _, fields in payloads(description)
        for field in fields
    ]
    fields += [("core", field) for field in catalog()["core_8x8_mixed_n16"]["mode_word"]]
    assert {field["encoding"] for _, field in fields} == set(ENCODINGS)
    assert set(SCHEMAS["design"]["$defs"]["field"]["properties"]["encoding"]["enum"]) == set(
        ENCODINGS
    )
    for unit, field in fields:
        assert field["signed"] == (field["encoding"] == "twos_complement")
        if field["name"] == "rounding":
            assert field["codes"] == {"nearest": 0, "stochastic": 1, "truncate": 2}
        if unit != "int8_mac" and field["width"] == 32 and field["name"] not in ("seed", "step"):
            assert field["encoding"] == "fp32", (unit, field)
    assert {unit for unit, field in fields if field["name"] == "rounding"} == {
        "convert",
        "dot_engine",
        "gemm",
        "core",
    }


def test_codes_of_rounding_modes():
    assert {mode.name.lower(): mode.value for mode in Rounding} == ROUNDING_CODES


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("control", [True, False])
def test_packing_by_the_json_agrees_with_the_hardware(variant, control):
    """Lanes, exponent and control of an array's ports, against Amaranth's layout."""
    fmt = CellFormat(variant, LANES)
    description = content_of(Array(variant, ROWS, COLUMNS, LANES))
    ports = {port["name"]: port for port in description["ports"]}
    fields = ports["a__1" if control else "b__2"]["fields"]
    rng = np.random.default_rng([*Variant].index(variant))
    most = (1 << fmt.digit_bits) - 1
    names = ("clear", "shift", "complete", "first", "last")
    negative = 0
    for _ in range(50):
        lanes = rng.integers(-most, most + 1, LANES).tolist()
        exponent = int(rng.integers(-1024, 1024))
        flags = {key: int(rng.integers(2)) for key in names} if control else {}
        values = {"lanes": lanes, "exponent": exponent}
        word = pack_word(fields, values | {f"control.{key}": bit for key, bit in flags.items()})
        const = fmt.pass_layout(control=control).const(
            {
                "lanes": [{"magnitude": abs(lane), "sign": lane < 0} for lane in lanes],
                "exponent": exponent,
            }
            | ({"control": flags} if control else {})
        )
        assert Const.cast(const).value == word
        negative += min(lanes) < 0 and exponent < 0
    assert negative > 10


def test_packing_of_a_descriptor_agrees_with_the_package():
    engine = Engine(Variant.MIXED, ROWS, COLUMNS, LANES)
    fields = content_of(GEMM(engine))["streams"]["i_descriptor"]["fields"]
    rng = np.random.default_rng(3)
    for rounding in Rounding:
        values = {f["name"]: int(rng.integers(1 << f["width"])) for f in fields}
        codes = values | {"rounding": int(rounding)}
        (row,) = pack(fields, {name: [value] for name, value in codes.items()})
        word = pack_word(fields, values | {"rounding": rounding.name.lower()})
        assert int.from_bytes(row.tobytes(), "little") == word
        assert unpack_word(fields, word) == {name: [value] for name, value in codes.items()}


def test_array_driven_by_its_json(tmp_path):
    """Two sums, of one and of two blocks, with 4-bit mantissas and FP32 start values."""
    rng = np.random.default_rng(5)
    lengths, begins = (1, 2), (0, ROWS)  # sums must end at least ROWS cycles apart
    q_a = [rng.integers(-7, 8, (ROWS, length, LANES)) for length in lengths]
    q_b = [rng.integers(-7, 8, (COLUMNS, length, LANES)) for length in lengths]
    starts = [rng.integers(-50, 50, (ROWS, COLUMNS)) / 4 for _ in lengths]
    expected = [
        c + np.einsum("rbl,cbl->rc", a, b) for a, b, c in zip(q_a, q_b, starts, strict=True)
    ]
    cycles = 20
    words = {}

    def bench(description):
        ports = {port["name"]: port for port in description["ports"] if "fields" in port}

        def put(port, cycle, values):
            at = cycle + ports[port]["delay"]
            words.setdefault(port, [0] * cycles)[at] = pack_word(ports[port]["fields"], values)

        for a, b, c, length, begin in zip(q_a, q_b, starts, lengths, begins, strict=True):
            for block in range(length):
                # A 6-bit mantissa q has the value q * 2**(E - 5), here q itself.
                control = dict.fromkeys(("clear", "shift", "complete"), 1)
                control |= {"first": int(block == 0), "last": int(block == length - 1)}
                for row in range(ROWS):
                    values = {"lanes": a[row, block].tolist(), "exponent": 5}
                    values |= {f"control.{key}": bit for key, bit in control.items()}
                    put(f"a__{row}", begin + block, values)
                for column in range(COLUMNS):
                    values = {"lanes": b[column, block].tolist(), "exponent": 5}
                    put(f"b__{column}", begin + block, values)
            for row, column in itertools.product(range(ROWS), range(COLUMNS)):
                port = f"c__{column}"
                put(port, begin + row * ports[port]["row_delay"], {"value": c[row, column]})
        lines = ["  initial begin", "    repeat (3) @(negedge clk);", "    rst = 0;"]
        outputs = [port for port in ports.values() if port["direction"] == "out"]
        for cycle in range(cycles):
            lines += [
                f"    {port} = {ports[port]['width']}'h{values[cycle]:x};"
                for port, values in words.items()
            ]
            shown = " ".join("%h" for _ in outputs)
            names = ", ".join(port["name"] for port in outputs)
            lines += [f'    #1 $display("= {shown}", {names});', "    @(negedge clk);"]
        lines += ["    $finish;", "  end", "endmodule", ""]
        return "\n".join(["module bench;", declarations(description), *lines])

    unit = Array(Variant.MIXED, ROWS, COLUMNS, LANES)
    description, lines = simulate(tmp_path, unit, bench)
    ports = [p for p in description["ports"] if "fields" in p and p["direction"] == "out"]
    seen = {
        port["name"]: [
            unpack_word(port["fields"], int(line[1 + number], 16))["value"][0] for line in lines
        ]
        for number, port in enumerate(ports)
    }
    delays = {port["name"]: (port["delay"], port["row_delay"]) for port in ports}
    for column in range(COLUMNS):
        y, done = np.zeros(cycles, np.float32), np.zeros(cycles, int)
        for values, length, begin in zip(expected, lengths, begins, strict=True):
            for row in range(ROWS):
                first, each = delays[f"y__{column}"]
                at = begin + length - 1 + first + row * each
                y[at], done[at] = values[row, column], 1
        assert seen[f"y__{column}"] == y.view(np.uint32).tolist()
        assert seen[f"done__{column}"] == done.tolist()
    assert np.any(np.array(expected) < 0)
    assert np.any(np.array(expected) > 0)


@pytest.mark.parametrize("rounding", Rounding)
def test_engine_driven_by_its_json(tmp_path, rounding):
    """One product with a short last block, start values and every rounding mode."""
    rng = np.random.default_rng(7)
    rows, length, columns = 3, 6, 3
    x, w, c = (
        rng.standard_normal(shape).astype(np.float32)
        for shape in ((rows, length), (length, columns), (rows, columns))
    )
    blocks = -(-length // LANES)
    fmt = {"fmt_x": HBFPFormat(6, LANES), "fmt_w": HBFPFormat(4, LANES)}
    seed = 1234567890

    def padded(lines):
        whole = np.zeros((len(lines), blocks * LANES), np.float32)
        whole[:, :length] = lines
        return whole.reshape(-1, LANES).tolist()

    def bench(description):
        descriptor = {
            "seed": seed,
            "rows": rows,
            "columns": columns,
            "blocks": blocks,
            "lanes": length - (blocks - 1) * LANES,
            "chunk": blocks,
            "rounding": rounding.name.lower(),
            "wide_x": 1,
            "wide_w": 0,
            "accumulate": 1,
        }
        sent = {
            "i_descriptor": [descriptor],
            "i_x": [{"values": block} for block in padded(x)],
            "i_w": [{"values": block} for block in padded(w.T)],
            "i_c": [{"values": row.tolist()} for row in c],
        }
        text = ["module bench;", declarations(description)]
        for stream, payloads_sent in sent.items():
            given = description["streams"][stream]
            items = [pack_word(given["fields"], values) for values in payloads_sent]
            bits = given["payload_bits"]
            lines = [f"    {stream}_items[{k}] = {bits}'h{item:x};" for k, item in enumerate(items)]
            text.append(
                SENDER.format(
                    stream=stream,
                    top=bits - 1,
                    last=len(items) - 1,
                    items="\n".join(lines),
                    count=len(items),
                )
            )
        return "\n".join(
            [
                *text,
                "  initial begin o__ready = 1; o_status__ready = 1;",
                "    repeat (3) @(negedge clk); rst = 0; #20000 $finish; end",
                "  always @(negedge clk) if (!rst) begin",
                '    if (o__valid) $display("= o %h", o__payload);',
                '    if (o_status__valid) begin $display("= o_status %h", o_status__payload);',
                "      $finish; end",
                "  end",
                "endmodule",
                "",
            ]
        )

    unit = GEMM(Engine(Variant.MIXED, ROWS, COLUMNS, LANES))
    description, lines = simulate(tmp_path, unit, bench)
    streams = description["streams"]
    items = [(name, unpack_word(streams[name]["fields"], int(word, 16))) for _, name, word in lines]
    *results, status = items
    assert status == ("o_status", {"error": [0]})
    assert [item["last"] for _, item in results] == [[0]] * (rows - 1) + [[1]]
    golden = gemm(x, w, c, **fmt, rounding=rounding, seed=seed)
    assert [item["values"] for _, item in results] == golden.view(np.uint32).tolist()


def test_the_rounding_modes_of_that_product_differ():
    """If they were equal, a bench with a wrong code would pass."""
    rng = np.random.default_rng(7)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in ((3, 6), (6, 3)))
    fmt = {"fmt_x": HBFPFormat(6, LANES), "fmt_w": HBFPFormat(4, LANES)}
    made = {gemm(x, w, **fmt, rounding=mode, seed=1234567890).tobytes() for mode in Rounding}
    assert len(made) == len(Rounding)

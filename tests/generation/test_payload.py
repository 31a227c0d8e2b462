"""Payloads: the fields of a shape, packing of arrays, and unpacking."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, signed, unsigned
from amaranth.lib import data
from hypothesis import given, settings
from hypothesis import strategies as st

from hbfp_hw.format import Block, HBFPFormat
from hbfp_hw.generation import payload
from hbfp_hw.generation.payload import pack, unpack, words_of
from hbfp_hw.rtl.fields import Field, fields_of


def field(name, offset, width, count=1, is_signed=False):
    encoding = "twos_complement" if is_signed else "unsigned"
    return Field(
        name=name, offset=offset, width=width, count=count, signed=is_signed, encoding=encoding
    )


def test_fields_of_a_number():
    assert fields_of(unsigned(7)) == [field("value", 0, 7)]
    assert fields_of(signed(3)) == [field("value", 0, 3, is_signed=True)]


def test_fields_of_an_array():
    assert fields_of(data.ArrayLayout(32, 1)) == [field("values", 0, 32)]
    assert fields_of(data.ArrayLayout(signed(5), 3)) == [field("values", 0, 5, 3, is_signed=True)]


def test_fields_of_sign_and_magnitude():
    lane = data.StructLayout({"magnitude": 3, "sign": 1})
    expected = [field("lanes", 0, 4, 2) | {"encoding": "sign_magnitude"}]
    assert fields_of(data.StructLayout({"lanes": data.ArrayLayout(lane, 2)})) == expected


def test_fields_of_nested_structures():
    fmt = HBFPFormat(4, 3, 8)
    layout = data.StructLayout(
        {"flag": 1, "pair": data.StructLayout({"a": fmt, "words": data.ArrayLayout(32, 2)})}
    )
    assert fields_of(layout) == [
        field("flag", 0, 1),
        field("pair.a.mantissas", 1, 4, 3, is_signed=True),
        field("pair.a.exponent", 13, 8, is_signed=True),
        field("pair.words", 21, 32, 2),
    ]


@pytest.mark.parametrize(("bits", "words"), [(1, 1), (31, 1), (32, 1), (33, 2), (64, 2), (65, 3)])
def test_words_of(bits, words):
    assert words_of(bits) == words


def _values(rng, fields, transfers):
    values = {}
    for f in fields:
        low = -(1 << (f["width"] - 1)) if f["signed"] else 0
        high = low + (1 << f["width"])
        shape = (transfers, f["count"]) if f["count"] > 1 else (transfers,)
        values[f["name"]] = rng.integers(low, high, shape)
    return values


def _words_by_integers(fields, values, transfers):
    """Pack one transfer at a time, in Python's integers."""
    total = max(f["offset"] + f["width"] * f["count"] for f in fields)
    rows = []
    for transfer in range(transfers):
        word = 0
        for f in fields:
            elements = np.ravel(values[f["name"]][transfer]).tolist()
            for number, element in enumerate(elements):
                mask = (1 << f["width"]) - 1
                word |= (element & mask) << (f["offset"] + number * f["width"])
        rows.append(np.frombuffer(word.to_bytes(4 * words_of(total), "little"), "<u4"))
    return np.array(rows)


LAYOUTS = {
    "one bit": [field("value", 0, 1)],
    "odd offsets": [field("a", 0, 3), field("b", 3, 7, 5, True), field("c", 38, 1)],
    "whole words": [field("a", 0, 32, 4), field("b", 128, 32), field("c", 160, 32, 2, True)],
    "words that are not aligned": [field("a", 0, 1), field("b", 1, 32, 3), field("c", 97, 31)],
    "words and bits": [field("a", 0, 32, 3), field("b", 96, 2), field("c", 98, 32, 1, True)],
    "gaps": [field("a", 5, 4), field("b", 40, 32), field("c", 96, 32), field("d", 140, 12, 2)],
    "wide": [field("a", 0, 40, 2, True), field("b", 80, 62)],
}


@pytest.mark.parametrize("transfers", [0, 1, 33])
@pytest.mark.parametrize("fields", LAYOUTS.values(), ids=LAYOUTS)
def test_round_trip(fields, transfers):
    values = _values(np.random.default_rng(transfers), fields, transfers)
    words = pack(fields, values)
    assert words.dtype == np.uint32
    assert len(words) == transfers
    if transfers:
        assert np.array_equal(words, _words_by_integers(fields, values, transfers))
    for name, found in unpack(fields, words).items():
        assert found.dtype == np.int64
        assert found.shape == values[name].shape
        assert np.array_equal(found, values[name])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_layout(drawn):
    fields, offset = [], 0
    for number in range(drawn.draw(st.integers(1, 5))):
        offset += drawn.draw(st.integers(0, 40))
        width, count = drawn.draw(st.integers(1, 62)), drawn.draw(st.integers(1, 9))
        fields.append(field(str(number), offset, width, count, drawn.draw(st.booleans())))
        offset += width * count
    values = _values(np.random.default_rng(drawn.draw(st.integers(0, 99))), fields, 3)
    words = pack(fields, values)
    assert np.array_equal(words, _words_by_integers(fields, values, 3))
    assert all(np.array_equal(v, values[name]) for name, v in unpack(fields, words).items())


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint32, np.uint64])
@pytest.mark.parametrize("width", [4, 8, 32])
def test_values_of_any_type_are_taken_modulo_the_width(dtype, width):
    values = np.array([-3, -1, 0, 1, 100], np.int64).astype(dtype)
    words = pack([field("x", 0, width)], {"x": values})
    assert words[:, 0].tolist() == [int(value) % (1 << width) for value in values]


def test_narrow_values_extend_their_sign():
    fields = [field("x", 0, 20, 2, True), field("y", 40, 20, is_signed=True)]
    values = {"x": np.array([[-1, -128], [127, 5]], np.int8), "y": np.array([-2, 3], np.int8)}
    found = unpack(fields, pack(fields, values))
    assert all(np.array_equal(found[name], value) for name, value in values.items())


@pytest.mark.parametrize("bits", [1, 7 * 96, 1 << 27])
def test_packing_in_parts_makes_no_difference(monkeypatch, bits):
    fields = LAYOUTS["words that are not aligned"] + [field("d", 128, 32)]
    values = _values(np.random.default_rng(5), fields, 50)
    whole = pack(fields, values)
    monkeypatch.setattr(payload, "BITS_AT_ONCE", bits)
    assert np.array_equal(pack(fields, values), whole)


def test_packed_block_equals_to_bits_of_the_format():
    fmt = HBFPFormat(6, 7, 10)
    rng = np.random.default_rng(6)
    mantissas = rng.integers(-fmt.max_mantissa, fmt.max_mantissa + 1, (20, 7))
    exponents = rng.integers(fmt.nan_exponent, fmt.max_exponent + 1, 20)
    words = pack(fields_of(fmt), {"mantissas": mantissas, "exponent": exponents})
    for row, q, exponent in zip(words, mantissas, exponents, strict=True):
        block = Block(int(exponent), tuple(q.tolist()))
        assert int.from_bytes(row.tobytes(), "little") == fmt.to_bits(block)


def test_fields_are_where_the_hardware_has_them():
    layout = data.StructLayout({"a": unsigned(3), "b": data.ArrayLayout(signed(5), 2)})
    constant = layout.const({"a": 5, "b": [-3, 7]})
    words = pack(fields_of(layout), {"a": [5], "b": [[-3, 7]]})
    assert Const.cast(Cat(constant)).value == words[0, 0]


def test_every_field_must_be_given():
    with pytest.raises(KeyError, match="b"):
        pack([field("a", 0, 1), field("b", 1, 1)], {"a": [1]})

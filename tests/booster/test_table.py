"""Tables of mantissa widths read from files, and files that are refused."""

import os

import pytest

from hbfp_hw.booster import FormatTable, read_table


def test_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        "# By layer and epoch.\nmantissa_bits = [\n  [6, 8],\n  [4, 6],\n  [0, 2],\n]\n"
    )
    table = read_table(path)
    assert table == FormatTable.make("own.toml", [[6, 8], [4, 6], [0, 2]])
    assert (str(table), table.layers, table.epochs) == ("own.toml", 3, 2)
    assert table.mantissa_bits == (
        *(((6, 6, 6), (8, 8, 8)), ((4, 4, 4), (6, 6, 6))),
        ((0, 0, 0), (2, 2, 2)),
    )
    path.write_text("mantissa_bits = [[[4, 6, 8]]]")
    assert read_table(path).mantissa_bits == (((4, 6, 8),),)


SHAPES = "Mantissa widths must be of shape (layers, epochs) or (layers, epochs, 3), not "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Schedule must have 'mantissa_bits' and nothing else, not []"),
        ("bits = 4", "Schedule must have 'mantissa_bits' and nothing else, not ['bits']"),
        (
            "mantissa_bits = [[4]]\nblock_size = 16",
            "Schedule must have 'mantissa_bits' and nothing else, "
            "not ['block_size', 'mantissa_bits']",
        ),
        ("mantissa_bits = 4", f"{SHAPES}()"),
        ("mantissa_bits = [4, 4]", f"{SHAPES}(2,)"),
        ("mantissa_bits = [[[4, 4]]]", f"{SHAPES}(1, 1, 2)"),
        ("mantissa_bits = [[4, 4], [4]]", f"{SHAPES}ragged"),
        ("mantissa_bits = [[4, [4, 4, 6]]]", f"{SHAPES}ragged"),
        ("mantissa_bits = [[]]", "Mantissa widths must be integers, not float64 values"),
        ("mantissa_bits = [[4.0]]", "Mantissa widths must be integers, not float64 values"),
        ("mantissa_bits = [[true]]", "Mantissa widths must be integers, not bool values"),
        ('mantissa_bits = [["4"]]', "Mantissa widths must be integers, not <U1 values"),
        ("mantissa_bits.first = 4", "Mantissa widths must be integers, not object values"),
        ("mantissa_bits = [[1]]", "Mantissa width must be 2 to 16, not 1"),
        ("mantissa_bits = [[4, 17]]", "Mantissa width must be 2 to 16, not 17"),
        (
            "mantissa_bits = [[[4, 0, 4]]]",
            "Mantissa widths of a layer must be FP32 for all tensors or for none",
        ),
    ],
)
def test_bad_files(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises((TypeError, ValueError)) as raised:
        read_table(path)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "content", [b"mantissa_bits = [[4]", b"\xff", b"x = " + b"[" * 5000, b"a = 1\na = 2"]
)
def test_what_is_no_toml(tmp_path, content):
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^Schedule must be a TOML file: "):
        read_table(path)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path, tmp_path / "pipe.toml"):
        with pytest.raises(ValueError, match=r"^Schedule must be a file$"):
            read_table(path)
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "name", ["", "$x$.toml", "_x.toml", ".toml", "a b", "é.toml", "a\n", "a/b"]
)
def test_bad_names(name):
    with pytest.raises(ValueError, match=r"^Name of a schedule must be .*, not ") as raised:
        FormatTable.make(name, [[4]])
    assert str(raised.value) == (
        "Name of a schedule must be letters, digits, _, +, - and dots, "
        f"the first a letter or a digit, not {name!r}"
    )

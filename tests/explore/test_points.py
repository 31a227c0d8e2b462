"""Points are written at once, and a half-written line is dropped."""

import json

import pytest

from hbfp_hw.explore.points import PointFile
from hbfp_hw.training.errors import BadCheckpoint

OTHER = b'{"of": {"x": 1}, "values": {"loss": 1, "y": 2}}\n'


def test_points_are_kept_in_their_order(tmp_path):
    path = tmp_path / "run" / "points.jsonl"
    points = PointFile(path, ("x", "name", "loss"), resume=False)
    points.add({"x": 2, "name": "a"}, {"loss": 0.5})
    assert len(path.read_text().splitlines()) == 1
    points.add({"x": 1, "name": "a"}, {"loss": None})
    assert points.has({"name": "a", "x": 1})
    assert not points.has({"name": "b", "x": 1})
    expected = [{"x": 2, "name": "a", "loss": 0.5}, {"x": 1, "name": "a", "loss": None}]
    assert points.all() == expected
    assert PointFile(path, ("x", "name", "loss"), resume=True).all() == expected
    assert PointFile(path, ("x", "name", "loss"), resume=False).all() == []
    assert path.read_bytes() == b""


def test_half_a_line_is_dropped(tmp_path):
    path = tmp_path / "points.jsonl"
    points = PointFile(path, ("x", "loss"), resume=False)
    for x in range(3):
        points.add({"x": x}, {"loss": x / 3})
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for end in (1, len(lines[2]) - 1, len(lines[2])):
        path.write_bytes(whole[:-end])
        points = PointFile(path, ("x", "loss"), resume=True)
        assert path.read_bytes() == b"".join(lines[:2])
        assert [point["x"] for point in points.all()] == [0, 1]
        points.add({"x": 2}, {"loss": 2 / 3})
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "content", [b"none\n", b"[]\n", b'{"x": 1}\n', b"3\n", b"\xff\n", b'{"of": 1}\n', OTHER]
)
def test_what_is_no_point_is_refused(tmp_path, content):
    path = tmp_path / "points.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadCheckpoint, match=r"^Points must be lines of hbfp explore, not '"):
        PointFile(path, ("x", "loss"), resume=True)
    assert path.read_bytes() == content


def test_in_memory():
    points = PointFile(None, ("x", "y"), resume=True)
    points.add({"x": 1}, {"y": 2})
    assert json.dumps(points.all()) == '[{"x": 1, "y": 2}]'

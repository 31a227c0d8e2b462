"""Hash of a package: the files that it covers, and when the package counts as edited."""

import os

import pytest

from hbfp_hw.helpers.package_hash import PackageHash, package_hash


@pytest.fixture
def package(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("a.py", "sub/b.py", "c.txt"):
        (tmp_path / name).write_text("1")
    return tmp_path


def _move(package):
    (package / "a.py").rename(package / "sub" / "a.py")


def _same_time(package):
    path = package / "a.py"
    before = path.stat()
    path.write_text("2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


EDITS = {
    "other text": lambda package: (package / "a.py").write_text("2"),
    "other text at nearly the same time": _same_time,
    "deeper": lambda package: (package / "sub" / "b.py").write_text("2"),
    "added": lambda package: (package / "sub" / "d.py").write_text(""),
    "deleted": lambda package: (package / "a.py").unlink(),
    "moved": _move,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_edited(package, edit):
    sources = PackageHash(package)
    assert not sources.edited()
    edit(package)
    assert sources.edited()
    now = PackageHash(package)
    assert now.sha256 != sources.sha256
    assert not now.edited()


def test_only_python_counts(package):
    sources = PackageHash(package)
    (package / "c.txt").write_text("2")
    assert not sources.edited()
    assert PackageHash(package).sha256 == sources.sha256


def test_the_same_text_elsewhere_has_the_same_hash(package, tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy")
    for path in package.rglob("*.py"):
        target = copy / path.relative_to(package)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert PackageHash(copy).sha256 == PackageHash(package).sha256


def test_text_written_after_loading_counts_as_edited(package):
    last = max(path.stat().st_mtime_ns for path in package.rglob("*.py"))
    assert not PackageHash(package, loaded=last).edited()
    assert PackageHash(package, loaded=last - 1).edited()


def test_this_package():
    assert not package_hash().edited()
    assert package_hash() is package_hash()

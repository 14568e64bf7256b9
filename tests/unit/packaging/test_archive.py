"""Archives: repeatable, with bytecode. Layer: tests."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

import pytest

from weftctl.packaging.archive import append, unpack
from weftctl.packaging.errors import PackagingError

MODULE = "def greet(name):\n    return {'hello', name, 'a', 'b'}\n"


def made(folder: Path, *, with_code: str = MODULE) -> Path:
    """An archive of two modules and a text, made by way of `unpack` and `append`."""
    source = folder / "source.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("package/__init__.py", "")
        archive.writestr("package/greeting.py", with_code)
        archive.writestr("package/notes.txt", "notes")
        archive.writestr("unwanted.txt", "unwanted")
    unpack(source, folder / "unpacked", lambda name: name != "unwanted.txt")
    append(folder / "unpacked", folder / "made.zip")
    return folder / "made.zip"


def test_the_bytes_are_the_same_when_the_files_are_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "a longer name for the second"
    first.mkdir()
    second.mkdir()

    assert made(first).read_bytes() == made(second).read_bytes()


def test_bytecode_that_is_never_checked_lies_beside_a_module_when_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(made(tmp_path)) as archive:
        assert set(archive.namelist()) == {
            "package/__init__.py",
            "package/greeting.py",
            "package/notes.txt",
            importlib.util.cache_from_source("package/__init__.py"),
            importlib.util.cache_from_source("package/greeting.py"),
        }
        bytecode = archive.read(importlib.util.cache_from_source("package/greeting.py"))
    # PEP 552: the flags after the magic number; 1 is "hash-based", without 2 "check the source".
    assert int.from_bytes(bytecode[4:8], "little") == 1
    assert str(tmp_path).encode() not in bytecode


def test_files_are_added_when_the_archive_is_there(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "app.py").write_text("")

    append(tmp_path / "more", archive)

    assert {"app.py", "package/notes.txt"} <= set(zipfile.ZipFile(archive).namelist())


def test_the_module_is_named_when_it_does_not_compile(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"greeting\.py"):
        made(tmp_path, with_code="def greet(:\n")

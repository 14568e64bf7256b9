"""Extensions without what a debugger reads. Layer: tests.

Whether all that ship can still be loaded is tested where the archive is (tests/integration/packaging).
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from weftctl.packaging.stripping import strip, stripped

HEADER, PROGRAM_HEADER = 64, 56
CODE, NAMES = b"code" * 8, b"names" * 100


def elf(*, code_behind: bytes = b"", names: bytes = NAMES) -> bytes:
    """A file with one segment right behind its headers, one around ``code_behind``, and ``names`` that none covers."""
    start = HEADER + 2 * PROGRAM_HEADER
    segments = [(start, len(CODE)), (start + len(CODE), len(code_behind))]
    sections_at = start + len(CODE) + len(code_behind) + len(names)
    header = b"\x7fELF\x02\x01".ljust(32, b"\0")
    header += struct.pack("<QQ4xHHHHHH", HEADER, sections_at, HEADER, PROGRAM_HEADER, 2, 64, 3, 2)
    table = b"".join(struct.pack("<8xQ16xQ16x", *segment) for segment in segments)
    return header + table + CODE + code_behind + names + b"section headers"


def test_what_no_segment_covers_goes_when_a_file_is_stripped() -> None:
    assert stripped(elf()) == stripped(elf(names=b""))
    assert stripped(elf()).endswith(CODE)


def test_every_segment_stays_when_a_file_is_stripped() -> None:
    assert stripped(elf(code_behind=b"data" * 5)).endswith(CODE + b"data" * 5)


def test_no_section_header_is_promised_when_there_is_none() -> None:
    kept = stripped(elf())

    assert struct.unpack_from("<Q", kept, 40) == (0,)
    assert struct.unpack_from("<HHH", kept, 58) == (64, 0, 0)


def test_a_file_is_the_same_when_it_is_stripped_twice() -> None:
    assert stripped(stripped(elf())) == stripped(elf())


@pytest.mark.parametrize(
    "name", ["one.so", "package/one.cpython-311-x86_64-linux-gnu.so", "package.libs/one-1a2b.so.8.1"]
)
def test_extensions_are_stripped_when_they_lie_anywhere_below(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(elf())

    strip(tmp_path)

    assert file.read_bytes() == stripped(elf())


@pytest.mark.parametrize(
    ("name", "content"), [("notes.txt", elf()), ("one.so", b"\x7fELF\x01\x01 of 32 bits"), ("two.so", b"")]
)
def test_a_file_stays_as_it_is_when_it_is_no_extension_for_lambda(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    strip(tmp_path)

    assert (tmp_path / name).read_bytes() == content

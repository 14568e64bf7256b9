"""Takes from compiled extensions what only a debugger reads: symbol names, line tables, section headers.

A loader goes by the program headers alone: what no segment covers is never mapped into memory. Compilers put that at
the end of the file, so it is cut off there. The code itself is not touched, and nothing beside Python is needed.

Source of the layout: Tool Interface Standard, Executable and Linking Format, version 1.2, and the ELF-64 object file
format, version 1.5.
"""

from __future__ import annotations

import struct
from pathlib import Path

# The header of a 64-bit little-endian file (Lambda's x86_64): magic number, class, byte order; then, at their offsets,
# where program headers and section headers are, and how many, of which size.
_MAGIC = b"\x7fELF\x02\x01"
_HEADER_BYTES = 64
_PROGRAM_HEADERS_AT = struct.Struct("<Q"), 32
_SECTION_HEADERS_AT = struct.Struct("<Q"), 40
_PROGRAM_HEADERS = struct.Struct("<HH"), 54  # the size of one, how many
_SECTION_HEADERS = struct.Struct("<HHH"), 58  # the size of one, how many, which one has the names
_SEGMENT = struct.Struct("<8xQ16xQ")  # of a program header: where its segment begins in the file, how long it is there


def strip(folder: Path) -> None:
    """Strips every extension (``*.so``, ``*.so.*``) under ``folder``."""
    for file in sorted({*folder.rglob("*.so"), *folder.rglob("*.so.*")}):
        content = file.read_bytes()
        if content.startswith(_MAGIC):
            file.write_bytes(stripped(content))


def stripped(content: bytes) -> bytes:
    """A 64-bit little-endian ELF file without what lies behind its segments, and without section headers."""
    kept = bytearray(content[: _end(content)])
    _write(kept, _SECTION_HEADERS_AT, 0)
    size, _, _ = _read(content, _SECTION_HEADERS)
    _write(kept, _SECTION_HEADERS, size, 0, 0)
    return bytes(kept)


def _end(content: bytes) -> int:
    """Where the last of what is mapped ends: the header, the program headers, each segment."""
    (start,) = _read(content, _PROGRAM_HEADERS_AT)
    size, count = _read(content, _PROGRAM_HEADERS)
    ends = [_HEADER_BYTES, start + size * count]
    for number in range(count):
        offset, length = _SEGMENT.unpack_from(content, start + size * number)
        ends.append(offset + length)
    return max(ends)


def _read(content: bytes, field: tuple[struct.Struct, int]) -> tuple[int, ...]:
    form, offset = field
    return form.unpack_from(content, offset)


def _write(content: bytearray, field: tuple[struct.Struct, int], *values: int) -> None:
    form, offset = field
    form.pack_into(content, offset, *values)

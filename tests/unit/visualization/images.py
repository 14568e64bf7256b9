"""Reads a PNG of 8-bit RGBA, which is what is made here. Layer: tests."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pixels(image: bytes, width: int, height: int) -> list[bytes]:
    """The rows, four bytes a pixel. Fails for any other PNG, and for one whose checksums are wrong."""
    assert image.startswith(SIGNATURE)
    chunks = list(_chunks(image))
    assert [chunks[0][0], chunks[-1][0]] == [b"IHDR", b"IEND"]
    assert struct.unpack(">IIBBBBB", chunks[0][1]) == (width, height, 8, 6, 0, 0, 0)
    data = zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT"))
    return list(_rows(data, 4 * width))


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(image):
        (length,) = struct.unpack_from(">I", image, place)
        kind, content = image[place + 4 : place + 8], image[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", image, place + 8 + length) == (zlib.crc32(kind + content),)
        yield kind, content
        place += 12 + length


def _rows(data: bytes, stride: int) -> Iterator[bytes]:
    """The filters of the PNG specification, undone (https://www.w3.org/TR/png/#9Filters)."""
    above = bytearray(stride)
    for start in range(0, len(data), stride + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for place in range(stride):
            left = row[place - 4] if place >= 4 else 0
            corner = above[place - 4] if place >= 4 else 0
            row[place] = (row[place] + _predicted(kind, left, above[place], corner)) & 255
        yield bytes(row)
        above = row


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        distances = [(abs(up - corner), left), (abs(left - corner), up), (abs(left + up - 2 * corner), corner)]
        return min(distances, key=lambda pair: pair[0])[1]
    return (0, left, up, (left + up) // 2)[kind]

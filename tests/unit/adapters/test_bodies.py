"""How values lie in items. Layer: tests."""

from __future__ import annotations

import zlib

import pytest

from chalicelib.adapters.bodies import Bodies, write_units
from chalicelib.adapters.codecs import Unreadable
from chalicelib.adapters.memory import MemoryBlobs
from chalicelib.domain.errors import NotFound
from tests.contract.samples import incompressible

PLAIN, COMPRESSED, BLOB = 0x10, 0x11, 0x12


def kept(body: bytes) -> int:
    """The first byte: the form (1) and how the value is kept."""
    return body[0]


@pytest.fixture
def bodies(blobs: MemoryBlobs) -> Bodies:
    return Bodies(blobs, inline_bytes=10_000)


@pytest.mark.parametrize(("size", "units"), [(0, 0), (1, 1), (1024, 1), (1025, 2), (2048, 2), (400 * 1024, 400)])
def test_an_item_costs_a_unit_for_each_kilobyte_begun(size: int, units: int) -> None:
    assert write_units(size) == units


@pytest.mark.parametrize(
    ("raw", "beside", "expected"),
    [
        (b"", 0, PLAIN),
        (b"a" * 1023, 0, PLAIN),  # with its first byte just one unit
        (b"a" * 1024, 0, COMPRESSED),
        (b"a" * 1000, 0, PLAIN),
        (b"a" * 1000, 24, COMPRESSED),  # the rest of the item takes it over a unit
        (b"a" * 1000, 23, PLAIN),
        (incompressible(1024).encode(), 0, COMPRESSED),  # a fifth less: from two units to one
        (incompressible(1900).encode(), 0, PLAIN),  # two units either way
    ],
)
def test_a_body_is_compressed_when_that_saves_a_write_unit(
    bodies: Bodies, raw: bytes, beside: int, expected: int
) -> None:
    body = bodies.pack(raw, form=1, beside=beside)

    assert kept(body) == expected
    assert bodies.unpack(body) == (1, raw)


@pytest.mark.parametrize("size", [9_999, 10_000, 12_600])
def test_a_body_goes_to_a_blob_when_it_is_over_the_limit_even_compressed(
    bodies: Bodies, blobs: MemoryBlobs, size: int
) -> None:
    raw = incompressible(size).encode()

    body = bodies.pack(raw, form=7)

    is_blob = len(zlib.compress(raw)) >= 10_000
    assert (kept(body) == 0x72) == is_blob
    assert len(body) < 10_001
    assert bodies.unpack(body) == (7, raw)
    assert len(blobs.names) == is_blob


def test_equal_contents_share_a_blob_and_lasting_ones_lie_apart(blobs: MemoryBlobs) -> None:
    raw = incompressible(1000).encode()

    for lasting in (False, False, True):
        Bodies(blobs, inline_bytes=10, lasting=lasting).pack(raw, form=1)

    assert [name.split("/")[0] for name in blobs.names] == ["lasting", "payloads"]


def test_a_body_is_not_found_when_its_blob_has_expired(blobs: MemoryBlobs) -> None:
    bodies = Bodies(blobs, inline_bytes=10)
    body = bodies.pack(b"0123456789", form=1)
    blobs.lose(blobs.names[0])

    with pytest.raises(NotFound):
        bodies.unpack(body)


@pytest.mark.parametrize("body", [b"\x11damaged", b"\x13what a newer release writes", b"\x1f"])
def test_a_body_is_unreadable_when_it_is_damaged_or_of_the_future(bodies: Bodies, body: bytes) -> None:
    with pytest.raises(Unreadable):
        bodies.unpack(body)

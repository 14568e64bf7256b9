"""Typed JSON that outlives its release. Layer: tests."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.codecs import Codec, Unreadable
from chalicelib.domain.execution.events import Event
from chalicelib.domain.jsonvalue import JsonError

EVENTS: Codec[tuple[Event, ...]] = Codec(tuple[Event, ...])


class Point(msgspec.Struct, frozen=True):
    x: int
    label: str = ""
    extra: Any = None


def test_numbers_keep_every_digit_when_they_are_inside_a_struct() -> None:
    codec: Codec[Point] = Codec(Point)
    point = Point(x=2**80, extra=[Decimal("0.10000000000000000000001"), 1, 1.0, 10**30])

    found = codec.decode(codec.encode(point), form=1)

    assert found == point
    assert [type(number) for number in found.extra] == [Decimal, int, float, int]


@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_a_value_is_refused_when_it_hides_a_number_that_json_lacks(value: float) -> None:
    with pytest.raises(JsonError):
        EVENTS.encode((Event("StepCompleted", None, {"output": [value]}),))


def rename(value: Any) -> Any:
    return {"x": value["a"]}


def label(value: Any) -> Any:
    return value | {"label": f"was {value['x']}"}


@pytest.mark.parametrize(
    ("form", "raw", "expected"),
    [(1, b'{"a":7}', Point(7, "was 7")), (2, b'{"x":7}', Point(7, "was 7")), (3, b'{"x":7}', Point(7))],
)
def test_an_old_form_is_lifted_step_by_step_when_it_is_read(form: int, raw: bytes, expected: Point) -> None:
    codec: Codec[Point] = Codec(Point, upcasts=[rename, label])

    assert codec.decode(raw, form=form) == expected
    assert codec.form == 3


def test_an_old_form_keeps_its_digits_when_it_is_lifted() -> None:
    codec: Codec[Point] = Codec(Point, upcasts=[lambda value: value])

    assert codec.decode(b'{"x":1,"extra":1e400}', form=1).extra == Decimal("1e400")


@pytest.mark.parametrize("form", [0, -1, 2, 15])
def test_bytes_are_unreadable_when_their_form_is_unknown(form: int) -> None:
    with pytest.raises(Unreadable, match=f"form {form}"):
        Codec(Point).decode(b'{"x":1}', form=form)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"x":"1"}', b'{"x":1,"label":"\xff"}', b'{"y":1}'])
def test_bytes_are_unreadable_when_they_are_damaged(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        Codec(Point).decode(raw, form=1)

"""Results: JSON passes as a private copy, all else is refused by its path.

Layer: tests.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
from collections import OrderedDict, namedtuple
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.activities import ActivityError
from chalicelib.activities.results import checked_result
from chalicelib.domain.jsonvalue import dumps, loads

MANY_BYTES = 1_000_000

Point = namedtuple("Point", "x y")


@dataclasses.dataclass
class Order:
    id: str


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Bare(enum.Enum):
    ONE = 1


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Number(float):
    pass


def refusal(value: Any, *, max_bytes: int = MANY_BYTES) -> ActivityError:
    with pytest.raises(ActivityError) as refused:
        checked_result(value, max_bytes=max_bytes)
    return refused.value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_a_result_is_what_the_store_gives_back_when_it_is_json(value: Any) -> None:
    assert checked_result(value, max_bytes=MANY_BYTES) == loads(dumps(value))


def test_a_result_is_a_copy_when_the_activity_keeps_its_own() -> None:
    kept: dict[str, Any] = {"lines": [{"sku": "A"}]}
    result = checked_result(kept, max_bytes=MANY_BYTES)
    kept["lines"][0]["sku"] = "B"
    kept["lines"].append("C")
    assert result == {"lines": [{"sku": "A"}]}


@pytest.mark.parametrize(
    ("value", "plain", "kind"),
    [
        (Colour.RED, "red", str),
        (Level.HIGH, 3, int),
        (Text("kept"), "kept", str),
        (Number(1.5), 1.5, float),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}, dict),
        (Decimal("0.5"), 0.5, float),
        (Decimal("1e400"), Decimal("1e400"), Decimal),
        (2**70, 2**70, int),
        (True, True, bool),
        (None, None, type(None)),
    ],
)
def test_a_kindred_type_passes_as_its_plain_form(value: Any, plain: Any, kind: type) -> None:
    result = checked_result(value, max_bytes=MANY_BYTES)
    assert result == plain
    assert type(result) is kind


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"order": Order("o-1")}, r"is a Order, .*dataclasses.asdict\(\) of it \(at \$\.order\)"),
        ({"a": [0, (1, 2)]}, r"is a tuple, .*return a list \(at \$\.a\[1\]\)"),
        (Point(1, 2), r"is a Point, .*return a list \(at \$\)"),
        ({"when": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, r"is a datetime, .*isoformat\(\).* \(at \$\.when\)"),
        ({"a b": {1, 2}}, r"is a set, .*sorted list \(at \$\['a b'\]\)"),
        (b"x", r"is a bytes, .*base64"),
        (Bare.ONE, r"is a Bare, which is no JSON value \(at \$\)"),
        (object(), r"is a object, which is no JSON value \(at"),
        ((n for n in [1]), r"is a generator, .*return a list"),
        ({"a": {1: "x"}}, r"has a key of type int; keys must be strings \(at \$\.a\)"),
        ([float("nan")], r"is nan, which is no JSON number \(at \$\[0\]\)"),
        (float("-inf"), "is -inf"),
        (Decimal("Infinity"), "is Infinity"),
        (Decimal("sNaN"), "is sNaN"),
        ({"n": Decimal("1." + "1" * 5_000)}, r"is a number that cannot be kept: .* \(at \$\.n\)"),
        ({"x": "\ud800"}, r"unpaired surrogate.* \(at \$\.x\)"),
        ({"\ud800": 1}, "unpaired surrogate"),
    ],
)
def test_a_result_is_refused_by_its_path_when_it_is_no_json(value: Any, reason: str) -> None:
    error = refusal(value)
    assert error.code == "ActivityError"
    assert error.retryable is False
    assert re.search(reason, error.message), error.message


def test_a_result_is_refused_when_a_number_is_too_long_to_write() -> None:
    error = refusal({"n": 10**5_000})
    assert error.code == "ActivityError"
    assert "4300 digits" in error.message


def test_a_result_is_refused_when_it_contains_itself() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    assert "nests deeper than 200 levels, or contains itself" in refusal(endless).message


@pytest.mark.parametrize(("depth", "fits"), [(200, True), (201, False)])
def test_nesting_is_bounded_as_in_the_codec(depth: int, fits: bool) -> None:
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    if fits:
        assert loads(dumps(checked_result(nested, max_bytes=MANY_BYTES))) == nested
    else:
        assert "nests deeper" in refusal(nested).message


def test_the_limit_is_on_the_encoded_size_when_a_result_is_measured() -> None:
    text = "é" * 50  # 100 bytes, and two quotes
    assert checked_result(text, max_bytes=102) == text
    error = refusal(text, max_bytes=101)
    assert error.code == "PayloadTooLarge"
    assert error.retryable is False
    assert "102 bytes" in error.message
    assert "at most 101" in error.message

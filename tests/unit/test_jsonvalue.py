"""The codec: every digit survives, nothing hostile gets in, nothing unreadable gets out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import jsonvalue
from chalicelib.domain.jsonvalue import MAX_DEPTH, STORED_DEPTH, JsonError, canonical, dumps, loads


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("1", 1, int),
        ("1.0", 1.0, float),
        ("0.1", 0.1, float),
        ("0.10", 0.1, float),  # the same number
        ("1E5", 1e5, float),
        ("-0.0", -0.0, float),
        ("18446744073709551617", 2**64 + 1, int),
        pytest.param("-" + "9" * 4_000, -(10**4_000 - 1), int, id="4000 digits"),
        ("1e400", Decimal("1e400"), Decimal),
        ("1e-400", Decimal("1e-400"), Decimal),
        ("9007199254740993.0", Decimal("9007199254740993.0"), Decimal),
        ("3.14159265358979323846", Decimal("3.14159265358979323846"), Decimal),
        ('"é"', "é", str),
        ("null", None, type(None)),
        (' {"a": [true]} ', {"a": [True]}, dict),
        (b"[1]", [1], list),
    ],
)
def test_a_value_is_read_exactly_when_its_text_is_json(text: str | bytes, value: Any, kind: type) -> None:
    read = loads(text)

    assert read == value
    assert type(read) is kind


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "ends too early"),
        ('{"a":1', 1, 7, "ends too early"),
        ("NaN", 1, 1, "malformed"),
        ("[1,\n -Infinity]", 2, 3, "malformed"),
        ('{"é":1,\n "b" 2}', 2, 6, "malformed"),
        ('{"éé":?}', 1, 7, "malformed"),
        ("[1] 2", 1, 5, "trailing"),
        (b'{"a":\n"x\xff"}', 2, 3, "not UTF-8"),
        pytest.param("[" * (MAX_DEPTH + 1), 1, MAX_DEPTH + 1, "deeper than 200", id="never closed"),
        pytest.param('{"a":\n' * 300 + "1" + "}" * 300, MAX_DEPTH + 1, 1, "deeper than 200", id="300 lines"),
    ],
)
def test_the_place_is_named_when_a_text_is_refused(text: str | bytes, line: int, column: int, reason: str) -> None:
    with pytest.raises(JsonError, match=reason) as refused:
        loads(text)

    assert (refused.value.line, refused.value.column) == (line, column)
    assert f"line {line}, column {column}" in refused.value.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1" * 5_000, "more than 4300 digits"),
        ("[0." + "1" * 5_000 + "]", "more than 4300 digits"),
        ("1e99999999999999999999", "exponent out of range"),
        ('"\ud800"', "unpaired surrogate"),
    ],
)
def test_a_number_or_text_is_refused_when_python_could_not_keep_it(text: str, reason: str) -> None:
    with pytest.raises(JsonError, match=reason) as refused:
        loads(text)

    assert refused.value.line is None
    assert refused.value.code == "InvalidJson"


def test_an_escaped_surrogate_is_refused_when_it_is_unpaired() -> None:
    with pytest.raises(JsonError):
        loads(r'"\ud800"')


@pytest.mark.parametrize(
    "text",
    [
        nested(MAX_DEPTH),
        "[" + ",".join([nested(MAX_DEPTH - 1)] * 3) + "]",
        '{"' + "[" * 1_000 + '": "' + "{" * 1_000 + '\\""}',
        "[" + ",".join(["{}"] * 1_000) + "]",
    ],
)
def test_brackets_are_no_depth_when_they_are_side_by_side_or_in_text(text: str) -> None:
    assert dumps(loads(text)) == text.replace(": ", ":").encode()


@pytest.mark.parametrize("text", [nested(201), '{"a":' * 201 + "1" + "}" * 201, "[{}," + nested(200) + "]"])
def test_a_document_is_refused_when_it_nests_too_deeply(text: str) -> None:
    with pytest.raises(JsonError, match="deeper than 200"):
        loads(text)


def test_only_the_end_is_missed_when_many_brackets_are_not_closed() -> None:
    text = "[" + "{}," * 300 + nested(3) + ",[["

    with pytest.raises(JsonError, match="ends too early"):
        loads(text)


def test_time_stays_linear_when_a_megabyte_of_quotes_is_escaped() -> None:
    # Each escaped quote could start a search for its end: a million of them would take hours.
    with pytest.raises(JsonError):
        loads('"' + '\\"' * 500_000 + "[" * 300)


def test_what_is_stored_may_nest_deeper_when_the_reader_says_so() -> None:
    text = nested(STORED_DEPTH)

    assert dumps(loads(text, max_depth=STORED_DEPTH)) == text.encode()


def test_a_value_is_not_written_when_it_could_not_be_read_again() -> None:
    value: list[Any] = []
    for _ in range(STORED_DEPTH):
        value = [value]

    with pytest.raises(JsonError, match="deeper than 400"):
        dumps(value)


class Point(msgspec.Struct):
    x: Any


@pytest.mark.parametrize(
    "value",
    [
        float("inf"),
        [1, {"a": [None, float("nan")]}],
        (float("-inf"),),
        Point(x=[float("nan")]),
        b"\xff".decode(errors="surrogateescape"),
        pytest.param(10**5_000, id="more digits than the limit"),
        object,
    ],
)
@pytest.mark.parametrize("write", [dumps, canonical])
def test_a_value_is_refused_when_json_cannot_say_it(write: Callable[[Any], bytes], value: Any) -> None:
    with pytest.raises(JsonError):
        write(value)


def test_a_value_is_refused_when_it_contains_itself() -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(JsonError, match="no JSON form"):
        dumps(value)


def test_null_is_written_when_nothing_hides_behind_it() -> None:
    assert dumps({"a": None, "b": [1.5, None, "x"]}) == b'{"a":null,"b":[1.5,null,"x"]}'


def test_numbers_are_written_in_full_when_no_double_holds_them() -> None:
    assert dumps([2**70, Decimal("1e400"), 1.0]) == b"[1180591620717411303424,1E+400,1.0]"


def test_canonical_texts_are_equal_when_only_the_order_of_keys_differs() -> None:
    assert canonical({"b": {"y": 1, "x": 2}, "a": 0}) == canonical({"a": 0, "b": {"x": 2, "y": 1}})
    assert canonical({"a": 1}) != canonical({"a": 1.0})


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)),
    max_leaves=30,
)


@pytest.mark.property
@given(json_values)
def test_a_value_comes_back_when_it_is_written_and_read(value: Any) -> None:
    assert repr(loads(dumps(value))) == repr(value)


@pytest.mark.property
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_the_number_comes_back_when_its_text_has_any_digits(number: Decimal) -> None:
    read = loads(str(number))

    assert Decimal(dumps(read).decode()) == number


@pytest.mark.property
@given(st.text(max_size=60))
def test_only_json_errors_come_out_when_the_text_is_anything(text: str) -> None:
    try:
        value = jsonvalue.loads(text)
    except JsonError:
        return
    assert jsonvalue.loads(jsonvalue.dumps(value)) == value

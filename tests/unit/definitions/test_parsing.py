"""From text to a document: the two languages, what is refused, and where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.definitions.parsing import MAX_BYTES, check_plain, parse_document
from chalicelib.domain.errors import InvalidDefinition, TooLarge


def value_of(scalar: str) -> Any:
    """What a plain scalar of YAML means."""
    return parse_document(f"value: {scalar}\n", media_type="application/yaml")["value"]


def refusal(text: str | bytes, media_type: str | None = None) -> InvalidDefinition:
    """The error a text is refused with."""
    with pytest.raises(InvalidDefinition) as caught:
        parse_document(text, media_type=media_type)
    return caught.value


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        # Text, where YAML 1.1 would see something else
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("12:30:00", "12:30:00"),
        ("190:20:30", "190:20:30"),
        ("2030-01-01", "2030-01-01"),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
        ("1.2.3", "1.2.3"),
        ("1_000", "1_000"),
        ("0b101", "0b101"),
        ("+", "+"),
        (".", "."),
        ("e5", "e5"),
        ("'true'", "true"),
        ('"5"', "5"),
        # The core schema
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("nUll", "nUll"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("0", 0),
        ("-12", -12),
        ("+12", 12),
        ("012", 12),
        ("0o17", 15),
        ("0xfF", 255),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5e2", -50.0),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        # Exact, however long
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("1e400", Decimal("1e400")),
    ],
)
def test_a_scalar_means_what_the_core_schema_says_when_it_is_plain(scalar: str, value: Any) -> None:
    read = value_of(scalar)

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("scalar", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN", "9" * 5000, "0x" + "f" * 2000])
def test_a_number_is_refused_when_json_cannot_say_it(scalar: str) -> None:
    error = refusal(f"value: {scalar}\n")

    assert [finding.code for finding in error.findings] == ["InvalidNumber"]
    assert "line 1, column 8" in error.message


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        ('{"a": [1, {"b": null}]}', None),
        ('\ufeff {"a": [1, {"b": null}]}', None),
        ('{"a": [1, {"b": null}]}', "application/json; charset=utf-8"),
        ('{"a": [1, {"b": null}]}', "application/vnd.weft+json"),
        ('{"a": [1, {"b": null}]}', "application/yaml"),
        ("{a: [1, {b: }]}", None),
        ("a:\n  - 1\n  - b: ~\n", None),
        ("a:\n  - 1\n  - b: ~\n", "text/x-yaml"),
        ("a:\n  - 1\n  - b: ~\n", "text/plain"),
        ("--- \n'a': &x\n  - 1\n  - b: null\n...\n", None),
    ],
)
def test_the_document_is_the_same_when_it_comes_in_either_language(text: str, media_type: str | None) -> None:
    assert parse_document(text, media_type=media_type) == {"a": [1, {"b": None}]}
    assert parse_document(text.encode(), media_type=media_type) == {"a": [1, {"b": None}]}


def test_aliases_give_the_same_value_when_they_are_few() -> None:
    text = "base: &base {a: [&deep x, 1]}\nagain: *base\nlist: [*deep, *base]\n&key named: 1\nkey: *key\n"

    read = parse_document(text)

    assert read["again"] == read["base"] == {"a": ["x", 1]}
    assert read["list"] == ["x", {"a": ["x", 1]}]
    assert read["key"] == "named"


def test_an_alias_is_refused_when_it_would_copy_a_long_text_many_times() -> None:
    text = f"a: &a {'x' * 5_000}\nb: [{', '.join(['*a'] * 250)}]\n"

    assert [finding.code for finding in refusal(text).findings] == ["AliasExplosion"]


def test_an_alias_is_refused_when_it_stands_as_a_key() -> None:
    assert "A key must be a text at line 2, column 1" in refusal("a: &a x\n*a : y\n").message


def test_nesting_is_refused_when_it_is_deep() -> None:
    deep = "[" * 99 + "]" * 99

    assert parse_document(f"a: {deep}")["a"]
    for text in (f"a: [{deep}]", f'{{"a": [{deep}]}}', "a: " + "[" * 100_000, '{"a": ' + "[" * 100_000):
        assert [finding.code for finding in refusal(text).findings] == ["TooDeep"]


@pytest.mark.parametrize("text", ["x" * (MAX_BYTES + 1), "é" * (MAX_BYTES // 2 + 1), b"\xff" * (MAX_BYTES + 1)])
def test_a_text_is_refused_when_it_is_too_large(text: str | bytes) -> None:
    with pytest.raises(TooLarge, match="1,000,000 bytes"):
        parse_document(text)


def test_a_text_of_the_largest_size_is_read_when_it_is_well_formed() -> None:
    text = '{"a": "' + "x" * (MAX_BYTES - 9) + '"}'

    assert len(parse_document(text)["a"]) == MAX_BYTES - 9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a":\n "\xff"}', "The text is not UTF-8 at line 2, column 3"),
        ("a: \ud800", "The text has an unpaired surrogate"),
        ('{"a": "\\ud800"}', "at line 1, column"),
        ("a:\n \x01", "Not YAML: the character U+0001 is not allowed at line 2, column 2"),
        ("- a\n", "A definition is an object"),
        ('"just text"', "A definition is an object"),
        ("", "A definition is an object"),
        ('{"a": 1, "\\u0061": 2}', "The key 'a' stands twice in one object at line 1, column 10"),
        ('{"a": {"b": 1,\n"b": 2}}', "The key 'b' stands twice in one object at line 2, column 1"),
    ],
)
def test_the_reason_and_the_place_are_told_when_a_text_is_refused(text: str | bytes, message: str) -> None:
    assert message in refusal(text).message


@pytest.mark.parametrize(
    "text", ['{"a": {"b": 1}, "b": {"a": ["b", "b"]}}', '{"a": "b", "b": "a"}', '{"a": ["x", "x"]}']
)
def test_equal_keys_are_allowed_when_they_are_in_different_objects(text: str) -> None:
    assert parse_document(text)


def test_a_broken_text_is_judged_as_json_when_it_starts_like_json() -> None:
    assert refusal('{"a": 1,}').message.startswith("JSON is malformed")
    assert refusal("{").message.startswith("The document ends too early")
    assert refusal("{a: 1").message.startswith("Not YAML")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"a": {1: "x"}}, "WrongType"),
        ({"a": {"\ud800": "x"}}, "WrongType"),
        ({"a": "\ud800"}, "InvalidSyntax"),
        ({"a": float("inf")}, "InvalidNumber"),
        ({"a": float("nan")}, "InvalidNumber"),
        ({"a": {1, 2}}, "WrongType"),
        ({"a": (1, 2)}, "WrongType"),
        ({"a": b"x"}, "WrongType"),
    ],
)
def test_a_value_is_no_document_when_json_cannot_say_it(value: Any, code: str) -> None:
    (finding,) = check_plain(value)

    assert (finding.code, finding.pointer) == (code, "/a")


def test_a_value_is_a_document_when_json_can_say_it() -> None:
    assert check_plain({"a": [1, 2.5, True, None, "ü", {"b": Decimal("1e400")}]}) == []


def test_a_value_is_no_document_when_it_contains_itself() -> None:
    endless: list[Any] = []
    endless.append(endless)

    assert [finding.code for finding in check_plain({"a": endless})] == ["TooDeep"]


def test_a_value_is_no_document_when_it_is_too_large() -> None:
    with pytest.raises(TooLarge):
        check_plain({"a": "x" * MAX_BYTES})
    with pytest.raises(TooLarge):
        check_plain({"a": [0] * MAX_BYTES})


def test_yaml_is_read_when_the_fast_parser_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    monkeypatch.setattr("chalicelib.domain.definitions.yaml_reader._LOADER", yaml.SafeLoader)

    assert parse_document("a: [1, 'on', on, {b: &x 2}, *x]\n") == {"a": [1, "on", "on", {"b": 2}, 2]}
    assert refusal("a: [\n").message.startswith("Not YAML")
    assert refusal("a: \x01").message.startswith("Not YAML")

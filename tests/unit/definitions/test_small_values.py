"""Durations, timestamps, versions, pointers and conditions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.definitions.conditions import is_error_condition, matches_error
from chalicelib.domain.definitions.durations import is_iso_duration, to_seconds
from chalicelib.domain.definitions.findings import Suggestions, brief, nearest
from chalicelib.domain.definitions.origins import Origins, below, escaped
from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.definitions.versions import Version, highest, parse_version


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (90, 90),
        (1.5, 1.5),
        (Decimal("0.1"), Decimal("0.1")),
        (-1, -1),
        ("PT5M", 300),
        ("PT1M30S", 90),
        ("P1D", 86_400),
        ("P2W", 1_209_600),
        ("P1W1DT1H1M1S", 604_800 + 86_400 + 3_600 + 60 + 1),
        ("PT0.5S", 0.5),
        ("PT0,5S", 0.5),
        ("PT1.5H", 5_400),
        ("PT0S", 0),
        ({"secs": 30, "nanos": 0}, 30),
        ({"secs": 1, "nanos": 500_000_000}, 1.5),
        ({"secs": 7}, 7),
    ],
)
def test_seconds_are_given_when_a_duration_has_one_of_its_forms(given: Any, seconds: Any) -> None:
    assert to_seconds(given) == seconds


@pytest.mark.parametrize(
    "given",
    [
        None,
        True,
        "",
        "P",
        "PT",
        "P1DT",
        "P1M",
        "P1Y",
        "5M",
        "pt5m",
        "-PT5M",
        "PT5M ",
        "PT5M\n",
        "PT٣S",
        "PT1S1M",
        "30",
        [],
        {},
        {"nanos": 1},
        {"secs": -1},
        {"secs": 1.5},
        {"secs": True},
        {"secs": 1, "nanos": 1_000_000_000},
        {"secs": 1, "millis": 1},
        {"secs": 10**15},
    ],
)
def test_nothing_is_given_when_a_duration_has_none_of_its_forms(given: Any) -> None:
    assert to_seconds(given) is None


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("PT5M", True),
        ("P1Y", True),
        ("P1M", True),
        ("P1Y2M3DT4H5M6S", True),
        ("P1M1D", True),
        ("P1W", True),
        ("P1YT", False),
        ("P", False),
        ("1Y", False),
        ("P1Y\n", False),
    ],
)
def test_a_value_may_have_years_and_months_when_it_is_a_duration(text: str, valid: bool) -> None:
    assert is_iso_duration(text) is valid


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2030-01-31T09:00:00Z", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        ("2030-01-31t09:00:00z", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        ("2030-01-31 09:00:00+08:00", datetime(2030, 1, 31, 1, tzinfo=UTC)),
        ("2030-01-31T09:00:00.123456789-00:30", datetime(2030, 1, 31, 9, 30, 0, 123_456, tzinfo=UTC)),
        ("2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_an_instant_is_given_when_a_timestamp_has_an_offset(text: str, instant: datetime) -> None:
    assert parse_timestamp(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2030-01-31",
        "2030-01-31T09:00:00",
        "2030-01-31T09:00Z",
        "2030-02-30T09:00:00Z",
        "2030-01-31T24:00:00Z",
        "2030-01-31T09:00:60Z",
        "2030-01-31T09:00:00+24:00",
        "2030-01-31T09:00:00Z\n",
        "20300131T090000Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "٢٠٣٠-01-31T09:00:00Z",
    ],
)
def test_no_instant_is_given_when_a_text_is_no_timestamp(text: str) -> None:
    assert parse_timestamp(text) is None


# The order of semver.org 2.0.0, section 11.
ORDERED = [
    "0.0.1",
    "0.1.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def version(text: str) -> Version:
    """The version a text says."""
    parsed = parse_version(text)
    assert parsed is not None
    return parsed


def test_versions_have_the_order_of_the_specification_when_sorted() -> None:
    versions = [version(text) for text in ORDERED]

    assert sorted(versions) == versions
    assert [each.text for each in sorted(versions)] == ORDERED


def test_versions_are_equal_when_only_their_builds_differ() -> None:
    assert version("1.0.0+a") == version("1.0.0+b")
    assert hash(version("1.0.0+a")) == hash(version("1.0.0"))
    assert version("1.0.0") != version("1.0.1")
    assert version("1.0.0") != "1.0.0"
    assert repr(version("1.0.0-a")) == "Version('1.0.0-a')"
    assert version("1.0.0-a.1").prerelease == ("a", "1")


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "1.0.0+", "1.0.0 ", "1.0.0\n",
     "1.0.x", "-1.0.0", "1.0.0-ü", "9" * 30 + ".0.0", "1.0.0-" + "a" * 300],
)  # fmt: skip
def test_a_text_is_no_version_when_the_specification_says_so(text: str) -> None:
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("versions", "best"),
    [
        ([], None),
        (["nonsense"], None),
        (["1.0.0", "1.2.0", "1.10.0"], "1.10.0"),
        (["1.0.0", "2.0.0-rc.1"], "1.0.0"),
        (["2.0.0-rc.1", "2.0.0-alpha", "nonsense"], "2.0.0-rc.1"),
        (["1.0.0+a", "1.0.0+b"], "1.0.0+b"),
    ],
)
def test_the_highest_version_is_a_release_when_there_is_one(versions: list[str], best: str | None) -> None:
    assert highest(versions) == best
    assert highest(reversed(versions)) == best


@pytest.mark.parametrize(
    ("condition", "is_error"),
    [
        (None, False),
        ("error", True),
        (" error ", True),
        ("error:Timeout", True),
        (" error:", True),
        ("errors", False),
        ("$.error.code = 'x'", False),
        ("true", False),
    ],
)
def test_a_condition_is_about_errors_when_it_says_error(condition: str | None, is_error: bool) -> None:
    assert is_error_condition(condition) is is_error


@pytest.mark.parametrize(
    ("condition", "code", "matches"),
    [
        ("error", "Anything", True),
        ("error:Timeout", "Timeout", True),
        ("error:TIMEOUT", "Timeout", True),
        ("error:ACTIVITY_ERROR", "ActivityError", True),
        ("error: activity_error ", "ActivityError", True),
        ("error:Timeout", "HeartbeatTimeout", False),
        ("error:", "Timeout", False),
    ],
)
def test_an_error_matches_when_case_and_underscores_are_left_aside(condition: str, code: str, matches: bool) -> None:
    assert matches_error(condition, code) is matches


def test_a_pointer_escapes_what_has_a_meaning_in_pointers() -> None:
    assert escaped("a/b~c") == "a~1b~0c"
    assert below("/a", "b/c", 0) == "/a/b~1c/0"
    assert below("") == ""


def test_an_origin_is_found_by_the_nearest_recorded_ancestor() -> None:
    origins = Origins()
    origins.record("/a/0", "/b/5")
    origins.record("/a/0/x", "/c")

    assert origins.original("/a/0") == "/b/5"
    assert origins.original("/a/0/y/z") == "/b/5/y/z"
    assert origins.original("/a/0/x/1") == "/c/1"
    assert origins.original("/a/1") == "/a/1"
    assert origins.original("") == ""


def test_origins_follow_when_elements_of_a_list_go() -> None:
    origins = Origins()
    origins.record("/a/1", "/b")
    origins.record("/a/1/x", "/c")
    origins.record("/a/3", "/d")
    origins.record("/other", "/e")

    origins.renumber("/a", [1, 2])

    assert origins.original("/a/0/x/y") == "/c/y"
    assert origins.original("/a/0/z") == "/b/z"
    assert origins.original("/a/1") == "/a/2"
    assert origins.original("/other") == "/e"


def test_a_hint_names_what_was_meant_when_it_is_close() -> None:
    assert nearest("Timout", ["timeout", "tags"]) == "Did you mean 'timeout'?"
    assert nearest("xyz", ["timeout", "tags"]) == "Known: tags, timeout."
    assert nearest("xyz", ["timeout", "tags"], listed=False) == ""
    assert nearest("xyz", []) == ""
    assert nearest("zzz", [f"n{number:02}" for number in range(30)]).endswith("n19, ….")


def test_a_shared_namespace_makes_no_names_similar() -> None:
    assert nearest("example.Work", ["example.Refund"], listed=False) == ""
    assert nearest("example.Wrok", ["example.Refund", "example.Work"]) == "Did you mean 'example.Work'?"
    assert nearest("biling.Charge", ["billing.Charge"]) == "Did you mean 'billing.Charge'?"


def test_suggestions_stop_when_there_were_many() -> None:
    suggest = Suggestions(["abc"], most=1)

    assert suggest("abd") == "Did you mean 'abc'?"
    assert suggest("abd") == ""


def test_suggestions_list_nothing_when_there_is_much() -> None:
    suggest = Suggestions([f"step-{number}" for number in range(100)])

    assert suggest("step-1x") == "Did you mean 'step-1'?"
    assert suggest("quite another name") == ""


def test_a_value_is_short_and_on_one_line_when_it_is_in_a_message() -> None:
    assert brief("a\nb") == "'a\\nb'"
    assert brief(5) == "5"
    assert len(brief("x" * 500)) == 58

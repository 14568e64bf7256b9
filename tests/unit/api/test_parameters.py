"""What stands in the URL. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.api import parameters
from chalicelib.api.parameters import Several, read_path, read_query
from chalicelib.domain.errors import InvalidRequest


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "9" * 128])
def test_a_workflow_id_is_taken_when_a_definition_may_have_it(name: str) -> None:
    assert read_path({"workflow_id": name}) == {"workflow_id": name}


@pytest.mark.parametrize(("given", "seen"), [("e%2D1", "e-1"), ("a%3Ab", "a:b"), ("a:b", "a:b")])
def test_a_path_parameter_is_decoded_when_it_was_escaped(given: str, seen: str) -> None:
    assert read_path({"execution_id": given}) == {"execution_id": seen}


@pytest.mark.parametrize("given", ["a%2Fb", "%2e%2e", "a%00", "a%0A", "%F0%9F%98%80", "%ff", "", "a%2525"])
def test_a_path_parameter_is_refused_when_it_decodes_to_no_name(given: str) -> None:
    with pytest.raises(InvalidRequest, match="workflow_id must be"):
        read_path({"workflow_id": given})


def test_every_path_parameter_is_told_when_several_are_wrong() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_path({"workflow_id": "%2F", "version": "one"})

    assert len(caught.value.findings) == 2


@pytest.mark.parametrize(
    "given", ["2026-01-31T09:00:00Z", "2026-01-31T10:00:00+01:00", "2026-01-31T10:00:00 01:00", "2026-01-31t09:00:00z"]
)
def test_an_instant_is_in_utc_when_it_has_an_offset(given: str) -> None:
    assert parameters.instant(given) == datetime(2026, 1, 31, 9, tzinfo=UTC)


def test_several_values_are_one_list_when_repeated_or_separated_by_commas() -> None:
    several = Several(parameters.one_of(("a", "b", "c")))

    assert read_query({"x": ["a, b", "c", ""]}, {"x": several}) == {"x": ["a", "b", "c"]}


@pytest.mark.parametrize(("given", "value"), [("0", 0), ("10", 10), ("007", 7)])
def test_an_integer_is_read_when_it_is_within_bounds(given: str, value: int) -> None:
    assert parameters.integer(0, 10)(given) == value


@pytest.mark.parametrize("given", ["11", "-1", "+1", " 1", "1_0", "१", "", "1" * 10_000])
def test_an_integer_is_refused_when_it_is_none_or_out_of_bounds(given: str) -> None:
    with pytest.raises(ValueError, match="be a whole number from 0 to 10"):
        parameters.integer(0, 10)(given)


@pytest.mark.parametrize(("given", "pair"), [("a=b", ("a", "b")), ("a=b=c", ("a", "b=c")), ("a=", ("a", ""))])
def test_a_tag_is_a_pair_when_it_has_a_name(given: str, pair: tuple[str, str]) -> None:
    assert parameters.tag(given) == pair


def test_an_unknown_parameter_is_refused_with_the_nearest_when_there_is_one() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_query({"page_sise": ["1"]}, {"page_size": parameters.integer(1, 2)})

    assert caught.value.findings[0].hint == "Did you mean 'page_size'?"


def test_a_long_value_is_cut_when_it_is_told() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_query({"p" * 5_000: ["x"], "page": ["y" * 5_000]}, {"page": parameters.integer(1, 2)})

    assert len(caught.value.message) < 500

"""Instants as numbers and texts. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters import instants

INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(INSTANTS)
def test_an_instant_is_unchanged_when_it_went_through_a_number_or_a_text(at: datetime) -> None:
    assert instants.from_microseconds(instants.to_microseconds(at)) == at
    assert instants.from_text(instants.to_text(at)) == at


@given(INSTANTS, INSTANTS)
def test_texts_sort_as_instants_do(one: datetime, other: datetime) -> None:
    assert (instants.to_text(one) < instants.to_text(other)) == (one < other)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 1, 31, 9, tzinfo=UTC), "2026-01-31T09:00:00.000000Z"),
        (datetime(2026, 1, 31, 9, 0, 0, 7, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T07:00:00.000007Z"),
    ],
)
def test_a_text_is_utc_and_of_one_length(at: datetime, text: str) -> None:
    assert instants.to_text(at) == text


def test_an_expiry_is_in_whole_seconds_rounded_down() -> None:
    assert instants.to_epoch_seconds(datetime(1970, 1, 2, 0, 0, 0, 999_999, tzinfo=UTC)) == 86_400

"""Instants of cron expressions. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.cron import NoInstant, next_after, next_due

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_next_instant_is_at_or_after_and_strictly_after_as_asked() -> None:
    assert next_due("0 12 * * *", "UTC", NOON) == NOON
    assert next_after("0 12 * * *", "UTC", NOON) == NOON + timedelta(days=1)


@pytest.mark.parametrize(("cron", "zone"), [("0 12 * * *", "Mars/Base"), ("never", "UTC")])
def test_no_instant_is_found_when_the_expression_or_the_zone_is_none(cron: str, zone: str) -> None:
    with pytest.raises(NoInstant, match="no instant in time zone"):
        next_due(cron, zone, NOON)

"""`weft publish`: what it asks of the service, and what it prints. Layer: tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft

pytestmark = pytest.mark.functional

ANSWER = {"event_id": "e", "event_type": "parcel", "correlation": None, "published_at": "now", "message": "Published."}


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ([], {"event_type": "parcel", "event_data": None}),
        (["--data", '{"n": 1}'], {"event_type": "parcel", "event_data": {"n": 1}}),
        (["--data", "[1]", "--correlation", "7"], {"event_type": "parcel", "event_data": [1], "correlation": "7"}),
    ],
)
def test_an_event_is_published_under_a_key_of_its_own(
    weft_at: Weft, service: FakeService, arguments: list[str], body: dict[str, Any]
) -> None:
    service.on("POST", "/events", ANSWER, status=201)

    called = weft_at("publish", "parcel", *arguments)

    assert (called.exit_code, called.err) == (0, "")
    assert json.loads(called.out) == ANSWER
    (asked,) = service.asked
    assert (asked.body, asked.query) == (body, {})
    assert asked.headers["idempotency-key"]


def test_the_answer_is_a_table_when_one_is_asked_for(weft_at: Weft, service: FakeService) -> None:
    service.on("POST", "/events", ANSWER, status=201)

    called = weft_at("--format", "table", "publish", "parcel")

    assert called.exit_code == 0
    assert "Published." in called.out
    assert not called.out.startswith("{")


def test_nothing_is_sent_when_the_data_is_no_json(weft_at: Weft, service: FakeService) -> None:
    called = weft_at("publish", "parcel", "--data", "{")

    assert called.exit_code == 2
    assert "--data: '{' is neither JSON" in called.err
    assert service.asked == []

"""The deployed functions behind the queues, the schedule and the stream. Layer: tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from chalice.deploy.validate import validate_feature_flags, validate_routes

import app as application
from chalicelib.events import commands, stream, sweeps, tasks, wakeups

MADE_FOR = {
    "decider": commands,
    "worker_highest": tasks,
    "worker_high": tasks,
    "worker_medium": tasks,
    "worker_low": tasks,
    "worker_lowest": tasks,
    "waker": wakeups,
    "publisher": stream,
}
SCHEDULED = {
    "version": "0",
    "account": "1",
    "region": "eu-central-1",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-01-31T09:00:00Z",
    "id": "1",
    "resources": [],
}


def recorded(module: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What reaches the module's handler."""
    received: list[Any] = []

    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        received.append((event, context))
        return {"batchItemFailures": [{"itemIdentifier": "m-1"}]}

    monkeypatch.setattr(module, "handle", handle)
    return received


@pytest.mark.parametrize("name", MADE_FOR)
def test_a_batch_reaches_its_handler_whole_and_so_does_the_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    received = recorded(MADE_FOR[name], monkeypatch)
    event, context = {"Records": [{"messageId": "m-1"}]}, SimpleNamespace(aws_request_id="r")

    answer = getattr(application, name)(event, context)

    assert received == [(event, context)]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


def test_the_schedule_reaches_the_sweeper(monkeypatch: pytest.MonkeyPatch) -> None:
    received = recorded(sweeps, monkeypatch)

    application.sweeper(SCHEDULED, None)

    assert received == [(SCHEDULED, None)]


def test_the_functions_have_the_names_that_the_infrastructure_knows() -> None:
    sources = {source.name for source in application.app.event_sources}
    viewers = {each.name for each in application.app.websocket_handlers.values()}

    assert sources == {*MADE_FOR, "sweeper"}
    assert viewers == {"ws_connect", "ws_message", "ws_disconnect"}
    (rule,) = [source for source in application.app.event_sources if source.name == "sweeper"]
    assert rule.schedule_expression.to_string() == "rate(1 minute)"  # type: ignore[attr-defined]


def test_the_framework_finds_nothing_wrong_with_the_application() -> None:
    validate_routes(application.app.routes)
    validate_feature_flags(application.app)

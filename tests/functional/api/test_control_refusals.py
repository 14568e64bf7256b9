"""Requests to take executions in hand that make no sense, each with a clear answer. Layer: tests."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.functional.api.service import LOCAL, Service, segment
from tests.unit.execution.play import chain
from tests.unit.execution.test_waiting import wait

PATHS = ["pause", "resume", "cancel", "skip/w", "retry/w", "rerun/w", "confirm/w", "variables", "signal", "control"]
BODIES: dict[str, Any] = {"variables": {"n": 1}, "signal": {"signal_name": "go"}, "control": {"action": "pause"}}


@pytest.mark.parametrize("path", PATHS)
def test_an_execution_is_not_found_when_there_is_none(waiting: Service, path: str) -> None:
    reply = waiting.control("e-2", path, BODIES.get(path, ...))

    assert (reply.status, reply.body["code"]) == (404, "ExecutionNotFound")


@pytest.mark.parametrize(
    "path", ["skip/nowhere", "retry/nowhere", "rerun/x%232", "confirm/nowhere", "skip/nowhere%5B1%5D"]
)
def test_a_step_is_not_found_when_there_is_none(waiting: Service, path: str) -> None:
    reply = waiting.control("e-1", path)

    assert (reply.status, reply.body["code"]) == (404, "UnknownStep")


@pytest.mark.parametrize("step", [" ", "a b", "-a", "é", "x" * 600, "a\nb"])
def test_a_step_is_refused_when_nothing_can_be_called_so(waiting: Service, step: str) -> None:
    reply = waiting.control("e-1", f"skip/{segment(step)}")

    assert (reply.status, reply.body["errors"][0]["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("pause", {"reasn": "x"}, "Did you mean 'reason'?"),
        ("pause", {"reason": 5}, "reason must be a string"),
        ("pause", [], "must be an object"),
        ("rerun/w", {"inputs": 1}, "Did you mean 'input'?"),
        ("signal", {"signal": "go"}, "Did you mean 'signal_name'?"),
        ("signal", {"payload": 1}, "The field 'signal_name' is missing"),
        ("signal", {"signal_name": ""}, "signal_name must be 1 to 256 characters"),
        ("signal", ..., "The body is empty"),
        ("variables", ..., "The body is empty"),
    ],
)
def test_a_body_is_refused_with_the_place_when_it_is_wrong(waiting: Service, path: str, body: Any, words: str) -> None:
    reply = waiting.control("e-1", path, body)

    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")
    assert words in reply.body["detail"] + "".join(finding["hint"] for finding in reply.body["errors"])


def test_a_reason_counts_as_none_when_it_is_empty(waiting: Service) -> None:
    assert waiting.control("e-1", "pause", {"reason": ""}).status == 200

    (paused,) = waiting.get("/executions/e-1/history?event_types=WorkflowPaused").body["events"]
    assert paused["details"] == {}


def test_a_signal_is_refused_when_it_is_larger_than_a_payload_may_be(waiting: Service) -> None:
    reply = waiting.control("e-1", "signal", {"signal_name": "go", "payload": "x" * 5_000_000})

    assert (reply.status, reply.body["code"]) == (413, "PayloadTooLarge")


def test_a_signal_is_refused_when_too_many_are_kept() -> None:
    settings = msgspec.structs.replace(LOCAL, max_kept_signals=2)
    service = Service(settings).begin(chain(wait()))
    for _ in range(2):
        assert service.control("e-1", "signal", {"signal_name": "later"}).status == 200

    reply = service.control("e-1", "signal", {"signal_name": "later"})

    assert (reply.status, reply.body["code"], reply.body["state"]) == (409, "LimitExceeded", "waiting_for_event")
    assert service.control("e-1", "signal", {"signal_name": "go"}).body["state"] == "completed"

"""Steps of type ``event``: what they publish, and what becomes of an attempt."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.effects import RunInline
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import Play, chain


def publishing(*, retry_policy: dict[str, Any] | None = None, timeout: float | None = None, **of: Any) -> Any:
    step: dict[str, Any] = {"id": "e", "step_type": {"type": "event", "event_type": "order.ready", **of}}
    if retry_policy is not None:
        step["retry_policy"] = retry_policy
    if timeout is not None:
        step["timeout"] = timeout
    return chain(step)


def test_event_is_published_inline_with_its_mapped_payload_and_correlation() -> None:
    play = Play(publishing(payload={"order": "$.input.order", "n": 1}, correlation="$.input.order"), {"order": 7})

    (effect,) = (effect for effect in play.effects if isinstance(effect, RunInline))
    assert effect.task.activity_type == "weft.publish"
    assert effect.task.input == {
        "event_id": "x:e#1",
        "event_type": "order.ready",
        "payload": {"order": 7, "n": 1},
        "correlation": "7",
        "lineage": 1,
    }
    play.complete("e", {"event_id": "x:e#1"})
    assert play.state.status == "completed"


def test_event_has_no_payload_and_no_correlation_when_its_step_has_none() -> None:
    play = Play(publishing(), lineage=3)

    assert play.task("e").input == {
        "event_id": "x:e#1",
        "event_type": "order.ready",
        "payload": None,
        "lineage": 4,
    }


def test_event_goes_to_its_target_when_it_has_one() -> None:
    assert Play(publishing(target="$.input.other"), {"other": "x-2"}).task("e").input["target"] == "x-2"


@pytest.mark.parametrize(
    "fields", [{"target": "$.input.none"}, {"correlation": "$.input.none"}, {"payload": {"n": "$.input.text + 1"}}]
)
def test_event_step_fails_when_it_cannot_be_mapped(fields: dict[str, Any]) -> None:
    play = Play(publishing(**fields), {"text": "x"})

    assert play.state.error is not None
    assert play.state.error.code == "ExpressionError"
    assert "StepStarted e" in play.kinds


def test_event_is_published_again_under_its_id_when_an_attempt_fails() -> None:
    play = Play(publishing(retry_policy={"max_attempts": 2, "initial_interval": 5}))
    first = play.task("e").input
    play.fail("e")

    play.wait(5)

    assert (play.task("e").attempt, play.task("e").input) == (2, first)


def test_event_step_fails_when_publishing_takes_too_long() -> None:
    play = Play(publishing(timeout=5))

    play.wait(5)

    assert play.state.error is not None
    assert play.state.error.code == "Timeout"


def test_row_of_an_event_step_says_what_it_is_without_the_definition() -> None:
    status = status_view(Play(publishing()).commits, None)

    assert status is not None
    assert [row["step_type"] for row in status["steps"]] == ["start", "event"]

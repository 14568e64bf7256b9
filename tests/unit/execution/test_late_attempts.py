"""Attempts in flight when a workflow fails are awaited, and compensated when they succeed."""

from __future__ import annotations

import pytest

from chalicelib.domain.execution.commands import (
    CompleteTask,
    FailTask,
)
from chalicelib.domain.execution.effects import Arm, RunInline, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from tests.unit.execution.play import BEGIN, Play, activity, workflow
from tests.unit.execution.sagas import (
    compensations,
    mapped,
    shown,
    side_by_side,
    summary,
    undo,
    undone,
)


def test_attempt_in_flight_is_awaited_and_compensated_when_it_succeeds_late() -> None:
    play = Play(side_by_side(timeout=30))
    charge = play.task("charge")

    play.fail("reserve")
    assert play.state.status == "running"
    assert play.state.awaits(charge.run_id, 1)
    assert [task.run_id for task in play.tasks()] == [charge.run_id]
    play.tell(CompleteTask(run_id=charge.run_id, attempt=1, output={"id": "pay"}, started_at=BEGIN, node="n"))

    assert play.task("refund").input == {"id": "pay", "out": {"id": "pay"}}
    assert "id" not in play.state.variables
    assert play.state.latest["charge"].state == "completed"
    play.complete("refund")
    assert play.state.status == "failed"
    assert summary(play)["compensated"] == ["charge#1"]


def test_attempt_in_flight_is_not_repeated_when_it_fails_late() -> None:
    play = Play(side_by_side(timeout=30, retry_policy={"max_attempts": 3, "initial_interval": 0}))
    charge = play.task("charge")

    play.fail("reserve")
    play.tell(FailTask(run_id=charge.run_id, attempt=1, error=ErrorInfo(code="No", message=""), started_at=BEGIN))

    assert play.state.status == "failed"
    assert play.state.error is not None
    assert play.state.error.code == "Boom"
    assert compensations(play) == []
    assert play.kinds[-2:] == ["StepFailed charge", "WorkflowFailed"]


@pytest.mark.parametrize(("timeout", "seconds"), [(30, 30), (None, 3_600)])
def test_attempt_in_flight_is_awaited_to_its_timeout_or_for_an_hour(timeout: float | None, seconds: float) -> None:
    play = Play(side_by_side(**({} if timeout is None else {"timeout": timeout})))

    play.fail("reserve")

    assert play.wait_for_deadline() == seconds
    assert play.state.status == "failed"
    assert play.kinds[-3:] == ["StepTimedOut charge", "StepFailed charge", "WorkflowFailed"]


def test_each_attempt_in_flight_has_its_own_time() -> None:
    document = workflow(
        undone("a", "undo", timeout=10),
        undone("b", "undo", timeout=20),
        activity("c"),
        undo("undo"),
        transitions=[("start", "a"), ("start", "b"), ("start", "c"), ("a", "end"), ("b", "end"), ("c", "end")],
    )
    play = Play(document)
    play.fail("c")

    assert play.wait_for_deadline() == 10
    assert shown(play)["status_info"]["details"] == "0 to compensate, 1 awaited"
    play.complete("b", 5)

    assert play.task("undo").input == {"out": 5}
    view = shown(play)
    assert (view["state"], view["status_info"]["sub_state"]) == ("running", "compensating")
    assert view["status_info"]["details"] == "1 to compensate, 0 awaited"


def test_attempt_waiting_for_a_retry_is_not_awaited() -> None:
    play = Play(side_by_side(retry_policy={"max_attempts": 2, "initial_interval": 60}))
    play.fail("charge")

    play.fail("reserve")

    assert play.state.status == "failed"


def test_attempt_is_not_awaited_when_it_was_scheduled_by_the_decision_that_fails() -> None:
    document = workflow(
        activity("first"),
        undone("a", "undo"),
        {"id": "bad", "step_type": {"type": "script", "expression": "$.input.text + 1"}},
        undo("undo"),
        transitions=[("start", "first"), ("first", "a"), ("first", "bad"), ("a", "end"), ("bad", "end")],
    )
    play = Play(document, {"text": "x"})

    play.complete("first")

    assert play.state.status == "failed"


def test_late_item_is_compensated_in_its_scope() -> None:
    document = mapped(
        undone("i", "undo", of={"output_mapping": {"v": "$.context.v"}}),
        also=[undo("undo", {"item": "$.item", "v": "$.context.v"})],
    )
    play = Play(document, {"items": ["p", "q"]})

    play.fail_run("i#1")
    play.complete_run("i#2", {"v": 3})

    assert play.task("undo").input == {"item": "q", "v": 3}


def test_attempt_cancelled_by_a_join_is_compensated_when_it_succeeds_and_the_workflow_fails_later() -> None:
    document = side_by_side(timeout=600)
    document["steps"][1]["step_type"]["completion_strategy"] = "any"
    document["steps"].append(activity("after"))
    document["transitions"] = [
        {"from_step_id": a, "to_step_id": b} for a, b in (("start", "p"), ("p", "after"), ("after", "end"))
    ]
    play = Play(document)
    charge = play.task("charge")
    play.complete("reserve")
    assert not play.state.awaits(charge.run_id, 1)

    play.tell(CompleteTask(run_id=charge.run_id, attempt=1, output={"id": 1}, started_at=BEGIN))
    assert play.state.latest["charge"].state == "canceled"
    play.fail("after")

    assert play.task("refund").input == {"id": 1, "out": {"id": 1}}


def test_attempt_cancelled_long_ago_is_forgotten_when_its_time_is_over() -> None:
    document = side_by_side(timeout=10)
    document["steps"][1]["step_type"]["completion_strategy"] = "any"
    document["steps"].append(activity("after"))
    document["transitions"] = [
        {"from_step_id": a, "to_step_id": b} for a, b in (("start", "p"), ("p", "after"), ("after", "end"))
    ]
    play = Play(document)
    play.complete("reserve")
    assert list(play.state.strays) == ["charge#1"]

    play.wait(11)
    play.complete("after")

    assert play.state.status == "completed"
    assert play.state.strays == {}


def test_inline_attempt_that_was_never_run_is_not_awaited_when_the_workflow_fails_later() -> None:
    document = side_by_side()
    document["steps"][2]["step_type"]["inline"] = True
    document["steps"][1]["step_type"]["completion_strategy"] = "any"
    document["steps"].append(activity("after"))
    document["transitions"] = [
        {"from_step_id": a, "to_step_id": b} for a, b in (("start", "p"), ("p", "after"), ("after", "end"))
    ]
    play = Play(document)
    play.complete("reserve")

    play.fail("after")

    assert play.state.status == "failed"


def test_inline_attempt_in_flight_is_run_and_compensated() -> None:
    document = side_by_side()
    document["steps"][2]["step_type"]["inline"] = True
    play = Play(document)

    play.fail("reserve")

    assert [type(effect) for effect in outstanding(play.state)] == [RunInline, Arm]
    play.complete("charge", {"id": 1})
    assert play.task("refund").input["id"] == 1

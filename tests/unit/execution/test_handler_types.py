"""Event handlers: what each type does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.execution.commands import (
    Signal,
)
from tests.unit.execution.handlers import begun, errands, event, handler, refusals, sets
from tests.unit.execution.play import BEGIN, Play, activity, workflow
from tests.unit.execution.test_events import wait


def test_goto_step_cancels_what_is_active_and_goes_on_there() -> None:
    document = workflow(
        {"id": "m", "step_type": {"type": "map", "items": "[1,2]", "entry_step_id": "i", "exit_step_id": "i"}},
        activity("i"),
        activity("a"),
        activity("other"),
        transitions=[("start", "m"), ("start", "a"), ("m", "end"), ("a", "end"), ("other", "end")],
        event_handlers=[handler("h", "goto_step", of={"step_id": "other"})],
    )
    play = Play(document)

    event(play, 1, {"why": "x"})

    assert [task.run_id for task in play.tasks()] == ["other#1"]
    canceled = [each.run_id for each in play.events if each.type == "StepCanceled"]
    assert sorted(map(str, canceled)) == ["a#1", "i#1", "i#2", "m#1"]
    assert play.state.regions == {}
    play.complete("other")
    assert play.state.status == "completed"


def test_set_variable_sees_the_event_and_what_there_was() -> None:
    mapping = {"n": "$.event.n", "$.context.deep.m": "{% $.input.m + 1 %}", "plain": "text"}
    play = begun(handler("h", "set_variable", of={"variable_mapping": mapping}), input={"m": 1})

    first, written = event(play, 1, {"n": 5})

    assert play.state.variables == {"n": 5, "deep": {"m": 2}, "plain": "text"}
    assert (first.details["handler_id"], first.details["action"]) == ("h", "set_variable")
    assert written.details["handler_id"] == "h"
    assert event(play, 1, {"n": 6}) == []
    assert play.state.variables["n"] == 5


@pytest.mark.parametrize(("script", "variables"), [("{'seen': $.event.n * 2}", {"seen": 10}), ("$.event.none", {})])
def test_execute_script_gives_what_is_merged_into_the_variables(script: str, variables: dict[str, Any]) -> None:
    play = begun(handler("h", "execute_script", of={"script": script}))

    event(play, 1, {"n": 5})

    assert play.state.variables == variables
    assert refusals(play) == []


def test_execute_script_is_refused_when_it_gives_no_object() -> None:
    play = begun(handler("h", "execute_script", of={"script": "$.event.n"}), sets("n"))

    event(play, 1, {"n": 5})

    assert refusals(play) == [("h", "ExpressionError")]
    assert play.state.variables == {"n": True}


def test_cancel_workflow_ends_the_execution() -> None:
    play = begun(handler("h", "cancel_workflow", of={"reason": "the customer cancelled"}))

    event(play)

    last = play.events[-1]
    assert (last.type, last.details["reason"], last.details["by"]) == (
        "WorkflowCanceled",
        "the customer cancelled",
        "handler:h",
    )


def test_pause_and_resume_workflow() -> None:
    play = begun(
        handler("h", "pause_workflow", condition="$.event.stop"),
        handler("r", "resume_workflow", condition="$not($.event.stop)"),
    )

    event(play, 1, {"stop": True})
    assert play.state.status == "paused"
    play.complete("a")
    assert play.tasks() == []
    event(play, 2, {"stop": False})

    assert play.state.status == "running"
    assert [task.step_id for task in play.tasks()] == ["b"]
    assert refusals(play) == []


def test_skip_step_goes_on_after_it_and_is_refused_when_it_cannot() -> None:
    play = begun(handler("h", "skip_step", of={"step_id": "a"}), handler("g", "skip_step", of={"step_id": "b"}))

    event(play)

    assert [task.step_id for task in play.tasks()] == ["b"]
    skipped = next(each for each in play.events if each.type == "StepSkipped")
    assert (skipped.details["by"], skipped.details["reason"]) == ("handler:h", "event 'go'")
    assert refusals(play) == [("g", "InvalidState")]


def test_retry_step_runs_it_again() -> None:
    document = workflow(
        activity("a"),
        wait("w", name="never"),
        transitions=[("start", "a"), ("a", "end"), ("a", "w", "error"), ("w", "end")],
        event_handlers=[handler("h", "retry_step", of={"step_id": "a"})],
    )
    play = Play(document)
    event(play, 1)
    assert refusals(play) == [("h", "InvalidState")]
    play.fail("a")

    event(play, 2)

    assert [task.run_id for task in play.tasks()] == ["a#2"]


def test_execute_activity_is_an_errand_with_the_event_as_its_input() -> None:
    play = begun(
        handler("h", "execute_activity", of={"activity_type": "log"}, priority="high", timeout=60),
        handler("g", "execute_activity", of={"activity_type": "log", "input_mapping": {"n": "$.event.n"}}),
        priority="low",
    )

    event(play, 1, {"n": 5, "m": 6})

    first, second = errands(play)
    assert (first.run_id, first.activity_type, first.input) == ("handler:h:event:e1", "log", {"n": 5, "m": 6})
    assert (first.priority, first.deadline) == ("high", BEGIN + timedelta(seconds=60))
    assert (second.run_id, second.input, second.priority, second.deadline) == (
        "handler:g:event:e1",
        {"n": 5},
        "low",
        None,
    )
    assert play.state.status == "running"


def test_start_workflow_starts_one_execution_an_event() -> None:
    start = handler("h", "start_workflow", of={"workflow_id": "other", "input_mapping": {"n": "$.event.n"}})
    play = begun(start)

    event(play, 1, {"n": 5}, lineage=3)
    (first,) = errands(play)
    event(play, 2, {"n": 6})
    (second,) = errands(play)

    assert first.activity_type == "weft.start"
    assert first.input | {"execution_id": ""} == {
        "workflow_id": "other",
        "input": {"n": 5},
        "lineage": 3,
        "execution_id": "",
    }
    assert first.input["execution_id"] != second.input["execution_id"]


def test_start_workflow_is_refused_when_executions_go_on_starting_one_another() -> None:
    start = handler("h", "start_workflow", of={"workflow_id": "w"})
    play = begun(start, lineage=10)

    event(play, 1, lineage=11)
    play.tell(Signal(id="s", name="go"))

    assert refusals(play) == [("h", "LimitExceeded"), ("h", "LimitExceeded")]


def test_start_workflow_because_of_a_signal_is_one_further_than_its_execution() -> None:
    play = begun(handler("h", "start_workflow", of={"workflow_id": "w"}), lineage=2)

    play.tell(Signal(id="s", name="go", payload=1))

    (task,) = errands(play)
    assert (task.input["lineage"], task.input["input"]) == (3, 1)


@pytest.mark.parametrize(("payload", "sent"), [({}, {"n": 5}), ({"payload": {"m": "$.event.n"}}, {"m": 5})])
def test_send_signal_goes_to_its_target(payload: dict[str, Any], sent: Any) -> None:
    of = {"target": "$.input.other", "signal_name": "hello", **payload}
    play = begun(handler("h", "send_signal", of=of), input={"other": "x-2"})

    event(play, 1, {"n": 5})

    (task,) = errands(play)
    assert task.activity_type == "weft.signal"
    assert task.input == {"target": "x-2", "signal_name": "hello", "payload": sent, "id": "x:handler:h:event:e1"}


def test_send_signal_is_refused_when_there_is_no_target() -> None:
    of = {"target": "$.input.none", "signal_name": "hello"}
    play = begun(handler("h", "send_signal", of=of), input={})

    event(play, 1)

    assert errands(play) == []
    assert refusals(play) == [("h", "ExpressionError")]


def test_send_notification_says_what_came() -> None:
    channel = {"type": "in_app", "user_groups": ["ops"]}
    play = begun(
        handler("h", "send_notification", of={"notification": {"channels": [channel]}}), workflow_name="Orders"
    )

    event(play, 1, {"n": 5})

    (task,) = errands(play)
    assert task.activity_type == "notify.send"
    assert task.input["notification"] == {"channels": [channel]}
    assert task.input["subject"] == "Orders: go"
    assert task.input["data"]["event"] == {"n": 5}

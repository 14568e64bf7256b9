"""What comes back, and when, after a retry or a rerun: every path that a failure cut short, and nothing in a pause."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.arrivals import correlation_text
from chalicelib.domain.execution.commands import DeliverEvent, Pause, Rerun, Resume, Retry
from chalicelib.domain.execution.effects import Listen
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.jsonvalue import loads
from tests.unit.execution.play import Play, activity, chain, workflow
from weftctl.testing import WorkflowTestEnvironment


def test_rerun_begins_with_the_resume_when_it_is_asked_for_in_a_pause() -> None:
    play = Play(chain(activity("a"), activity("b")), {"n": 1})
    play.complete("a")
    play.tell(Pause(id="p"))

    play.tell(Rerun(id="r", step="a", input={"n": 2}))
    assert play.tasks() == []
    assert {run.run_id: run.state for run in play.state.runs.values()} == {"a#2": "pending"}

    play.tell(Resume(id="s"))
    (task,) = play.tasks()
    assert (task.run_id, task.input) == ("a#2", {"n": 2})


def test_every_path_comes_back_when_two_stood_at_the_same_step() -> None:
    edges = [("start", "a"), ("start", "b"), ("start", "f"), ("a", "x"), ("b", "x"), ("x", "end"), ("f", "end")]
    play = Play(workflow(*map(activity, "abfx"), transitions=edges), {})
    play.complete("a")
    play.complete("b")
    play.fail("f")
    assert play.state.status == "failed"
    assert play.events[-1].details["interrupted"] == [["x", "a#1"], ["x", "b#1"]]

    play.tell(Retry(id="r", step="f"))

    assert sorted(task.run_id for task in play.tasks()) == ["f#2", "x#3", "x#4"]
    assert {play.state.runs[run_id].came_from for run_id in ("x#3", "x#4")} == {"a#1", "b#1"}
    assert play.state.interrupted == []


def test_a_path_comes_back_when_the_failure_came_before_its_turn() -> None:
    unset = {"id": "bad", "step_type": {"type": "script", "expression": "1 + 'x'"}}
    play = Play(
        workflow(
            unset, activity("late"), transitions=[("start", "bad"), ("start", "late"), ("bad", "end"), ("late", "end")]
        ),
        {},
    )
    assert play.state.status == "failed"

    play.tell(Retry(id="r", step="bad"))

    assert play.events[-1].details["interrupted"] == [["late", "start#1"]]


def test_an_event_is_asked_for_again_at_the_resume_when_it_was_too_much_to_keep() -> None:
    wait = {"id": "w", "step_type": {"type": "wait", "event_name": "go"}}
    play = Play(chain(wait), {}, rules=Rules(max_kept_signals=0))
    play.tell(Pause(id="p"))
    event = DeliverEvent(event_id="e1", name="go", published_at=play.now)
    assert [each.type for each in play.tell(event)] == ["RequestRefused"]

    play.tell(Resume(id="r"))
    assert [effect.listener for effect in play.effects if isinstance(effect, Listen)] == ["w#1"]

    play.tell(event)
    assert play.state.status == "completed"


@pytest.mark.parametrize("value", [7, 7.0, loads(b"7.0"), "7"])
def test_whole_numbers_correlate_however_they_are_written(value: Any) -> None:
    assert correlation_text(value) == "7"


def test_an_event_of_a_test_correlates_by_a_number() -> None:
    wait = {"id": "w", "step_type": {"type": "wait", "event_name": "go", "correlation": "$.input.c"}}
    environment = WorkflowTestEnvironment(chain(wait))
    run = environment.start({"c": 7.0})
    environment.publish("go", correlation=7)
    assert run.state == "completed"


def test_the_depth_limit_is_not_tried_again_at_every_level() -> None:
    child = {
        "id": "c",
        "step_type": {"type": "sub_workflow", "workflow_id": "w", "input_mapping": {"n": "$.input.n - 1"}},
        "retry_policy": {"max_attempts": 3, "initial_interval": 1},
    }
    decision = {
        "id": "d",
        "step_type": {
            "type": "decision",
            "conditions": [{"condition": "$.input.n > 0", "transition_to": "c"}],
            "default": "end",
        },
    }
    environment = WorkflowTestEnvironment(workflow(decision, child, transitions=[("start", "d"), ("c", "end")]))
    run = environment.start({"n": 30})
    run.until_idle()

    assert run.state == "failed"
    levels = 0
    while run.children:
        (run,) = run.children  # one child each: nobody tried another
        levels += 1
    assert levels == 25


def test_what_is_awaited_is_said_when_an_ending_waits_for_an_attempt_in_flight() -> None:
    edges = [("start", "c"), ("start", "f"), ("c", "end"), ("f", "end")]
    undo = activity("u", of={"activity_type": "u"})
    document = workflow(activity("c", compensation_step_id="u"), activity("f"), undo, transitions=edges)
    mocks = {
        "c": {"result": {}, "delay": 20},
        "f": {"error": {"code": "Boom", "message": "no"}, "delay": 1},
        "u": {"result": {}},
    }
    environment = WorkflowTestEnvironment(document, mocks=mocks)
    run = environment.start({})
    environment.advance(5)

    (awaited,) = run.waiting_for
    assert (awaited["step_id"], awaited["state"]) == ("c", "canceled")
    assert "its outcome is awaited until" in awaited["message"]
    run.until_idle()
    assert (run.state, run.step("u")["state"]) == ("failed", "completed")


def test_a_child_that_is_ending_is_not_resumed_with_its_parent() -> None:
    undo = activity("u", of={"activity_type": "u"})
    child = chain(
        activity("a", compensation_step_id="u"), {"id": "w", "step_type": {"type": "wait", "event_name": "go"}}
    )
    child = {**child, "id": "child", "steps": [*child["steps"], undo], "compensate_on_cancel": True}
    parent = chain({"id": "c", "step_type": {"type": "sub_workflow", "workflow_id": "child"}}, id="parent")
    mocks = {"a": {"result": {}}, "u": {"result": {}, "delay": 60}}
    environment = WorkflowTestEnvironment(parent, child, mocks=mocks)
    run = environment.start({})
    (own,) = run.children
    run.pause()
    own.cancel()
    run.resume()
    run.until_idle()

    assert own.state == "canceled"
    assert not own.history("WorkflowResumed")


def test_a_child_that_could_not_start_one_of_its_own_is_not_tried_again() -> None:
    retry = {"max_attempts": 3, "initial_interval": 1}
    required = {"fields": [{"name": "n", "field_type": {"type": "integer"}, "required": True}]}
    leaf = {**chain(activity("a")), "id": "leaf", "input_type": required}
    middle = chain({"id": "m", "step_type": {"type": "sub_workflow", "workflow_id": "leaf"}}, id="middle")
    top = chain(
        {"id": "t", "step_type": {"type": "sub_workflow", "workflow_id": "middle"}, "retry_policy": retry}, id="top"
    )
    environment = WorkflowTestEnvironment(top, middle, leaf)
    run = environment.start({})
    run.until_idle()

    assert (run.state, run.step("t")["attempts"]) == ("failed", 1)

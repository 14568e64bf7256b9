"""Sub-workflows in the decider: how a parent's step begins a child, follows it, and lets it go."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.children import LONGEST_ID, ControlChild, child_id
from chalicelib.domain.execution.commands import (
    Cancel,
    ChildEnded,
    ChildStarted,
    CompleteTask,
    FailExecution,
    Pause,
    Rerun,
    Resume,
    Skip,
)
from chalicelib.domain.execution.decide import decide_all, give_up
from chalicelib.domain.execution.effects import StartChild, outstanding
from chalicelib.domain.execution.events import ErrorInfo, Event
from chalicelib.domain.execution.program import Rules
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow

BOOM = ErrorInfo(code="Boom", message="it failed")
RETRY = {"max_attempts": 3, "initial_interval": 10}


def sub(step_id: str = "s", *, of: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": "sub_workflow", "workflow_id": "child", **(of or {})}, **fields}


def children(play: Play) -> list[StartChild]:
    """The children that the execution waits for."""
    return [effect for effect in outstanding(play.state) if isinstance(effect, StartChild)]


def controlled(play: Play) -> list[tuple[str, str]]:
    """What the last decision wants of children."""
    found = [effect for effect in play.effects if isinstance(effect, ControlChild)]
    return [(effect.action, effect.child.execution_id) for effect in found]


def end(play: Play, state: str = "completed", *, attempt: int = 1, run: str = "s#1", **how: Any) -> list[Event]:
    return play.tell(ChildEnded(run_id=run, attempt=attempt, state=state, **how))


# --- ids --------------------------------------------------------------------------------------------------------------


def test_child_id_names_parent_step_run_and_attempt() -> None:
    assert child_id("order-7", "ship.now#2", 3) == "order-7:ship.now:2:3"


@pytest.mark.parametrize("parent", ["p" * 128, "p" * 120])
def test_child_id_is_a_valid_id_of_its_own_when_the_parent_is_long(parent: str) -> None:
    found = {child_id(parent, f"s#{run}", attempt) for run in (1, 2) for attempt in (1, 2)}

    assert len(found) == 4
    assert all(len(each) <= LONGEST_ID and each.startswith("p" * 80) for each in found)


# --- beginning --------------------------------------------------------------------------------------------------------


def test_child_is_wanted_with_the_mapped_input_when_the_step_begins() -> None:
    step = sub(of={"workflow_version": "1.2.0", "input_mapping": {"n": "$.input.count"}})

    play = Play(chain(step), {"count": 4})

    (effect,) = children(play)
    assert (effect.run_id, effect.attempt, effect.input) == ("s#1", 1, {"n": 4})
    assert (effect.child.execution_id, effect.child.workflow_id) == ("x:s:1:1", "child")
    assert (effect.child.version, effect.child.waits) == ("1.2.0", True)
    assert effect in play.effects
    assert play.state.runs["s#1"].state == "running"


def test_child_gets_the_executions_input_when_nothing_is_mapped() -> None:
    assert children(Play(chain(sub()), {"count": 4}))[0].input == {"count": 4}


def test_step_fails_when_too_many_executions_are_around_it() -> None:
    play = Play(chain(sub()), rules=Rules(max_depth=2), depth=2)

    assert play.state.error is not None
    assert play.state.error.code == "LimitExceeded"
    assert "max_sub_workflow_depth" in play.state.error.message
    assert Play(chain(sub()), rules=Rules(max_depth=2), depth=1).state.status == "running"


# --- ends -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["completed", "partially_failed"])
def test_childs_output_is_the_steps_result_when_it_completes(state: str) -> None:
    play = Play(chain(sub(of={"output_mapping": {"total": "$.output.sum"}})))

    end(play, state, output={"total": 7})

    assert (play.state.status, play.state.output) == ("completed", {"sum": 7})
    (completed,) = [event for event in play.events if event.type == "StepCompleted" and event.step_id == "s"]
    assert completed.details["child_id"] == "x:s:1:1"
    assert controlled(play) == []


@pytest.mark.parametrize("state", ["failed", "canceled", "timed_out"])
def test_step_fails_with_what_became_of_the_child_when_it_did_not_complete(state: str) -> None:
    play = Play(chain(sub()))

    end(play, state, error=BOOM)

    error = play.state.error
    assert error is not None
    assert error.code == "SubWorkflowFailed"
    assert error.message == f"the execution 'x:s:1:1' of workflow 'child' ended {state}: it failed"
    assert error.details == {
        "execution_id": "x:s:1:1",
        "workflow_id": "child",
        "state": state,
        "error": {"code": "Boom", "message": "it failed"},
    }
    assert controlled(play) == []  # it has ended: there is nothing to cancel


def test_error_says_so_when_a_child_gave_no_reason() -> None:
    play = Play(chain(sub()))

    end(play, "failed")

    assert play.state.error is not None
    assert play.state.error.details["error"] == {"code": "EngineError", "message": "it gave no reason"}


def test_error_transition_by_code_is_taken_when_the_child_fails() -> None:
    edges = [("start", "s"), ("s", "end"), ("s", "instead", "error:SubWorkflowFailed"), ("instead", "end")]
    play = Play(workflow(sub(), activity("instead"), transitions=edges))

    end(play, "failed", error=BOOM)

    assert play.task("instead")


def test_postcondition_fails_the_step_and_leaves_the_ended_child_alone() -> None:
    play = Play(chain(sub(postconditions=["$.result.ok"])))

    end(play, output={"ok": False})

    assert play.state.error is not None
    assert play.state.error.code == "PostconditionFailed"
    assert controlled(play) == []


def test_retry_is_a_new_child_when_the_policy_allows_one() -> None:
    play = Play(chain(sub(retry_policy=RETRY)))

    end(play, "failed", error=BOOM)
    assert (children(play), controlled(play)) == ([], [])
    play.wait_for_deadline()

    (effect,) = children(play)
    assert (effect.attempt, effect.child.execution_id) == (2, "x:s:1:2")
    assert end(play, "completed", output={}) == []  # the first one, run again by somebody: nobody waits for it
    end(play, output={}, attempt=2)
    assert play.state.status == "completed"


def test_retry_begins_at_once_when_there_is_nothing_to_wait_for() -> None:
    play = Play(chain(sub(retry_policy={"max_retries": 1, "retry_intervals": [0]})))

    end(play, "failed", error=BOOM)

    assert [effect.child.execution_id for effect in children(play)] == ["x:s:1:2"]


def test_step_fails_at_once_when_the_child_could_not_be_started() -> None:
    play = Play(chain(sub(retry_policy=RETRY)))

    end(play, "refused", error=ErrorInfo(code="WorkflowNotFound", message="There is no workflow 'child'."))

    error = play.state.error
    assert error is not None
    assert error.message == "the workflow 'child' could not be started: There is no workflow 'child'."
    assert (error.code, error.details["state"]) == ("SubWorkflowFailed", "refused")


@pytest.mark.parametrize("run", ["s#2", "a#1"])
def test_outcome_of_a_child_that_no_run_waits_for_changes_nothing(run: str) -> None:
    edges = [("start", "s"), ("start", "a"), ("s", "end"), ("a", "end")]
    play = Play(workflow(sub(), activity("a"), transitions=edges))

    assert end(play, run=run, output={}) == []


# --- without waiting --------------------------------------------------------------------------------------------------


def test_step_completes_with_the_childs_id_when_it_only_starts_it() -> None:
    play = Play(chain(sub(of={"wait": False, "output_mapping": {"execution_id": "$.output.started"}})))
    assert not children(play)[0].child.waits

    play.tell(ChildStarted(run_id="s#1", attempt=1))

    assert (play.state.status, play.state.output) == ("completed", {"started": "x:s:1:1"})


def test_start_of_a_child_changes_nothing_when_its_end_is_waited_for() -> None:
    play = Play(chain(sub()))

    assert play.tell(ChildStarted(run_id="s#1", attempt=1)) == []


def test_child_goes_on_when_nobody_waits_for_its_end_and_the_parent_is_cancelled() -> None:
    play = Play(chain(sub(of={"wait": False})))

    play.tell(Cancel(id="c"))

    assert controlled(play) == []


# --- letting go -------------------------------------------------------------------------------------------------------


def both() -> dict[str, Any]:
    return workflow(
        sub(skippable=True),
        activity("a"),
        transitions=[("start", "s"), ("start", "a"), ("s", "end"), ("a", "end")],
        timeout=100,
    )


def let_go(play: Play, how: str) -> None:
    match how:
        case "cancel":
            play.tell(Cancel(id="c"))
        case "failure":
            play.fail("a")
        case "timeout":
            play.wait(100)
        case "skip":
            play.tell(Skip(id="s", step="s"))


@pytest.mark.parametrize("how", ["cancel", "failure", "timeout", "skip"])
def test_child_is_cancelled_when_its_step_waits_for_it_no_more(how: str) -> None:
    play = Play(both())

    let_go(play, how)

    assert controlled(play) == [("cancel", "x:s:1:1")]
    assert "child_id" in next(event for event in reversed(play.events) if event.step_id == "s").details


def test_child_is_cancelled_when_the_engine_gives_its_parent_up() -> None:
    state = Play(both()).state

    decision = give_up(state, FailExecution(cause="advance:1", error=BOOM), BEGIN)

    assert [effect.action for effect in decision.effects if isinstance(effect, ControlChild)] == ["cancel"]


def test_child_is_cancelled_when_its_attempt_times_out_and_is_tried_again() -> None:
    play = Play(chain(sub(timeout=30, retry_policy=RETRY, of={"workflow_version": "1.2.0"})))

    play.wait_for_deadline()

    assert controlled(play) == [("cancel", "x:s:1:1")]
    (effect,) = [effect for effect in play.effects if isinstance(effect, ControlChild)]
    assert (effect.attempt, effect.child.version) == (1, "1.2.0")
    play.tell(Cancel(id="c"))  # while no child is there
    assert controlled(play) == []


def test_child_is_cancelled_when_the_step_that_led_to_it_runs_again() -> None:
    play = Play(chain(activity("a"), sub()))
    play.complete("a")

    play.tell(Rerun(id="r", step="a"))

    assert controlled(play) == [("cancel", "x:s:1:1")]


def test_child_is_cancelled_when_another_branch_is_enough() -> None:
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("s", "a")]
    step = {"id": "p", "step_type": {"type": "parallel", "branches": branches, "completion_strategy": "any"}}
    play = Play(workflow(step, sub(), activity("a"), transitions=[("start", "p"), ("p", "end")]))

    play.complete("a")

    assert controlled(play) == [("cancel", "x:s:1:1")]


def test_nothing_is_cancelled_when_a_child_is_begun_and_let_go_in_one_decision() -> None:
    play = Play(chain(activity("a"), sub()))
    task = play.task("a")
    done = CompleteTask(run_id=task.run_id, attempt=1, output=None, started_at=play.now)

    decision = decide_all(play.program, play.state, [done, Cancel(id="c")], play.now)

    assert decision.state.status == "canceled"
    assert not any(isinstance(effect, ControlChild | StartChild) for effect in decision.effects)


# --- pauses -----------------------------------------------------------------------------------------------------------


def test_children_follow_when_their_parent_is_paused_and_resumed() -> None:
    play = Play(both())

    play.tell(Pause(id="p"))
    assert controlled(play) == [("pause", "x:s:1:1")]
    play.tell(Resume(id="r"))
    assert controlled(play) == [("resume", "x:s:1:1")]


def test_end_of_a_child_is_acted_on_at_the_resume_when_its_parent_is_paused() -> None:
    play = Play(chain(sub(), activity("a")))
    play.tell(Pause(id="p"))

    end(play, output={})
    assert play.tasks() == []
    play.tell(Resume(id="r"))

    assert play.task("a")
    assert controlled(play) == []


def test_only_children_that_were_there_before_hear_of_a_resume() -> None:
    play = Play(chain(activity("a"), sub()))
    play.tell(Pause(id="p"))
    play.complete("a")

    play.tell(Resume(id="r"))

    assert len(children(play)) == 1
    assert controlled(play) == []


def test_map_items_have_children_of_their_own() -> None:
    step = {
        "id": "m",
        "step_type": {"type": "map", "items": "$.input", "entry_step_id": "s", "exit_step_id": "s"},
    }
    play = Play(
        workflow(step, sub(of={"input_mapping": {"n": "$.item"}}), transitions=[("start", "m"), ("m", "end")]),
        [1, 2, 3],
    )
    found = children(play)
    assert [(effect.child.execution_id, effect.input["n"]) for effect in found] == [
        ("x:s:1:1", 1),
        ("x:s:2:1", 2),
        ("x:s:3:1", 3),
    ]

    for effect in reversed(found):
        end(play, run=effect.run_id, output=effect.input["n"] * 10)

    assert play.state.status == "completed"

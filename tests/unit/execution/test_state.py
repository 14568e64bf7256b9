"""The state: folding, remembering, and what expressions see of it."""

from __future__ import annotations

import pytest

from chalicelib.domain.execution.commands import Advance, WakeUp
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo, Event
from chalicelib.domain.execution.evolve import evolve, fold
from chalicelib.domain.execution.recorder import weight
from chalicelib.domain.execution.state import RECENT_COMMANDS
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow


def test_nothing_folds_to_nothing() -> None:
    assert fold([]) is None


def test_one_event_is_folded_without_touching_the_state_before_it() -> None:
    play = Play(chain(activity("a")))
    event = Event("VariableSet", None, {"writes": {"$.context.n": 1}})

    after = evolve(play.state, event, commit=3, time=BEGIN)

    assert (after.variables, play.state.variables) == ({"n": 1}, {})
    assert after.sequence == play.state.sequence + 1


def test_cancelled_execution_is_terminal() -> None:
    play = Play(chain(activity("a")))

    after = evolve(play.state, Event("WorkflowCanceled", None, {"reason": "x"}), commit=3, time=BEGIN)

    assert (after.status, after.is_terminal, after.earliest_deadline()) == ("canceled", True, None)


def test_event_of_a_later_kind_counts_and_changes_nothing_else() -> None:
    play = Play(chain(activity("a")))

    after = evolve(play.state, Event("SignalReceived", None, {"name": "x"}), commit=3, time=BEGIN)

    assert after.sequence == play.state.sequence + 1
    assert after.runs == play.state.runs


def test_event_of_a_step_without_a_run_is_an_error() -> None:
    play = Play(chain(activity("a")))

    with pytest.raises(ValueError, match="without a run id"):
        evolve(play.state, Event("StepStarted", None, {}), commit=3, time=BEGIN)


def test_only_the_last_answered_commands_are_remembered() -> None:
    play = Play(chain(*(activity(f"a{number}") for number in range(RECENT_COMMANDS + 10))))

    for number in range(RECENT_COMMANDS + 5):
        play.complete(f"a{number}")

    assert len(play.state.recent) == RECENT_COMMANDS
    assert play.state.recent[f"task:a{RECENT_COMMANDS + 4}#1:1"] == play.state.commit
    assert "task:a0#1:1" not in play.state.recent


def test_steps_are_seen_open_finished_failed_and_not_at_all() -> None:
    document = workflow(
        activity("a", of={"input_mapping": {"k": 1}}),
        activity("b", error_policy={"type": "continue_workflow"}),
        activity("c"),
        {"id": "s", "step_type": {"type": "script", "expression": "$.steps"}},
        transitions=[
            ("start", "a"),
            ("start", "b"),
            ("start", "c"),
            ("a", "s"),
            ("s", "end"),
            ("b", "end"),
            ("c", "end"),
        ],
    )
    play = Play(document, {"i": 1})
    play.fail("b", "Odd")

    steps = Draft(play.program, play.state, BEGIN).context()["steps"]

    assert steps["a"] == {"state": "scheduled", "input": {"k": 1}}
    assert steps["c"] == {"state": "scheduled", "input": {"i": 1}}
    assert steps["b"] == {
        "state": "failed",
        "output": None,
        "input": {"i": 1},
        "error": ErrorInfo(code="Odd", message="it failed").to_dict(),
    }
    assert "end" in steps
    assert "s" not in steps
    assert len(steps) == 5
    play.complete("a", {"r": 2})
    steps = Draft(play.program, play.state, BEGIN).context()["steps"]
    assert steps["a"] == {"state": "completed", "output": {"r": 2}, "input": {"k": 1}}


def test_error_shows_its_trace_when_it_has_one() -> None:
    error = ErrorInfo(code="c", message="m", details=[1], stack_trace="t")

    assert error.to_dict() == {"code": "c", "message": "m", "details": [1], "stack_trace": "t"}


def test_weight_follows_the_size_of_a_value() -> None:
    assert weight({"key": ["x" * 100, 1, None]}) == 7 + 103 + 9 + 9


def test_large_values_close_a_commit_early() -> None:
    big = {"type": "data_mapping", "mapping": {"$.context.n": "$.input"}}
    play = Play(chain(*({"id": f"m{number}", "step_type": big} for number in range(6))), "x" * 90_000)

    while not play.state.is_terminal:
        play.tell(Advance(cause=play.state.commit))

    assert play.state.status == "completed"
    assert len(play.commits) >= 3


def test_wake_up_of_an_execution_without_deadlines_changes_nothing() -> None:
    play = Play(chain(activity("a")))

    assert play.tell(WakeUp(at=BEGIN)) == []

"""What people see of an execution."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import Advance
from chalicelib.domain.execution.events import (
    EVENT_TYPES,
    EXECUTION_STATES,
    STEP_STATES,
    TERMINAL_STATES,
    Commit,
    Event,
)
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import history_events, status_view
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow

RETRY = {"max_retries": 2, "retry_intervals": [10]}


def rows(play: Play) -> dict[str, dict[str, Any]]:
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    return {row["step_id"]: row for row in status["steps"]}


def test_nothing_is_seen_of_an_execution_without_commits() -> None:
    assert status_view([], None) is None


def test_row_shows_a_step_through_its_attempts() -> None:
    play = Play(chain(activity("a", name="First", retry_policy=RETRY, of={"input_mapping": {"n": 1}})), {"m": 2})
    assert rows(play)["a"]["state"] == "scheduled"
    assert rows(play)["a"]["started_at"] is None

    play.fail("a", "Busy")
    waiting = rows(play)["a"]
    assert waiting["retry_info"] == {
        "retry_count": 1,
        "max_retries": 2,
        "next_retry_at": "2026-01-01T00:00:10.000Z",
        "last_error": {"code": "Busy", "message": "it failed"},
    }
    play.wait(10)
    assert rows(play)["a"]["retry_info"]["next_retry_at"] is None
    play.complete("a", {"ok": True})

    row = rows(play)["a"]
    assert (row["state"], row["attempts"], row["run"], row["run_id"]) == ("completed", 2, 1, "a#1")
    assert (row["name"], row["step_type"], row["next_step_ids"]) == ("First", "activity", ["end"])
    assert (row["input"], row["output"]) == ({"n": 1}, {"ok": True})
    assert (row["started_at"], row["completed_at"]) == ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:10.000Z")
    assert rows(play)["end"]["input"] == {"m": 2}


def test_status_shows_what_is_active_and_what_waits() -> None:
    document = workflow(
        activity("a", retry_policy=RETRY),
        activity("b"),
        transitions=[("start", "a"), ("start", "b"), ("a", "end"), ("b", "end")],
    )
    play = Play(document)
    play.fail("a")

    status = status_view(play.commits, None)

    assert status is not None
    assert status["status_info"]["details"] == "2 active, 1 waiting for a retry"
    assert [row["step_id"] for row in status["active_steps"]] == ["a", "b"]
    assert status["version"] == len(play.commits)


def test_progress_is_whole_when_the_execution_completed() -> None:
    play = Play(chain(activity("a")))
    play.complete("a")

    status = status_view(play.commits, None)

    assert status is not None
    assert status["status_info"]["progress_percentage"] == 100
    assert status["status_info"]["details"] is None


def test_decision_row_leads_where_it_chose() -> None:
    decide = {
        "type": "decision",
        "conditions": [{"condition": "$.input.n = 1", "transition_to": "a"}],
        "default": "end",
    }
    document = workflow({"id": "d", "step_type": decide}, activity("a"), transitions=[("start", "d"), ("a", "end")])

    assert rows(Play(document, {"n": 1}))["d"]["next_step_ids"] == ["a"]


def test_decision_row_leads_nowhere_when_it_failed() -> None:
    decide = {"type": "decision", "conditions": [{"condition": "false", "transition_to": "end"}]}

    row = rows(Play(workflow({"id": "d", "step_type": decide}, transitions=[("start", "d")])))["d"]

    assert (row["state"], row["next_step_ids"], row["error"]["code"]) == ("failed", [], "NoConditionMatched")


def test_skipped_and_cancelled_rows_say_why() -> None:
    document = workflow(
        activity("s", skippable=True, preconditions=["false"]),
        activity("a"),
        activity("b"),
        transitions=[("start", "s"), ("start", "a"), ("start", "b"), ("s", "end"), ("a", "end"), ("b", "end")],
    )
    play = Play(document)
    play.fail("a")

    assert rows(play)["s"]["output"] == {"skipped": True, "reason": "the precondition 'false' does not hold"}
    assert rows(play)["b"]["status_info"]["details"] == "the execution failed: Boom"
    assert (rows(play)["s"]["step_type"], rows(play)["b"]["state"]) == ("activity", "canceled")


def test_pending_rows_are_shown_before_they_begin() -> None:
    play = Play(chain(activity("a"), activity("b")), rules=Rules(steps_per_commit=1))

    assert rows(play)["a"]["state"] == "pending"
    play.tell(Advance(cause=2))
    assert rows(play)["a"]["state"] == "scheduled"


def test_row_of_a_step_that_the_definition_lacks_is_shown_as_it_is() -> None:
    play = Play(chain(activity("a")))
    other = Play(chain(activity("z")))

    status = status_view(play.commits, other.program.definition)

    assert status is not None
    assert [row["name"] for row in status["steps"]] == ["start", None]


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_kind_of_event_is_shown_unchanged(kind: str) -> None:
    details = {"text": "ü😀", "big": 2**70, "nested": {"list": [1, None, True]}}
    commit = Commit(
        execution_id="x",
        number=7,
        time=BEGIN,
        first_sequence=41,
        command_ids=("c",),
        events=(Event("VariableSet", None, {"writes": {}}), Event(kind, "a#2", details)),
    )

    shown = history_events(commit, "w")[1]

    assert shown == {
        "id": "x:42",
        "sequence": 42,
        "timestamp": "2026-01-01T00:00:00.000Z",
        "execution_id": "x",
        "workflow_id": "w",
        "event_type": kind,
        "step_id": "a",
        "task_id": "a#2",
        "details": details,
        "source": "engine",
    }


def test_first_commit_says_which_workflow_its_events_belong_to() -> None:
    play = Play(chain(activity("a")))

    assert history_events(play.commits[0])[0]["workflow_id"] == "w"
    assert history_events(play.commits[1])[0]["workflow_id"] is None


def test_states_and_events_are_those_of_the_interface() -> None:
    assert len(EXECUTION_STATES) == 11
    assert len(STEP_STATES) == 12
    assert len(set(EVENT_TYPES)) == 31
    assert set(EXECUTION_STATES) >= TERMINAL_STATES

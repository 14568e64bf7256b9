"""What an execution that has not ended is said to wait for. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.execution.human_tasks import HumanTask, task_id
from chalicelib.domain.execution.state import State, StepRun
from weftctl.rendering import waiting
from weftctl.simulation.waiting import waiting_for

T0 = datetime(2026, 1, 1, tzinfo=UTC)
LATER, LATER_TEXT = datetime(2026, 1, 8, tzinfo=UTC), "2026-01-08T00:00:00.000Z"
TASK: dict[str, Any] = {"intervention_point_id": "p", "task_id": task_id("e1", "a#2"), "user_groups": []}


def state(*runs: StepRun, status: str = "running") -> State:
    return State(
        execution_id="e1",
        workflow_id="flow",
        workflow_version="1.0.0",
        created_at=T0,
        status=status,
        runs={run.run_id: run for run in runs},
    )


def run(run_state: str, **fields: Any) -> StepRun:
    return StepRun(run_id="a#2", state=run_state, cause=1, scheduled_at=T0, **fields)


@pytest.mark.parametrize(
    ("awaited", "details", "words"),
    [
        (run("scheduled", activity_type="x"), {}, "for the outcome of its activity"),
        (run("running", activity_type="x"), {}, "for the outcome of its activity"),
        (run("running"), {}, "for what runs inside it"),
        (run("scheduled", due_at=LATER), {"due_at": LATER_TEXT}, f"for the retry at {LATER_TEXT}"),
        (run("waiting_for_timer", due_at=LATER), {"due_at": LATER_TEXT}, f"for its timer, until {LATER_TEXT}"),
        (run("waiting_for_event", event_name="go"), {"event_name": "go"}, "for the signal or event 'go'"),
        (
            run("waiting_for_event", event_name="go", correlation="o-1", timeout_at=LATER),
            {"event_name": "go", "correlation": "o-1", "timeout_at": LATER_TEXT},
            f"for the signal or event 'go', until {LATER_TEXT} at most",
        ),
        (run("waiting_for_confirmation"), {}, "to be confirmed"),
        (
            run("waiting_for_human_intervention", human=HumanTask(point_id="p")),
            TASK,
            "for a person to answer 'p'",
        ),
        (
            run(
                "waiting_for_human_intervention",
                human=HumanTask(point_id="p", user_groups=("leads", "heads"), deadline=LATER, remind_at=T0),
                due_at=T0,
            ),
            {**TASK, "user_groups": ["leads", "heads"], "deadline": LATER_TEXT},
            f"for a member of leads or heads to answer 'p', until {LATER_TEXT}",
        ),
        (
            run("waiting_for_human_intervention", human=HumanTask(point_id="p"), timeout_at=LATER),
            {**TASK, "timeout_at": LATER_TEXT},
            f"for a person to answer 'p', until {LATER_TEXT}",
        ),
        (run("pending"), {}, "for its turn (pending)"),
    ],
)
def test_an_entry_says_what_a_step_run_waits_for(awaited: StepRun, details: dict[str, Any], words: str) -> None:
    entry = {"step_id": "a", "run": 2, "state": awaited.state, **details, "message": f"a waits {words}"}
    assert waiting_for(state(awaited)) == [entry]


def test_the_resume_comes_first_when_the_execution_is_paused() -> None:
    entries = waiting_for(state(run("waiting_for_confirmation"), status="paused"))
    assert [(entry["step_id"], entry["run"], entry["state"]) for entry in entries] == [
        (None, None, "paused"),
        ("a", 2, "waiting_for_confirmation"),
    ]


def test_nothing_is_awaited_when_the_execution_has_ended() -> None:
    assert waiting_for(state(status="failed")) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"state": "running"}, ""),
        ({"state": "running", "status_info": None, "retry_info": None}, ""),
        ({"state": "waiting_for_timer", "status_info": {"details": "until noon"}}, "until noon"),
        ({"state": "completed", "status_info": {"details": "until noon"}}, ""),
        ({"state": "skipped", "status_info": {"details": "no need"}}, "no need"),
        ({"state": "scheduled", "retry_info": {"next_retry_at": "noon"}}, "retry at noon"),
        ({"state": "running", "retry_info": {"next_retry_at": None}}, ""),
    ],
)
def test_a_row_of_a_status_has_a_detail_when_its_state_does_not_say_all(row: dict[str, Any], words: str) -> None:
    assert waiting.detail(row) == words
    assert waiting.in_brackets(row) == (f" ({words})" if words else "")


def test_the_commands_are_named_when_a_person_has_to_go_on() -> None:
    steps = [{"step_id": "a", "state": "running"}, {"step_id": "pay", "state": "waiting_for_confirmation"}]
    paused = {"execution_id": "e1", "state": "paused", "steps": steps}
    assert list(waiting.hints(paused)) == ["weft resume e1", "weft confirm e1 pay"]
    assert list(waiting.hints({"execution_id": "e1", "state": "running", "steps": None})) == []

"""Human steps: tasks, answers, control."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import Cancel, Pause, Rerun, Resume, Retry, Skip, SubmitHuman
from chalicelib.domain.execution.human_tasks import task_id
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.asking import (
    HOUR,
    ask,
    code_of,
    deadline,
    of_type,
    play,
    point,
    refusal,
    row_of,
    submit,
)
from tests.unit.execution.play import Play, activity, chain, workflow

# --- the task ---------------------------------------------------------------------------------------------------------


def test_task_is_created_with_all_that_an_inbox_needs() -> None:
    given = play(user_groups=["leads"], priority="high", description="Above 1000", **deadline({"type": "auto_approve"}))

    (created,) = of_type(given, "HumanTaskCreated")
    assert created == {
        "intervention_point_id": "p",
        "task_id": task_id("x", "ask#1"),
        "name": "Large order",
        "description": "Above 1000",
        "priority": "high",
        "deadline": "2026-01-01T02:00:00.000Z",
        "user_groups": ["leads"],
        "allowed_actions": created["allowed_actions"],
    }
    assert created["allowed_actions"][2]["field_definitions"][0]["validation"] == "$ >= 0 and $ <= 100"
    assert [action["type"] for action in created["allowed_actions"]] == ["approve", "reject", "modify_data", "custom"]
    assert given.state.status == given.state.runs["ask#1"].state == "waiting_for_human_intervention"


def test_status_says_who_is_asked_until_when() -> None:
    given = play(user_groups=["leads", "heads"], **deadline({"type": "escalate", "user_groups": ["directors"]}))
    row = row_of(given)
    assert (row["state"], row["step_type"]) == ("waiting_for_human_intervention", "human")
    assert row["status_info"]["details"] == "for leads, heads, until 2026-01-01T02:00:00.000Z"

    given.wait_for_deadline()

    assert row_of(given)["status_info"]["details"] == "for directors"
    assert row_of(play())["status_info"]["details"] == "for anyone"


@pytest.mark.parametrize(
    ("beside", "status"),
    [
        (activity("b"), "running"),
        ({"id": "b", "step_type": {"type": "wait", "event_name": "e"}}, "waiting_for_human_intervention"),
        (
            {"id": "b", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": 9}}},
            "waiting_for_human_intervention",
        ),
        (activity("b", requires_confirmation=True), "waiting_for_human_intervention"),
    ],
)
def test_execution_waits_for_a_person_when_all_open_runs_wait(beside: dict[str, Any], status: str) -> None:
    document = workflow(
        ask(),
        beside,
        transitions=[("start", "ask"), ("start", "b"), ("ask", "end"), ("b", "end")],
        human_intervention_points=[point()],
    )

    assert Play(document).state.status == status


def test_execution_waits_for_a_person_when_the_task_is_in_a_branch() -> None:
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("ask", "b")]
    document = chain({"id": "both", "step_type": {"type": "parallel", "branches": branches}})
    document["steps"] += [ask(), activity("b")]
    given = Play({**document, "human_intervention_points": [point()]})
    assert given.state.status == "running"

    given.complete("b")
    assert given.state.status == "waiting_for_human_intervention"
    submit(given, "approve")

    assert given.state.status == "completed"


# --- answers ----------------------------------------------------------------------------------------------------------

ANSWER = {"user": "ann", "timestamp": "2026-01-01T00:01:00.000Z", "comments": None, "data": None}


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"action": "approve"}, {"action": "approve", "approved": True}),
        ({"action": "approve", "comments": "fine"}, {"action": "approve", "approved": True, "comments": "fine"}),
        ({"action": "approve", "reason": "it pays"}, {"action": "approve", "approved": True, "reason": "it pays"}),
        (
            {"action": "modify_data", "data": {"discount": 5}},
            {"action": "modify_data", "approved": True, "modified": True, "data": {"discount": 5, "note": "none"}},
        ),
        ({"action": "custom", "custom_action_id": "ask-legal"}, {"action": "ask-legal", "approved": False}),
        ({"action": "ask-legal", "data": {}}, {"action": "ask-legal", "approved": False, "data": {}}),
    ],
)
def test_answer_completes_the_step_with_all_about_it(fields: dict[str, Any], output: dict[str, Any]) -> None:
    given = play()
    given.wait(60)

    events = submit(given, **fields)

    assert given.task("then").input == {"said": {**ANSWER, **output}, "state": "completed"}
    (submitted,) = [event.details for event in events if event.type == "HumanInterventionSubmitted"]
    assert (submitted["user"], submitted["request_id"]) == ("ann", "h1")
    assert given.state.status == "running"


def test_status_counts_who_waits_for_a_person() -> None:
    given = play(**deadline({"type": "auto_approve"}))
    assert details_of(given) == "1 active, 0 waiting for a retry, 1 waiting for a person"


def details_of(play: Play) -> str:
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    return str(status["status_info"]["details"])


def test_output_mapping_takes_from_the_answer() -> None:
    given = play(of={"output_mapping": {"data.discount": "$.context.discount", "user": "$.output.by"}})

    submit(given, "modify_data", data={"discount": 7})

    assert given.state.variables == {"discount": 7}
    assert given.state.output == {"by": "ann"}


@pytest.mark.parametrize(("reason", "said"), [(None, "too much"), ("no budget", "no budget")])
def test_rejection_fails_the_step_with_who_and_why(reason: str | None, said: str) -> None:
    given = play()

    submit(given, "reject", reason=reason, comments="sorry")

    error = given.state.error
    assert error is not None
    assert (error.code, error.message) == ("Rejected", f"ann rejected 'Large order': {said}")
    assert error.details == {"user": "ann", "reason": said, "comments": "sorry"}
    output = row_of(given)["output"]
    assert (output["action"], output["approved"], output["reason"]) == ("reject", False, said)


def test_rejection_is_answered_by_its_error_transition() -> None:
    document = workflow(
        ask(),
        activity("undo", of={"input_mapping": {"code": "$.error.code", "by": "$.steps.ask.output.user"}}),
        transitions=[("start", "ask"), ("ask", "end"), ("ask", "undo", "error:REJECTED"), ("undo", "end")],
        human_intervention_points=[point(allowed_actions=[{"type": "reject"}])],
    )
    given = Play(document)

    given.tell(SubmitHuman(id="h", step="ask#1", action="reject"))

    assert given.task("undo").input == {"code": "Rejected", "by": None}
    assert "somebody rejected 'Large order'" in of_type(given, "StepFailed")[0]["error"]["message"]


def test_postcondition_sees_the_answer() -> None:
    given = play(step={"postconditions": ["$.result.comments != null"]})

    submit(given, "approve")

    assert code_of(given) == "PostconditionFailed"


# --- control ----------------------------------------------------------------------------------------------------------


def test_answer_counts_at_resume_when_it_comes_in_a_pause_even_after_the_deadline() -> None:
    given = play(**deadline({"type": "auto_reject", "reason": "late"}))
    given.tell(Pause(id="p"))
    given.wait(3 * HOUR)
    assert refusal(submit(given, "modify_data", 1))["code"] == "InvalidSubmission"

    submit(given, "approve", 2)
    assert given.tasks() == []
    given.tell(Resume(id="r"))

    assert given.task("then").input["said"]["user"] == "ann"


def test_deadline_that_passed_in_a_pause_counts_at_resume() -> None:
    given = play(**deadline({"type": "auto_reject", "reason": "late"}))
    given.tell(Pause(id="p"))
    given.wait(3 * HOUR)

    given.tell(Resume(id="r"))

    assert code_of(given) == "Rejected"


def test_task_ends_when_its_step_is_skipped_or_its_execution_cancelled() -> None:
    skipped, cancelled = play(step={"skippable": True}), play()

    skipped.tell(Skip(id="s", step="ask", reason="holiday"))
    cancelled.tell(Cancel(id="c"))

    assert skipped.task("then").input["said"] == {"skipped": True, "reason": "holiday"}
    assert "StepCanceled ask" in cancelled.kinds
    for given in (skipped, cancelled):
        assert refusal(submit(given, "approve"))["code"] == "InvalidState"


def test_retry_after_a_rejection_asks_anew() -> None:
    given = play()
    submit(given, "reject")

    given.tell(Retry(id="r", step="ask"))

    assert [details["task_id"] for details in of_type(given, "HumanTaskCreated")] == [
        task_id("x", "ask#1"),
        task_id("x", "ask#2"),
    ]
    submit(given, "approve", 2)
    assert given.state.runs["then#1"].state == "scheduled"


def test_rerun_asks_anew_and_cancels_what_followed() -> None:
    given = play()
    submit(given, "approve")

    given.tell(Rerun(id="r", step="ask"))

    assert set(given.state.runs) == {"ask#2"}
    assert given.state.status == "waiting_for_human_intervention"


def test_step_of_another_type_has_no_point() -> None:
    with pytest.raises(KeyError):
        play().program.point_of("then")

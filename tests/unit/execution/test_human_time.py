"""Human steps: deadlines, escalation, notifications, reminders."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.calendars import RegisteredCalendar
from chalicelib.domain.execution.commands import Pause, Resume
from chalicelib.domain.execution.human_tasks import task_id
from chalicelib.domain.execution.program import Rules
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
from tests.unit.execution.play import BEGIN, Play, chain

# --- time -------------------------------------------------------------------------------------------------------------


def test_step_times_out_when_there_is_no_deadline() -> None:
    given = play(of={"timeout": 60})
    assert given.wait_for_deadline() == 60
    assert code_of(given) == "Timeout"


def test_timeout_step_follows_when_the_time_is_up() -> None:
    given = play(of={"timeout_step_id": "late", "output_mapping": {"user": "$.context.user"}}, step={"timeout": 60})
    given.wait_for_deadline()

    assert set(given.state.runs) == {"late#1"}
    assert row_of(given)["output"] == {"timeout": True, "timeout_handled": True, "timeout_step": "late"}
    assert given.state.variables == {}
    assert refusal(submit(given, "approve"))["code"] == "InvalidState"


def test_deadline_takes_the_place_of_the_timeout() -> None:
    given = play(of={"timeout": 60}, **deadline({"type": "auto_approve"}))
    assert given.wait_for_deadline() == 2 * HOUR
    assert given.task("then").input["said"]["approved"] is True


@pytest.mark.parametrize(
    ("of", "hours"),
    [
        ({"type": "relative", "hours": 0.5}, 0.5),
        ({"type": "absolute", "datetime": "2026-01-02T00:00:00+00:00"}, 24),
        ({"type": "absolute", "datetime": "$.input.due"}, 1),
        ({"type": "business_days", "days": 1}, 24),
        ({"type": "business_days", "days": 1, "calendar_id": "CN"}, 72),  # Thursday, holiday till Saturday
        ({"type": "business_days", "days": 2, "calendar_id": "CN"}, 96),  # Sunday the 4th is worked
        ({"type": "business_days", "days": 1, "calendar_id": "house"}, 48),
    ],
)
def test_deadline_is_due_when_it_says(of: dict[str, Any], hours: float) -> None:
    house = RegisteredCalendar(holidays=[date(2026, 1, 2)], weekend=["sunday"])
    document = chain(ask(), human_intervention_points=[point(**deadline({"type": "auto_approve"}, **of))])
    given = Play(document, {"due": "2026-01-01T01:00:00+00:00"}, Rules(calendars={"house": house}))

    assert given.wait_for_deadline() == hours * HOUR
    assert given.state.status == "completed"


def test_deadline_in_the_past_is_acted_on_at_once() -> None:
    strategy = {"type": "custom", "step_id": "late"}
    given = play(**deadline(strategy, type="absolute", datetime="2025-01-01T00:00:00Z"))
    assert set(given.state.runs) == {"late#1"}
    assert given.kinds[-5:-1] == [
        "StepStarted ask",
        "HumanTaskCreated ask",
        "HumanInterventionTimedOut ask",
        "StepCompleted ask",
    ]


def test_step_fails_when_its_deadline_is_no_instant() -> None:
    given = play(**deadline({"type": "auto_approve"}, type="absolute", datetime="$.input.nothing"))
    assert code_of(given) == "ExpressionError"


@pytest.mark.parametrize(("reason", "said"), [({"reason": "late"}, "late"), ({}, "the deadline has passed")])
def test_nobody_answers_and_the_task_is_rejected(reason: dict[str, str], said: str) -> None:
    given = play(**deadline({"type": "auto_reject", **reason}))
    given.wait_for_deadline()

    error = given.state.error
    assert error is not None
    assert error.code == "Rejected"
    assert error.details == {"user": "system", "reason": said, "auto_rejected": True}
    assert row_of(given)["output"]["auto_rejected"] is True
    assert of_type(given, "HumanInterventionTimedOut") == [
        {"strategy": "auto_reject", "deadline": "2026-01-01T02:00:00.000Z"}
    ]


def test_nobody_answers_and_the_task_is_approved() -> None:
    given = play(**deadline({"type": "auto_approve"}))
    given.wait_for_deadline()

    assert given.task("then").input["said"] == {
        "action": "approve",
        "approved": True,
        "user": "system",
        "timestamp": "2026-01-01T02:00:00.000Z",
        "comments": None,
        "data": None,
        "reason": "the deadline has passed",
        "auto_approved": True,
    }


def test_escalation_leaves_the_task_open_for_the_new_groups_alone() -> None:
    given = play(user_groups=["leads"], **deadline({"type": "escalate", "user_groups": ["directors"]}))
    given.wait_for_deadline()

    assert given.state.status == "waiting_for_human_intervention"
    assert given.state.earliest_deadline() is None
    assert of_type(given, "HumanTaskEscalated")[0]["user_groups"] == ["directors"]
    assert refusal(submit(given, "approve", groups=("leads",)))["code"] == "NotPermitted"

    given.wait(1_000 * HOUR)
    submit(given, "approve", 2, groups=("directors",))
    assert given.task("then").input["said"]["approved"] is True


def test_timeout_of_the_step_counts_from_the_escalation() -> None:
    strategy = {"type": "escalate", "user_groups": ["directors"]}
    given = play(of={"timeout": 60, "timeout_step_id": "late"}, **deadline(strategy))
    given.wait_for_deadline()
    assert of_type(given, "HumanTaskEscalated")[0]["deadline"] == "2026-01-01T02:01:00.000Z"

    assert given.wait_for_deadline() == 2 * HOUR + 60
    assert set(given.state.runs) == {"late#1"}


# --- notifications ----------------------------------------------------------------------------------------------------

CHANNELS = [{"type": "email", "recipients": ["a@example.com"]}, {"type": "in_app", "user_groups": ["leads"]}]


def sent(play: Play) -> list[dict[str, Any]]:
    return [errand for event in play.events for errand in event.details.get("errands", [])]


def test_people_are_told_at_once_and_reminded_until_it_is_enough() -> None:
    notification = {"channels": CHANNELS, "reminder_interval": 1, "max_reminders": 2, "template": "t"}
    given = play(notification=notification, user_groups=["leads"], priority="high", description="Above 1000")

    assert given.wait_for_deadline() == HOUR
    assert given.wait_for_deadline() == 2 * HOUR
    assert given.state.earliest_deadline() is None

    assert [errand["id"] for errand in sent(given)] == ["ask#1/created", "ask#1/reminder-1", "ask#1/reminder-2"]
    assert sent(given)[0] == {
        "id": "ask#1/created",
        "activity_type": "notify.send",
        "priority": "high",
        "input": {
            "notification": {
                "channels": CHANNELS,
                "reminder_interval": 1,
                "max_reminders": 2,
                "template": "t",
            },
            "subject": "Large order",
            "text": "'Large order' of w waits for an answer.\n\nAbove 1000",
            "data": {
                "execution_id": "x",
                "workflow_id": "w",
                "step_id": "ask",
                "task_id": task_id("x", "ask#1"),
                "name": "Large order",
                "deadline": None,
                "groups": ["leads"],
                "kind": "created",
            },
        },
    }
    assert sent(given)[1]["input"]["subject"] == "Reminder: Large order"
    assert [fired["number"] for fired in of_type(given, "TimerFired")] == [1, 2]
    submit(given, "approve")
    assert given.state.runs["then#1"].state == "scheduled"


def test_nobody_is_told_when_no_notification_wants_it() -> None:
    assert sent(play()) == []
    assert sent(play(notification={"channels": CHANNELS, "immediate": False})) == []


@pytest.mark.parametrize(
    ("notification", "channels"),
    [
        (None, []),
        ({"channels": CHANNELS}, CHANNELS[:1]),
    ],
)
def test_new_groups_are_told_of_an_escalation(
    notification: dict[str, Any] | None, channels: list[dict[str, Any]]
) -> None:
    fields: dict[str, Any] = {} if notification is None else {"notification": notification}
    given = play(of={"timeout": 60}, **fields, **deadline({"type": "escalate", "user_groups": ["directors"]}))
    given.wait_for_deadline()

    told = sent(given)[-1]["input"]
    assert told["notification"]["channels"] == [*channels, {"type": "in_app", "user_groups": ["directors"]}]
    assert told["subject"] == "Escalated: Large order"
    assert told["text"].endswith("now waits for an answer of directors until 2026-01-01T02:01:00.000Z.")
    assert told["data"]["groups"] == ["directors"]


def test_reminders_go_on_to_the_new_groups_after_an_escalation() -> None:
    strategy = {"type": "escalate", "user_groups": ["directors"]}
    given = play(notification={"channels": CHANNELS[1:], "reminder_interval": 1.5}, **deadline(strategy))

    instants = [given.wait_for_deadline() for _ in range(3)]

    assert instants == [1.5 * HOUR, 2 * HOUR, 3 * HOUR]
    kinds = [(errand["input"]["data"]["kind"], errand["input"]["data"]["groups"]) for errand in sent(given)]
    assert kinds == [("created", []), ("reminder", []), ("escalated", ["directors"]), ("reminder", ["directors"])]
    channels = [errand["input"]["notification"]["channels"][0]["user_groups"] for errand in sent(given)]
    assert channels == [["leads"], ["leads"], ["directors"], ["directors"]]


def test_reminders_that_fell_due_in_a_pause_are_one_at_resume() -> None:
    given = play(notification={"channels": CHANNELS, "reminder_interval": 1, "max_reminders": 9})
    given.tell(Pause(id="p"))
    given.wait(3.5 * HOUR)

    given.tell(Resume(id="r"))

    assert [fired["number"] for fired in of_type(given, "TimerFired")] == [1]
    assert given.wait_for_deadline() == 4 * HOUR


def test_timeout_comes_before_a_reminder_of_the_same_time() -> None:
    given = play(of={"timeout": HOUR}, notification={"channels": CHANNELS, "reminder_interval": 1})
    given.wait(2 * HOUR)

    assert of_type(given, "TimerFired") == []
    assert code_of(given) == "Timeout"


def test_reminders_are_a_second_apart_at_least() -> None:
    given = play(notification={"channels": CHANNELS, "reminder_interval": 1e-9, "max_reminders": 1})
    assert given.wait_for_deadline() == 1
    assert given.now == BEGIN + timedelta(seconds=1)
    assert given.state.earliest_deadline() is None


def test_no_reminder_is_sent_when_there_may_be_none() -> None:
    assert (
        play(notification={"channels": CHANNELS, "reminder_interval": 1, "max_reminders": 0}).state.runs["ask#1"].due_at
        is None
    )

"""`weft run --signals` with people: answers, refusals, deadlines by a calendar. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.domain.execution.human_tasks import task_id
from tests.functional.cli.runs import Json, Ran, Run, chain

pytestmark = pytest.mark.functional

ROOT = Path(__file__).resolve().parents[3]

DISCOUNT = {
    "type": "modify_data",
    "field_definitions": [{"name": "discount", "field_type": {"type": "number"}, "validation": "$ >= 0 and $ <= 100"}],
}
DEADLINE = {
    "deadline_type": {"type": "business_days", "days": 2, "calendar_id": "CN"},
    "timeout_strategy": {"type": "escalate", "user_groups": ["directors"]},
}


def approval(**fields: Any) -> Json:
    """A workflow that asks ``leads``, and says by whom and how it was answered."""
    mapping = {"user": "$.output.by", "action": "$.output.answer", "data.discount": "$.output.discount"}
    of = {"type": "human", "intervention_point_id": "p", "output_mapping": mapping}
    point = {
        "id": "p",
        "step_id": "ask",
        "name": "Approve",
        "user_groups": ["leads"],
        "allowed_actions": [{"type": "approve"}, {"type": "reject"}, DISCOUNT],
        **fields,
    }
    return {**chain({"id": "ask", "step_type": of}), "human_intervention_points": [point]}


def answer(at: Any, action: str, **fields: Any) -> Json:
    return {"at": at, "human": {"step_id": "ask", "action": action, **fields}}


def refused(ran: Ran) -> list[tuple[Any, str]]:
    return [(entry["at"], entry["code"]) for entry in ran.result["refused"]]


def test_an_answer_is_given_at_its_instant(run: Run) -> None:
    ran = run(approval(), "--user", "ann", signals=[answer("PT2H", "approve", comments="fine")])
    assert (ran.exit_code, ran.result["refused"]) == (0, [])
    assert ran.result["output"] == {"by": "ann", "answer": "approve"}
    assert ran.at("HumanInterventionSubmitted") == ["2026-01-01T02:00:00.000Z"]


def test_a_bad_value_is_refused_by_its_field_and_a_good_one_taken(run: Run) -> None:
    answers = [answer(number, "modify_data", data={"discount": value}) for number, value in enumerate([120, 15], 1)]
    ran = run(approval(), signals=answers)
    assert ran.exit_code == 0
    assert ran.result["output"]["discount"] == 15
    (entry,) = ran.result["refused"]
    assert (entry["at"], entry["code"]) == (1, "InvalidSubmission")
    assert entry["message"].startswith("human modify_data on ask: discount: 120 is refused")


def test_a_rejection_fails_the_execution(run: Run) -> None:
    ran = run(approval(), signals=[answer(1, "reject", user="bob", reason="too dear")])
    assert ran.exit_code == 1
    assert ran.result["error"]["code"] == "Rejected"
    assert ran.result["error"]["details"] == {"user": "bob", "reason": "too dear"}


def test_only_who_is_in_the_groups_may_answer(run: Run) -> None:
    answers = [answer(1, "approve"), answer(2, "approve", groups=["heads", "leads"]), answer(3, "reject")]
    ran = run(approval(), "--user", "ann", "--groups", "staff", signals=answers)
    assert ran.exit_code == 0
    assert refused(ran) == [(1, "NotPermitted"), (3, "InvalidState")]


def test_a_run_says_which_task_it_waits_for(run: Run) -> None:
    ran = run(approval(deadline=DEADLINE), "--execution-id", "e1", "--until", "2026-01-01T01:00:00Z")
    assert (ran.exit_code, ran.result["status"]) == (1, "waiting_for_human_intervention")
    (entry,) = ran.result["waiting_for"]
    assert entry["task_id"] == task_id("e1", "ask#1")
    assert (entry["user_groups"], entry["deadline"]) == (["leads"], "2026-01-05T00:00:00.000Z")
    assert "ask waits for a member of leads to answer 'p', until 2026-01-05T00:00:00.000Z" in ran.err


@pytest.mark.parametrize(
    ("start", "escalated"),
    [
        ("2026-02-12T02:00:00Z", "2026-02-14T02:00:00.000Z"),  # Friday, and a Saturday that is worked
        ("2026-02-13T02:00:00Z", "2026-02-24T02:00:00.000Z"),  # that Saturday, and the day after the festival
        ("2026-09-30T18:00:00Z", "2026-10-08T18:00:00.000Z"),  # October in Shanghai: the 8th, and the 9th at 2 there
    ],
)
def test_a_task_is_escalated_on_a_chinese_working_day(run: Run, start: str, escalated: str) -> None:
    answers = [
        answer("P12D", "approve", groups=["leads"]),
        answer("P13D", "approve", groups=["directors"], user="zhou"),
    ]
    ran = run(approval(deadline=DEADLINE), "--start-at", start, signals=answers)
    assert ran.exit_code == 0
    assert ran.at("HumanTaskEscalated") == [escalated]
    assert refused(ran) == [("P12D", "NotPermitted")]
    assert ran.result["output"]["by"] == "zhou"


def order(run: Run, *answers: Json, start: str = "2026-01-05T02:00:00Z") -> Ran:
    """A large order, and what its approvers say."""
    definition = yaml.safe_load((ROOT / "examples" / "order-fulfilment.yaml").read_text())
    given = {"order_id": "o-1", "customer": "Ann", "lines": [{"sku": "a", "quantity": 2, "price": 600}]}
    mocks: Json = {name: {"result": {}} for name in ("charge", "reserve_line", "pick", "refund", "release", "chase")}
    signals = [{"at": each["at"], "human": {**each["human"], "step_id": "approve"}} for each in answers]
    return run(definition, "--input", json.dumps(given), "--start-at", start, mocks=mocks, signals=signals)


def approval_of(ran: Ran) -> Json:
    (row,) = [row for row in ran.result["steps"] if row["step_id"] == "approve"]
    return dict(row)


def test_a_large_order_fails_when_it_is_rejected(run: Run) -> None:
    ran = order(run, answer(60, "reject", reason="no stock", user="lee", groups=["sales-leads"]))
    assert (ran.result["status"], ran.result["error"]["code"]) == ("failed", "Rejected")
    assert approval_of(ran)["output"]["approved"] is False


def test_a_large_order_is_discounted_with_a_bad_and_then_a_good_value(run: Run) -> None:
    leads = ["sales-leads"]
    bad = answer(60, "modify_data", data={"discount": 150}, groups=leads)
    good = answer(90, "modify_data", data={"discount": 10}, groups=leads)
    ran = order(run, bad, good)
    assert refused(ran) == [(60, "InvalidSubmission")]
    assert approval_of(ran)["output"]["data"] == {"discount": 10}
    assert approval_of(ran)["completed_at"] == "2026-01-05T02:01:30.000Z"


def test_a_large_order_comes_to_the_directors_after_a_chinese_holiday(run: Run) -> None:
    answers = [answer("P11DT1H", "approve", groups=["sales-leads"]), answer("P12D", "approve", groups=["directors"])]
    ran = order(run, *answers, start="2026-02-13T02:00:00Z")
    assert ran.at("HumanTaskEscalated") == ["2026-02-24T02:00:00.000Z"]
    assert refused(ran) == [("P11DT1H", "NotPermitted")]
    assert approval_of(ran)["completed_at"] == "2026-02-25T02:00:00.000Z"


def test_a_registered_calendar_counts_the_days(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    calendars = {"works": {"weekend": ["friday", "saturday"], "holidays": ["2026-01-04"]}}
    monkeypatch.setenv("WEFT_CALENDARS", json.dumps(calendars))
    deadline = {
        "deadline_type": {"type": "business_days", "days": 1, "calendar_id": "works"},
        "timeout_strategy": {"type": "auto_approve"},
    }
    ran = run(approval(deadline=deadline))
    assert ran.result["duration_seconds"] == 4 * 86_400
    assert ran.steps("output")[1][0]["auto_approved"] is True

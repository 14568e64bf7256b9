"""``order-fulfilment`` comes to each of its endings, by the commands that the documentation shows. Layer: tests."""

from __future__ import annotations

import re
import shlex
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.functional.cli.runs import Json, Ran, Weft

pytestmark = pytest.mark.functional

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "how-to" / "follow-an-order.md"
FOLDER = "examples/order-fulfilment/"
COMMANDS = [shlex.split(line)[1:] for line in PAGE.read_text().splitlines() if line.startswith("weft run ")]


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def played(weft: Weft, input: str, signals: str | None = None) -> Json:
    """What the page's command for an input and a signals file prints; checked: the exit code, and a whole history."""
    ending = [f"@{FOLDER}{input}.json", *([] if signals is None else ["--signals", f"{FOLDER}{signals}.signals.yaml"])]
    (command,) = [each for each in COMMANDS if each[-len(ending) :] == ending and each[-len(ending) - 1] == "--input"]
    ran = Ran(weft(*command))
    assert ran.exit_code == (0 if ran.result["status"] == "completed" else 1), ran.err
    assert [event["sequence"] for event in ran.result["events"]] == list(range(1, len(ran.result["events"]) + 1))
    assert ran.result["waiting_for"] == []
    return ran.result


def rows(result: Json, step_id: str) -> list[Json]:
    return [row for row in result["steps"] if row["step_id"] == step_id]


def only(result: Json, step_id: str) -> Json:
    (row,) = rows(result, step_id)
    return row


def kinds(result: Json) -> list[str]:
    return [event["event_type"] for event in result["events"]]


def after(result: Json, instant: str) -> timedelta:
    """How long after the start."""
    return datetime.fromisoformat(instant) - datetime.fromisoformat(result["started_at"])


def check_undone(result: Json, lines: int) -> None:
    """What was charged and reserved was given back, once each, in reverse order of its completion."""
    assert only(result, "refund")["output"]["payment_id"] == only(result, "charge")["output"]["payment_id"]
    reserved = [row for row in rows(result, "reserve_line") if row["state"] == "completed"]
    released = rows(result, "release")
    assert len(released) == len(reserved) == lines
    assert {row["state"] for row in released} == {"completed"}
    finished = [
        event["step_id"] for event in result["events"] if _is(event, "StepCompleted", ("charge", "reserve_line"))
    ]
    begun = [event for event in result["events"] if _is(event, "CompensationStarted", ("refund", "release"))]
    undoing = {"charge": "refund", "reserve_line": "release"}
    assert [event["step_id"] for event in begun] == [undoing[step_id] for step_id in reversed(finished)]
    assert len({event["details"]["compensates"] for event in begun}) == lines + 1
    assert sorted(str(row["input"]) for row in released) == sorted(str(row["input"]) for row in reserved)
    assert kinds(result).count("CompensationCompleted") == lines + 1


def _is(event: Json, kind: str, steps: tuple[str, ...]) -> bool:
    return event["event_type"] == kind and event.get("step_id") in steps


def test_every_command_of_the_page_is_one_of_these_tests() -> None:
    tested = re.findall(r'played\(weft, "(.+?)"(?:, "(.+?)")?\)', Path(__file__).read_text())
    shown = [
        (_name(each, "--input", r"@.*/(.+)\.json"), _name(each, "--signals", r".*/(.+)\.signals")) for each in COMMANDS
    ]
    assert sorted(shown) == sorted(tested)


def _name(command: list[str], option: str, pattern: str) -> str:
    if option not in command:
        return ""
    found = re.match(pattern, command[command.index(option) + 1])
    assert found is not None
    return found[1]


def test_a_small_order_needs_nobody_and_completes(weft: Weft) -> None:
    result = played(weft, "small", "shipped")
    assert (result["status"], result["output"]) == ("completed", {"tracking": "T-100"})
    assert result["variables"]["total"] == 37
    assert not rows(result, "approve")
    assert only(result, "charge")["branch"] == "payment"
    assert len(rows(result, "reserve_line")) == 2
    assert result["duration_seconds"] == 86_400


def test_the_card_is_accepted_at_the_third_attempt_when_it_is_declined_twice(weft: Weft) -> None:
    result = played(weft, "declined-twice")
    charge = only(result, "charge")
    assert (charge["state"], charge["attempts"]) == ("completed", 3)
    assert after(result, charge["completed_at"]) == timedelta(seconds=3)


def test_a_large_order_completes_when_a_sales_lead_approves_and_nobody_else_may(weft: Weft) -> None:
    result = played(weft, "large", "approved")
    (refused,) = result["refused"]
    assert (refused["at"], refused["code"]) == ("PT1H", "NotPermitted")
    assert result["status"] == "completed"
    answer = only(result, "approve")["output"]
    assert (answer["action"], answer["approved"], answer["user"], answer["comments"]) == (
        "approve",
        True,
        "lea",
        "a good customer",
    )
    assert after(result, answer["timestamp"]) == timedelta(hours=2)


def test_a_large_order_fails_before_anything_is_charged_when_it_is_rejected(weft: Weft) -> None:
    result = played(weft, "large", "rejected")
    assert (result["status"], result["error"]["code"]) == ("failed", "Rejected")
    assert "no credit" in str(only(result, "approve"))
    assert not rows(result, "charge")
    assert "CompensationStarted" not in kinds(result)


def test_a_discount_is_taken_when_the_form_allows_it(weft: Weft) -> None:
    result = played(weft, "large", "discounted")
    assert [(each["at"], each["code"]) for each in result["refused"]] == [
        ("PT1H", "InvalidSubmission"),
        ("PT2H", "InvalidSubmission"),
    ]
    assert "discount" in result["refused"][0]["message"]
    assert "rebate" in result["refused"][1]["message"]
    assert result["status"] == "completed"
    answer = only(result, "approve")["output"]
    assert (answer["action"], answer["modified"], answer["data"]) == ("modify_data", True, {"discount": 15})


def test_the_directors_decide_when_nobody_answers_within_two_chinese_business_days(weft: Weft) -> None:
    result = played(weft, "large", "escalated")
    (escalation,) = [event for event in result["events"] if event["event_type"] == "HumanTaskEscalated"]
    assert escalation["timestamp"] == "2026-02-24T01:00:00.000Z", "a working Saturday counts, the holiday does not"
    assert escalation["details"]["user_groups"] == ["directors"]
    assert [(each["at"], each["code"]) for each in result["refused"]] == [("P11DT1H", "NotPermitted")]
    assert only(result, "approve")["output"]["user"] == "dora"
    assert result["status"] == "completed"


def test_everything_is_undone_when_one_line_is_sold_out(weft: Weft) -> None:
    result = played(weft, "sold-out")
    assert (result["status"], result["error"]["code"]) == ("failed", "OutOfStock")
    check_undone(result, lines=len([row for row in rows(result, "reserve_line") if row["state"] == "completed"]))
    assert result["events"][-1]["event_type"] == "WorkflowFailed"


def test_an_early_event_ends_the_wait_at_once(weft: Weft) -> None:
    result = played(weft, "large", "shipped-early")
    assert (result["status"], result["output"]) == ("completed", {"tracking": "T-200"})
    assert result["duration_seconds"] == 7_200, "nothing is waited for after the approval"


def test_the_warehouse_is_told_and_the_order_undone_when_no_parcel_is_sent(weft: Weft) -> None:
    result = played(weft, "small")
    assert result["status"] == "failed"
    assert only(result, "shipped")["output"] == {"timeout": True, "timeout_handled": True, "timeout_step": "chase"}
    assert only(result, "chase")["input"]["text"] == "Order o-1 has not shipped"
    assert result["duration_seconds"] == 5 * 86_400
    check_undone(result, lines=2)


def test_the_order_is_undone_and_canceled_when_the_customer_cancels(weft: Weft) -> None:
    result = played(weft, "small", "customer-cancels")
    assert result["status"] == "canceled"
    assert result["duration_seconds"] == 7_200, "the event of another order changed nothing"
    check_undone(result, lines=2)
    assert result["events"][-1]["event_type"] == "WorkflowCanceled"


def test_an_answer_given_over_the_weekend_counts_on_monday(weft: Weft) -> None:
    result = played(weft, "large", "weekend")
    assert result["status"] == "completed"
    assert after(result, only(result, "charge")["started_at"]) == timedelta(days=3)
    assert result["duration_seconds"] == 4 * 86_400

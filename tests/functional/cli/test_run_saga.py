"""A saga that `weft run` plays: what was done is taken back, in the order and with the scope that the language says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.functional.cli.runs import Ran, Weft

pytestmark = pytest.mark.functional

SAGA = Path(__file__).resolve().parents[3] / "examples" / "saga.yaml"
LINES = '[{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 3}]'


def played(weft: Weft, order_id: str, *more: str) -> Ran:
    given = f'{{"order_id": "{order_id}", "amount": 40, "lines": {LINES}}}'
    return Ran(weft("run", str(SAGA), "--input", given, *more))


def compensations(ran: Ran) -> list[tuple[str, Any]]:
    events = ran.result["events"]
    return [
        (each["event_type"], each["details"].get("compensates")) for each in events if "Compens" in each["event_type"]
    ]


def test_lines_are_released_in_reverse_when_the_charge_fails(weft: Weft) -> None:
    ran = played(weft, "o-1-declined")

    assert (ran.exit_code, ran.result["status"]) == (1, "failed")
    assert ran.result["error"]["code"] == "CardDeclined"
    released = [row["output"]["sku"] for row in ran.result["steps"] if row["step_id"] == "release"]
    assert released == ["B", "A"]
    assert compensations(ran) == [
        ("CompensationStarted", None),
        ("CompensationStarted", "reserve_line#2"),
        ("CompensationCompleted", "reserve_line#2"),
        ("CompensationStarted", "reserve_line#1"),
        ("CompensationCompleted", "reserve_line#1"),
    ]
    last = ran.result["events"][-1]
    assert last["event_type"] == "WorkflowFailed"
    assert last["details"]["compensation"]["compensated"] == ["reserve_line#2", "reserve_line#1"]


def test_lines_are_released_and_a_charge_in_flight_is_not_awaited_when_the_customer_cancels(
    weft: Weft, tmp_path: Path
) -> None:
    mocks, signals = tmp_path / "mocks.yaml", tmp_path / "signals.yaml"
    mocks.write_text("charge: {result: {payment_id: p-1}, delay: 20}\n")
    signals.write_text("- {at: 5, control: {action: cancel, reason: changed their mind}}\n")

    ran = played(weft, "o-1", "--mock", str(mocks), "--signals", str(signals))

    assert ran.result["status"] == "canceled"
    assert [kind for kind, _ in compensations(ran)].count("CompensationCompleted") == 2
    rows = {row["step_id"]: row["state"] for row in ran.result["steps"]}
    assert rows["charge"] == "canceled"  # nothing compensates it, so nobody waits for it
    assert ran.result["refused"] == []


def test_retry_is_refused_when_the_order_was_taken_back(weft: Weft, tmp_path: Path) -> None:
    signals = tmp_path / "signals.yaml"
    signals.write_text("- {at: 60, control: {action: retry, step_id: charge}}\n")

    ran = played(weft, "o-1-declined", "--signals", str(signals))

    assert [entry["code"] for entry in ran.result["refused"]] == ["AlreadyCompensated"]

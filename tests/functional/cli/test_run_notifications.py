"""`weft run` and the test environment tell nobody outside, and say what they would have told. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.cli.runs import Run, activity, chain
from weftctl.testing import WorkflowTestEnvironment

pytestmark = pytest.mark.functional

CHANNELS = [
    {"type": "email", "recipients": ["a@example.com"], "bcc": ["b@example.com"]},
    {"type": "sms", "recipients": ["+4915112345678"]},
    {"type": "webhook", "url": "https://hooks.example.com/weft"},
    {"type": "in_app", "user_groups": ["warehouse"]},
]


def telling() -> dict[str, Any]:
    """A definition that waits a minute, and then tells people by every channel."""
    mapping = {"notification": {"channels": CHANNELS}, "text": "{% 'Order ' & $.input.order & ' is late' %}"}
    nap = {"id": "nap", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": 60}}}
    return chain(nap, activity("chase", "notify.send", input_mapping=mapping))


def test_it_is_said_who_would_have_been_told_when_a_run_notifies(run: Run) -> None:
    ran = run(telling(), "--input", '{"order": 7}')

    assert (ran.exit_code, ran.result["status"]) == (0, "completed")
    sent = ran.result["notifications"]
    assert [row["channel"] for row in sent] == ["email", "sms", "webhook", "in_app"]
    assert {row["sent_at"] for row in sent} == {"2026-01-01T00:01:00.000Z"}
    assert {row["step_id"] for row in sent} == {"chase"}
    assert sent[0]["text"] == sent[2]["content"]["text"] == "Order 7 is late"
    assert ran.err.splitlines() == [
        "2026-01-01T00:01:00.000Z chase: email to a@example.com, b@example.com: Order 7 is late",
        "2026-01-01T00:01:00.000Z chase: sms to +4915112345678: Order 7 is late",
        "2026-01-01T00:01:00.000Z chase: webhook to https://hooks.example.com/weft: Order 7 is late",
        "2026-01-01T00:01:00.000Z chase: in_app to warehouse: Order 7 is late",
    ]


def test_they_stand_in_the_table_when_one_is_asked_for(run: Run) -> None:
    ran = run(telling(), "--input", '{"order": 7}', "--format", "table")

    assert "chase: in_app to warehouse: Order 7 is late" in ran.out


def test_a_long_text_is_cut_when_it_is_said(run: Run) -> None:
    mapping = {"channel": "in_app", "user_groups": ["a"], "text": "word " * 100}

    ran = run(chain(activity("tell", "notify.send", input_mapping=mapping)))

    (line,) = ran.err.splitlines()
    assert line.endswith("…")
    assert len(line) < 300


def test_nothing_is_said_when_nobody_is_told(run: Run) -> None:
    ran = run(chain())

    assert "notifications" not in ran.result


def test_a_test_sees_what_people_would_have_been_told() -> None:
    environment = WorkflowTestEnvironment(telling())
    told = environment.start({"order": 7})
    other = environment.start({"order": 8})

    told.until_idle()
    other.until_idle()

    assert [row["channel"] for row in told.notifications] == ["email", "sms", "webhook", "in_app"]
    assert {row["execution_id"] for row in told.notifications} == {told.execution_id}
    assert other.notifications[3]["text"] == "Order 8 is late"

"""A thousand signals to one execution of the deployed application. Layer: tests."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.stack import Stack, eventually

SIGNALS = 1_000
CALLERS = 16
DEFINITION: dict[str, Any] = {
    "id": "flooded",
    "name": "Wait for the last of many signals",
    "version": "1.0.0",
    "steps": [
        {"id": "start", "step_type": {"type": "start"}},
        {
            "id": "first",
            "step_type": {"type": "wait", "event_name": "drop", "output_mapping": {"n": "$.output.first"}},
        },
        {"id": "stop", "step_type": {"type": "wait", "event_name": "stop"}},
        {"id": "end", "step_type": {"type": "end"}},
    ],
    "transitions": [
        {"from_step_id": source, "to_step_id": target}
        for source, target in (("start", "first"), ("first", "stop"), ("stop", "end"))
    ],
}


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_every_signal_is_taken_once_when_a_thousand_come_at_once(stack: Stack) -> None:
    stack.register(DEFINITION)
    execution_id = stack.execute("flooded", {})
    path = f"/workflows/executions/{execution_id}/signal?wait=0"

    def send(number: int) -> int:
        body = {"signal_name": "drop", "payload": {"n": number}}
        return stack.api.post(path, json=body, headers={"Idempotency-Key": f"drop-{number}"}).status_code

    began = time.monotonic()
    with ThreadPoolExecutor(CALLERS) as callers:
        answers = list(callers.map(send, range(SIGNALS)))
    accepted = time.monotonic() - began
    eventually(lambda: len(received(stack, execution_id)) == SIGNALS, what="every signal in the history")
    drained = time.monotonic() - began
    print(f"{SIGNALS} signals: accepted in {accepted:.1f} s, drained in {drained:.1f} s")  # noqa: T201

    assert set(answers) <= {200, 202}
    numbers = [event["details"]["payload"]["n"] for event in received(stack, execution_id)]
    assert sorted(numbers) == list(range(SIGNALS))
    assert drained < 60
    stack.ask("POST", f"/workflows/executions/{execution_id}/signal?wait=25", {"signal_name": "stop"})
    status = stack.ended(execution_id)
    assert (status["state"], status["output"]) == ("completed", {"first": numbers[0]})


def received(stack: Stack, execution_id: str) -> list[dict[str, Any]]:
    """Every ``drop`` in the history, in order, page by page; its sequence numbers have no gap."""
    events: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {"page_size": 500, **({} if cursor is None else {"cursor": cursor})}
        page = stack.ask("GET", f"/workflows/executions/{execution_id}/history", params=params)
        events += page["events"]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    return [event for event in events if event["event_type"] == "SignalReceived"]

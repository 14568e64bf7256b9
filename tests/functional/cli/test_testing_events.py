"""Events in ``weftctl.testing``: published by a test, or by the workflows in it. Layer: tests."""

from __future__ import annotations

import pytest

from tests.functional.cli.runs import chain
from tests.functional.cli.test_testing import timer, wait
from weftctl.testing import WorkflowTestEnvironment

pytestmark = pytest.mark.functional


def test_published_event_reaches_the_executions_that_it_is_about() -> None:
    env = WorkflowTestEnvironment(chain(wait("paid", "payment", correlation="$.input.order")))
    first, second = env.start({"order": 1}), env.start({"order": 2})

    event_id = env.publish("payment", {"amount": 7}, correlation="1")

    assert (first.state, second.state) == ("completed", "waiting_for_event")
    (received,) = first.history("ExternalEventReceived")
    assert received["details"]["event_id"] == event_id
    assert env.publish("payment", {"amount": 7}, correlation="1", event_id=event_id) == event_id


def test_event_handlers_start_and_signal_other_executions() -> None:
    start = {"type": "start_workflow", "workflow_id": "other", "input_mapping": {"n": "$.event.n"}}
    handlers = [
        {"id": "start", "event_name": "go", "handler_type": start},
        {
            "id": "tell",
            "event_name": "go",
            "handler_type": {"type": "send_signal", "target": "waiting", "signal_name": "hello"},
        },
    ]
    waiting = {**chain(wait("w", "hello")), "id": "waiting"}
    other = {**chain({"id": "tell", "step_type": {"type": "event", "event_type": "started", "target": "waiting-2"}})}
    env = WorkflowTestEnvironment(chain(timer("nap", 60), event_handlers=handlers), waiting, {**other, "id": "other"})
    env.start({})
    told = env.start({}, workflow_id="waiting", execution_id="waiting")
    told_too = env.start({}, workflow_id="waiting", execution_id="waiting-2")
    env.publish("go", {"n": 5})

    assert told.state == "completed"
    assert told.step("w")["output"] == {"n": 5}
    assert told_too.history("SignalReceived")[0]["details"]["signal_name"] == "started"

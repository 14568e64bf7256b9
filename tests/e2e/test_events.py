"""Events over HTTP and from the bus reach who waits for them, start who subscribes, and go out. Layer: tests."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.stack import Stack, eventually
from tests.unit.execution.play import chain

WAIT = {
    "id": "wait",
    "step_type": {
        "type": "wait",
        "event_name": "parcel-delivered",
        "correlation": "$.input.order",
        "output_mapping": {"$": "$.output.parcel"},
    },
}
PLAIN = {**WAIT, "step_type": {**WAIT["step_type"], "correlation": None}}  # type: ignore[dict-item]


@pytest.fixture(scope="module")
def waiting(stack: Stack) -> str:
    stack.register(chain(WAIT, id="parcel-waiting"))
    return "parcel-waiting"


def new_order() -> str:
    return f"order-{uuid.uuid4()}"


def publish(stack: Stack, event_type: str, data: Any, **more: Any) -> dict[str, Any]:
    return stack.ask("POST", "/events", {"event_type": event_type, "event_data": data, **more})


def put_on_bus(stack: Stack, detail_type: str, detail: dict[str, Any], source: str = "shop.parcels") -> None:
    answer = stack.client("events").put_events(
        Entries=[
            {"EventBusName": "weft", "Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)},
        ]
    )
    assert answer["FailedEntryCount"] == 0


def waits(stack: Stack, execution_id: str) -> bool:
    return bool(stack.status(execution_id)["state"] == "waiting_for_event")


def test_an_execution_goes_on_when_the_event_it_waits_for_is_published(stack: Stack, waiting: str) -> None:
    mine, other = new_order(), new_order()
    execution_id = stack.execute(waiting, {"order": mine})
    eventually(lambda: waits(stack, execution_id))

    publish(stack, "parcel-delivered", {"n": 0}, correlation=other)
    publish(stack, "parcel-delivered", {"n": 1}, correlation=mine)

    assert stack.ended(execution_id)["output"] == {"parcel": {"n": 1}}


def test_an_execution_goes_on_when_the_event_comes_over_the_bus(stack: Stack, waiting: str) -> None:
    order = new_order()
    execution_id = stack.execute(waiting, {"order": order})
    eventually(lambda: waits(stack, execution_id))

    put_on_bus(stack, "parcel-delivered", {"correlation": order, "n": 2})

    assert stack.ended(execution_id)["output"] == {"parcel": {"correlation": order, "n": 2}}


def test_nothing_is_lost_when_events_are_published_while_executions_begin_to_wait(stack: Stack, waiting: str) -> None:
    orders = [new_order() for _ in range(12)]

    def start_and_publish(order: str) -> str:
        execution_id = stack.execute(waiting, {"order": order})
        publish(stack, "parcel-delivered", {"of": order}, correlation=order)
        return execution_id

    with ThreadPoolExecutor(4) as pool:
        executions = list(pool.map(start_and_publish, orders))

    outputs = [stack.ended(execution_id)["output"] for execution_id in executions]
    assert outputs == [{"parcel": {"of": order}} for order in orders]


def test_each_execution_goes_on_once_when_an_event_is_for_more_than_are_told_at_once(stack: Stack) -> None:
    name = f"all-{uuid.uuid4()}"
    step = {**PLAIN, "step_type": {**PLAIN["step_type"], "event_name": name}}  # type: ignore[dict-item]
    stack.register(chain(step, id=name))
    executions = [stack.execute(name, {}) for _ in range(60)]
    for execution_id in executions:
        eventually(lambda execution_id=execution_id: waits(stack, execution_id))  # type: ignore[misc]

    publish(stack, name, {"n": 1})

    for execution_id in executions:
        assert stack.ended(execution_id)["output"] == {"parcel": {"n": 1}}
        received = [each["event_type"] for each in stack.history(execution_id)]
        assert received.count("ExternalEventReceived") <= 1
        assert received.count("WorkflowCompleted") == 1


def started_by(stack: Stack, workflow_id: str) -> list[dict[str, Any]]:
    rows = stack.ask("GET", "/workflows/executions", params={"workflow_id": workflow_id})["executions"]
    return [stack.status(row["execution_id"]) for row in rows]


def test_a_workflow_starts_once_when_it_subscribes_to_an_event_from_the_bus(stack: Stack) -> None:
    name = f"order-placed-{uuid.uuid4()}"
    subscription = {"type": "event", "event_name": name, "input_mapping": {"order": "$.event.order"}}
    stack.register(chain(id=name, subscriptions=[subscription]))

    put_on_bus(stack, name, {"order": "a"})

    (execution,) = eventually(lambda: started_by(stack, name) or None, what="the execution started by an event")
    assert execution["input"] == {"order": "a"}


def test_nothing_starts_by_what_weft_itself_puts_on_the_bus(stack: Stack) -> None:
    name = f"own-{uuid.uuid4()}"
    stack.register(chain(id=name, subscriptions=[{"type": "event", "event_name": name}]))

    put_on_bus(stack, name, {"from": "weft"}, source="weft")
    put_on_bus(stack, name, {"from": "others"})
    eventually(lambda: started_by(stack, name) or None, what="the execution started by an event of others")

    assert [each["input"] for each in started_by(stack, name)] == [{"from": "others"}]


def test_a_workflow_starts_when_the_one_it_depends_on_completes(stack: Stack) -> None:
    first, second = f"first-{uuid.uuid4()}", f"second-{uuid.uuid4()}"
    stack.register(chain(id=first))
    stack.register(chain(id=second))
    subscription = {"type": "workflow", "workflow_id": first, "input_mapping": {"of": "$.event.execution_id"}}
    made = stack.ask("POST", "/subscriptions", {"workflow_id": second, "subscription": subscription})

    execution_id = stack.execute(first, {})

    (execution,) = eventually(lambda: started_by(stack, second) or None, what="the dependent execution")
    assert execution["input"] == {"of": execution_id}
    stack.ask("DELETE", f"/subscriptions/{made['subscription_id']}")


def test_ends_of_executions_are_heard_by_others_when_they_listen_to_the_bus(stack: Stack) -> None:
    # given a queue of somebody's own, and a rule of theirs on the bus
    name = f"heard-{uuid.uuid4()}"
    sqs, events = stack.client("sqs"), stack.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["weft"], "detail-type": ["WorkflowCompleted"], "detail": {"workflow_id": [name]}}
    events.put_rule(Name=name, EventBusName="weft", EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, EventBusName="weft", Targets=[{"Id": "queue", "Arn": arn}])

    # when
    stack.register(chain(id=name))
    execution_id = stack.execute(name, {})

    # then
    def heard() -> dict[str, Any] | None:
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        return json.loads(messages[0]["Body"]) if messages else None

    event = eventually(heard, what="the end on the bus")
    assert (event["source"], event["detail-type"]) == ("weft", "WorkflowCompleted")
    assert (event["detail"]["execution_id"], event["detail"]["state"]) == (execution_id, "completed")

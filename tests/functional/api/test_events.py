"""Events and subscriptions over HTTP. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.api.service import Reply, Service
from tests.unit.execution.play import chain

EVENTS = "/api/v1/events"
SUBSCRIPTIONS = "/api/v1/subscriptions"
PUBLISHER = {"Authorization": "Bearer dev:pat:weft-publishers"}
VIEWER = {"Authorization": "Bearer dev:vic:weft-viewers"}
WAIT = {
    "id": "wait",
    "step_type": {
        "type": "wait",
        "event_name": "parcel",
        "correlation": "$.input.order",
        "output_mapping": {"$": "$.output.parcel"},
    },
}


def publish(service: Service, body: Any, **headers: str) -> Reply:
    return service.call("POST", EVENTS, body, headers={**PUBLISHER, **headers})


def subscribe(service: Service, body: Any, **headers: str) -> Reply:
    return service.call("POST", SUBSCRIPTIONS, body, headers=headers)


def status(service: Service, execution_id: str) -> dict[str, Any]:
    service.work()
    found: dict[str, Any] = service.get(f"/executions/{execution_id}").body
    return found


def started(service: Service, workflow_id: str) -> list[dict[str, Any]]:
    service.work()
    rows = service.get(f"/executions?workflow_id={workflow_id}").body["executions"]
    return [service.get(f"/executions/{row['execution_id']}").body for row in rows]


def test_an_event_is_answered_once_when_it_is_published_twice_with_one_key(service: Service) -> None:
    body = {"event_type": "parcel", "event_data": {"n": 1}, "correlation": 7}

    first = publish(service, body, **{"Idempotency-Key": "parcel-7"})
    again = publish(service, body, **{"Idempotency-Key": "parcel-7"})
    other = publish(service, {**body, "event_data": {"n": 2}}, **{"Idempotency-Key": "parcel-7"})

    assert (first.status, first.body["event_id"], first.body["correlation"]) == (201, "parcel-7", "7")
    assert (again.status, again.body["published_at"]) == (200, first.body["published_at"])
    assert (other.status, other.body["code"]) == (409, "EventExists")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, ""), ({"event_type": ""}, "/event_type"), ({"event_type": "x", "data": 1}, "/data"), ([], "")],
)
def test_an_event_is_refused_when_its_body_is_not_one(service: Service, body: Any, pointer: str) -> None:
    reply = publish(service, body)

    assert (reply.status, reply.body["errors"][0]["pointer"]) == (400, pointer)


def test_an_event_is_refused_when_the_caller_may_not_publish(service: Service) -> None:
    assert service.call("POST", EVENTS, {"event_type": "x"}, headers=VIEWER).status == 403


def test_an_execution_is_signalled_when_the_event_has_a_target(service: Service) -> None:
    step = {**WAIT, "step_type": {**WAIT["step_type"], "correlation": "'never'"}}  # type: ignore[dict-item]
    service.begin(chain(step), input={"order": "a"})

    reply = publish(service, {"event_type": "parcel", "event_data": 5, "target_id": "e-1"})

    assert (reply.status, reply.body["target_id"]) == (202, "e-1")
    assert status(service, "e-1")["output"] == {"parcel": 5}
    assert publish(service, {"event_type": "parcel", "target_id": "nobody"}).status == 404
    assert publish(service, {"event_type": "parcel", "target_id": "e-1"}).status == 409


# --- subscriptions --------------------------------------------------------------------------------------------------


def test_a_workflow_starts_once_for_each_event_when_it_subscribes(service: Service) -> None:
    subscription = {
        "type": "event",
        "event_name": "order",
        "condition": "$.event.total > 10",
        "input_mapping": {"id": "$.event.id"},
    }
    assert service.post("", chain(id="by-event", subscriptions=[subscription])).status == 201

    for event_id, total in (("a", 11), ("b", 9), ("a", 11)):
        data = {"id": event_id, "total": total}
        publish(service, {"event_type": "order", "event_data": data}, **{"Idempotency-Key": event_id})
        service.work()

    (execution,) = started(service, "by-event")
    assert (execution["input"], execution["state"]) == ({"id": "a"}, "completed")


def test_a_workflow_starts_when_another_one_completes_and_it_depends_on_that(service: Service) -> None:
    assert service.post("", chain(id="after")).status == 201
    made = subscribe(
        service,
        {
            "workflow_id": "after",
            "subscription": {
                "type": "workflow",
                "workflow_id": "before",
                "condition": "$.event.state = 'completed'",
                "input_mapping": {"of": "$.event.execution_id"},
            },
        },
    )
    assert made.status == 201

    service.begin(chain(id="before"))

    (execution,) = started(service, "after")
    assert execution["input"] == {"of": "e-1"}


def test_subscriptions_are_listed_read_and_ended(service: Service) -> None:
    service.post("", chain(id="w"))
    names = ["one", "two", "three"]
    ids = []
    for name in names:
        body = {"workflow_id": "w", "subscription": {"type": "event", "event_name": name}}
        ids.append(subscribe(service, body).body["subscription_id"])

    first = service.call("GET", f"{SUBSCRIPTIONS}?page_size=2", headers=VIEWER).body
    rest = service.call("GET", f"{SUBSCRIPTIONS}?page_size=2&cursor={first['next_cursor']}").body
    shown = [row["subscription"]["event_name"] for row in (*first["subscriptions"], *rest["subscriptions"])]
    assert sorted(shown) == sorted(names)
    assert "next_cursor" not in rest

    assert service.call("GET", f"{SUBSCRIPTIONS}/{ids[0]}").body["subscription_id"] == ids[0]
    assert service.call("DELETE", f"{SUBSCRIPTIONS}/{ids[0]}", headers=VIEWER).status == 403
    assert service.call("DELETE", f"{SUBSCRIPTIONS}/{ids[0]}").status == 200
    assert service.call("DELETE", f"{SUBSCRIPTIONS}/{ids[0]}").status == 404
    assert service.call("GET", f"{SUBSCRIPTIONS}/{ids[0]}").body["code"] == "SubscriptionNotFound"

    publish(service, {"event_type": "one"})
    assert started(service, "w") == []
    publish(service, {"event_type": "two"})
    assert len(started(service, "w")) == 1


def test_a_subscription_is_made_once_when_its_key_comes_again(service: Service) -> None:
    service.post("", chain(id="w"))
    body = {"workflow_id": "w", "subscription": {"type": "event", "event_name": "x"}}
    key = {"Idempotency-Key": "k"}

    first, again = subscribe(service, body, **key), subscribe(service, body, **key)
    other = subscribe(service, {**body, "subscription": {"type": "event", "event_name": "y"}}, **key)

    assert first.body == again.body
    assert (other.status, other.body["code"]) == (409, "SubscriptionExists")


@pytest.mark.parametrize(
    ("subscription", "status", "pointer"),
    [
        ({"type": "event"}, 400, "/subscription"),
        ({"type": "workflow", "event_name": "x"}, 400, "/subscription"),
        ({"type": "moon", "event_name": "x"}, 400, "/subscription"),
        ({"type": "event", "event_name": "x", "workflow_id": "w"}, 400, "/subscription"),
        ({"type": "event", "event_name": "x", "condition": "$.event."}, 400, "/condition"),
        ({"type": "event", "event_name": "x", "input_mapping": {"a": "$.event["}}, 400, "/input_mapping/a"),
        (5, 400, "/subscription"),
    ],
)
def test_a_subscription_is_refused_when_it_says_nothing_that_can_happen(
    service: Service, subscription: Any, status: int, pointer: str
) -> None:
    service.post("", chain(id="w"))

    reply = subscribe(service, {"workflow_id": "w", "subscription": subscription})

    assert (reply.status, reply.body["errors"][0]["pointer"]) == (status, pointer)


def test_a_subscription_is_refused_when_its_workflow_is_not_there(service: Service) -> None:
    reply = subscribe(service, {"workflow_id": "no", "subscription": {"type": "event", "event_name": "x"}})

    assert (reply.status, reply.body["code"]) == (404, "WorkflowNotFound")

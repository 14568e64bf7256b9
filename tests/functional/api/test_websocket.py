"""Viewers over WebSocket, through the deployed functions. Layer: tests."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import app as application
from chalicelib import bootstrap
from chalicelib.api import roles
from chalicelib.api.identity import identify, to_body
from chalicelib.domain import jsonvalue
from chalicelib.engine.watchers import CONNECTION_LASTS, MOST_TOPICS
from chalicelib.ports.viewers import LARGEST_MESSAGE_BYTES, Viewer
from chalicelib.settings import ApiKey, Settings
from tests.functional.api.asking import asking
from tests.functional.api.definitions import echo, hello
from tests.functional.api.service import LOCAL, Service


@pytest.fixture
def service(service: Service) -> Iterator[Service]:
    """With one execution that has ended, and a clock that goes on while somebody waits."""
    service.post("", hello())
    service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})
    service.work()
    service.meanwhile = lambda: pass_time(service)
    with bootstrap.use(service.engine):
        yield service


def pass_time(service: Service) -> None:
    service.clock.advance_to(service.clock.now() + timedelta(seconds=0.25))
    service.work()


def event(body: str | None = None, connection_id: str = "c-1", **headers: str) -> dict[str, Any]:
    return {
        "requestContext": {
            "apiId": "abc",
            "stage": "api",
            "connectionId": connection_id,
            "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
        },
        "headers": headers or None,
        "body": body,
    }


def connect(connection_id: str = "c-1", **headers: str) -> Any:
    return application.ws_connect(event(None, connection_id, **headers), SimpleNamespace())


def say(service: Service, message: Any, connection_id: str = "c-1") -> list[Any]:
    """What a viewer is told, of late and after it said something."""
    text = message if isinstance(message, str) else jsonvalue.dumps(message).decode()
    assert application.ws_message(event(text, connection_id), SimpleNamespace()) == {"statusCode": 200}
    return heard(service, connection_id)


def heard(service: Service, connection_id: str = "c-1") -> list[Any]:
    viewers: Any = service.engine.adapters.viewers
    told: list[Any] = viewers.take(connection_id)
    return told


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Authorization": "Bearer dev:ann:weft-viewers"}, 200),
        ({"Authorization": "Bearer dev:ann:weft-workers"}, 403),
        ({"Authorization": "Bearer a.b.c"}, 401),
        ({"Origin": "http://localhost:8080"}, 200),
        ({"Origin": "http://evil.example"}, 401),
    ],
)
def test_a_viewer_is_let_in_when_a_request_would_be(headers: dict[str, str], status: int) -> None:
    assert connect(**headers) == {"statusCode": status}


def encoded(token: str) -> str:
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("protocols", "answer"),
    [
        (
            f"weft, bearer.{encoded('dev:ann:weft-viewers')}",
            {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "weft"}},
        ),
        (f"weft,bearer.{encoded('dev:ann:weft-workers')}", {"statusCode": 403}),
        ("weft, bearer.%%%", {"statusCode": 401}),
        ("weft, bearer.", {"statusCode": 401}),
        ("weft", {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "weft"}}),
        ("chat", {"statusCode": 200}),
    ],
)
def test_a_browser_is_let_in_when_its_token_comes_as_a_subprotocol(protocols: str, answer: dict[str, Any]) -> None:
    assert connect(**{"Sec-WebSocket-Protocol": protocols}) == answer


def test_nobody_is_let_in_when_nothing_is_configured() -> None:
    with bootstrap.use(Service(Settings()).engine):
        assert connect() == {"statusCode": 401}


def test_nothing_is_answered_but_a_refusal_when_a_viewer_is_not_let_in(service: Service) -> None:
    connect(Authorization="Bearer dev:ann:weft-workers")

    for action in ("subscribe", "get_current_state", "unsubscribe"):
        (answer,) = say(service, {"request_type": action, "execution_id": "e-1"})
        assert (answer["request_type"], answer["problem"]["status"]) == (action, 401)


@pytest.mark.parametrize("action", ["subscribe", "get_current_state", "unsubscribe"])
@pytest.mark.parametrize("group", sorted(roles.GROUPS))
def test_an_action_is_served_when_the_caller_has_its_role(service: Service, action: str, group: str) -> None:
    service.engine.watch.watchers.admit(  # as one that lost its role after it connected
        viewer_of("c-1"), {"name": "ann", "groups": [group], "is_admin": False, "proof": "name"}, None
    )

    (answer, *_) = say(service, {"request_type": action, "execution_id": "e-1"})

    if roles.REQUIRED[roles.WEBSOCKET, action] in roles.GROUPS[group]:
        assert "problem" not in answer
    else:
        assert (answer["problem"]["status"], answer["problem"]["code"]) == (403, "Forbidden")
        assert len(heard(service)) == 0


def viewer_of(connection_id: str) -> Viewer:
    return Viewer(connection_id=connection_id, gateway="abc/api")


def test_a_key_that_was_withdrawn_is_served_no_more_when_its_viewer_is_still_connected(service: Service) -> None:
    key = ApiKey(name="ci", sha256=hashlib.sha256(b"1").hexdigest(), groups=["weft-viewers"])
    with bootstrap.use(Service(Settings(stage="prod", api_keys=[key])).engine) as engine:
        assert connect(**{"X-Api-Key": "1"}) == {"statusCode": 200}
        kept = engine.watch.watchers.connection("c-1").caller

    service.engine.watch.watchers.admit(viewer_of("c-1"), kept, None)
    (answer,) = say(service, {"request_type": "get_current_state", "execution_id": "e-1"})

    assert (answer["problem"]["status"], answer["problem"]["code"]) == (401, "Unauthorized")
    assert "'ci'" in answer["problem"]["detail"]


def test_a_viewer_has_to_connect_again_when_its_token_is_over(service: Service) -> None:
    expires_at = service.clock.now() + timedelta(seconds=60)
    service.engine.watch.watchers.admit(viewer_of("c-1"), to_body(identify({}, LOCAL)), expires_at)
    (view, *_) = say(service, {"request_type": "subscribe", "execution_id": "e-1"})
    service.post("", echo())
    service.clock.advance_to(expires_at)

    (answer,) = say(service, {"request_type": "get_current_state", "execution_id": "e-1"})

    assert view["status"]["state"] == "completed"
    assert answer["problem"]["status"] == 401
    assert "connect again" in answer["problem"]["detail"]


def test_nothing_is_kept_of_a_viewer_when_it_has_left(service: Service) -> None:
    connect()
    say(service, {"request_type": "subscribe", "execution_id": "e-1"})

    assert application.ws_disconnect(event(), SimpleNamespace()) == {"statusCode": 200}

    entries = service.engine.adapters.entries
    assert list(entries.read("viewer#c-1")) == []
    assert [entry.key for entry in entries.read("watch#execution#e-1")] == []


def test_what_is_kept_of_a_viewer_expires_when_nobody_says_that_it_left(service: Service) -> None:
    connect()
    say(service, {"request_type": "subscribe", "execution_id": "e-1"})

    service.clock.advance_to(service.clock.now() + CONNECTION_LASTS)

    entries = service.engine.adapters.entries
    assert [list(entries.read(each)) for each in ("viewer#c-1", "watch#execution#e-1", "watched")] == [[], [], []]


# --- what may be asked for --------------------------------------------------------------------------------------------


def test_a_viewer_gets_the_status_when_it_asks_for_it(service: Service) -> None:
    connect()

    (answer,) = say(service, {"request_type": "get_current_state", "execution_id": "e-1"})

    assert answer == {
        "request_type": "get_current_state",
        "execution_id": "e-1",
        "sequence": len(service.get("/executions/e-1/history").body["events"]),
        "version": answer["status"]["version"],
        "status": service.get("/executions/e-1").body,
    }


@pytest.mark.parametrize("workflow_id", ["hello", "*"])
def test_a_viewer_gets_the_newest_executions_when_it_asks_for_a_workflow(service: Service, workflow_id: str) -> None:
    connect()

    (answer,) = say(service, {"request_type": "get_current_state", "workflow_id": workflow_id})

    rows = service.get("/executions").body["executions"]
    assert answer == {"request_type": "get_current_state", "workflow_id": workflow_id, "executions": rows}
    assert len(rows) == 1


def test_a_viewer_gets_the_view_and_then_every_change_when_it_subscribes(service: Service) -> None:
    service.begin(asking("approval"), "e-2")
    connect()

    view, *early = say(service, {"request_type": "subscribe", "execution_id": "e-2"})
    service.control("e-2", "pause")
    service.control("e-2", "cancel", {"reason": "enough"})
    service.work()

    changes = [*early, *heard(service)]
    history = service.get("/executions/e-2/history").body["events"]
    assert view["status"]["state"] == "waiting_for_human_intervention"
    assert [change["sequence"] for change in changes] == list(range(view["sequence"] + 1, len(history) + 1))
    assert changes[-1]["event_type"] == "workflow.canceled"
    assert changes[-1]["data"]["reason"] == "enough"
    assert [change["timestamp"] for change in changes] == [each["timestamp"] for each in history[view["sequence"] :]]
    assert {(change["workflow_id"], change["execution_id"]) for change in changes} == {("approval", "e-2")}


def test_a_viewer_gets_what_it_missed_when_it_says_how_far_it_came(service: Service) -> None:
    connect()
    history = service.get("/executions/e-1/history").body["events"]

    told = say(service, {"request_type": "subscribe", "execution_id": "e-1", "after_sequence": 2})

    assert told[0] == {
        "request_type": "subscribe",
        "execution_id": "e-1",
        "sequence": 2,
        "version": told[0]["version"],
    }
    assert [message["sequence"] for message in told[1:]] == list(range(3, len(history) + 1))


def test_a_viewer_hears_no_more_when_it_unsubscribes(service: Service) -> None:
    service.begin(asking("approval"), "e-2")
    connect()
    say(service, {"request_type": "subscribe", "execution_id": "e-2"})

    answers = say(service, {"request_type": "unsubscribe", "execution_id": "e-2"})
    service.control("e-2", "cancel")
    service.work()

    assert answers == [{"request_type": "unsubscribe", "execution_id": "e-2"}]
    assert heard(service) == []


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("message", "status", "words"),
    [
        ({"request_type": "get_state"}, 400, "Did you mean 'get_current_state'?"),
        ({"request_type": ["subscribe"]}, 400, "no request_type"),
        ({"request_type": "get_current_state"}, 400, "needs an execution_id"),
        ({"request_type": "get_current_state", "execution_id": 5}, 400, "needs an execution_id"),
        ({"request_type": "subscribe", "execution_id": "e-1", "workflow_id": "hello"}, 400, "or else a workflow_id"),
        ({"request_type": "get_current_state", "execution_id": "a/b"}, 400, "execution_id must be"),
        ({"request_type": "subscribe", "workflow_id": "a b"}, 400, "workflow_id must be"),
        ({"request_type": "get_current_state", "execution_id": "nobody"}, 404, "no execution"),
        ({"request_type": "subscribe", "execution_id": "nobody"}, 404, "no execution"),
        ({"request_type": "subscribe", "execution_id": "nobody", "after_sequence": 1}, 404, "no execution"),
        ({"request_type": "subscribe", "execution_id": "e-1", "after_sequence": -1}, 400, "from 0 on"),
        ({"request_type": "subscribe", "execution_id": "e-1", "after_sequence": "1"}, 400, "from 0 on"),
        ({"request_type": "subscribe", "execution_id": "e-1", "after_version": True}, 400, "from 0 on"),
        ({"request_type": "subscribe", "execution_id": "e-1", "after_sequence": 99}, 400, "does not reach 99"),
        ({}, 400, "no request_type"),
        ([], 400, "is an object"),
        ("{", 400, "too early"),
    ],
)
def test_a_viewer_gets_a_problem_when_its_message_cannot_be_served(
    service: Service, message: Any, status: int, words: str
) -> None:
    connect()

    (answer,) = say(service, message)

    assert answer["problem"]["status"] == status
    assert words in answer["problem"]["detail"]
    assert len(list(service.engine.adapters.entries.read("viewer#c-1"))) == 1  # and it watches nothing


def test_one_thing_more_is_refused_when_a_connection_watches_very_many(service: Service) -> None:
    connect()
    for number in range(MOST_TOPICS):
        assert "problem" not in say(service, {"request_type": "subscribe", "workflow_id": f"w-{number}"})[0]

    (answer,) = say(service, {"request_type": "subscribe", "execution_id": "e-1"})

    assert answer["problem"]["code"] == "LimitExceeded"
    assert "problem" not in say(service, {"request_type": "subscribe", "workflow_id": "w-1"})[0]


def test_the_largest_values_are_left_out_when_a_state_is_too_large_for_a_message(service: Service) -> None:
    service.post("", echo())
    service.post("/echo/execute", {"input": "x" * 200_000, "execution_id": "e-2"})
    connect()

    (answer,) = say(service, {"request_type": "get_current_state", "execution_id": "e-2"})

    assert answer["status"]["input"] is None
    assert answer["status"]["truncated"][0] == {"pointer": "/input", "bytes": 200_002}
    assert len(jsonvalue.dumps(answer)) <= LARGEST_MESSAGE_BYTES


def test_nothing_inside_is_told_when_a_message_fails_unplanned(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("hunter2")

    connect()
    monkeypatch.setattr(type(service.engine.queries), "status_at", fail)

    (answer,) = say(service, {"request_type": "get_current_state", "execution_id": "e-1"})

    assert answer["problem"]["code"] == "InternalError"
    assert "hunter2" not in str(answer)


def test_a_message_is_answered_to_nobody_when_the_viewer_has_left(service: Service) -> None:
    connect()
    viewers: Any = service.engine.adapters.viewers
    viewers.gone.add("c-1")

    assert say(service, {"request_type": "subscribe", "execution_id": "e-1"}) == []
    assert list(service.engine.adapters.entries.read("viewer#c-1")) == []

"""The whole application over memory adapters: HTTP in front, queues cranked by hand behind.

Layer: tests. Every answer is checked against the published description of the API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from chalice.test import Client

import app as application
from chalicelib import bootstrap
from chalicelib.adapters.memory import MemoryExecutionStore, VirtualClock
from chalicelib.bootstrap import Engine
from chalicelib.domain import jsonvalue
from chalicelib.settings import Settings
from tests.functional.api import contract

START = datetime.fromisoformat("2026-01-31T09:00:00+00:00")
LOCAL = Settings(stage="local", aws_endpoint_url="http://127.0.0.1:4566")
BASE = "/api/v1/workflows"


class Reply(NamedTuple):
    """An answer; header names in lower case. ``body`` is a JSON value, the text of anything else, or bytes."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str


class Service:
    """One deployment. ``engine`` and ``clock`` may be looked at and moved; nothing happens between two calls.

    While a call waits for the decider, ``meanwhile`` happens: everything there is to do, if a test says nothing else.
    """

    def __init__(self, settings: Settings = LOCAL) -> None:
        self.clock = VirtualClock(START)
        self.store = MemoryExecutionStore()
        simple = bootstrap.in_memory(settings, clock=self.clock, on_error=_fail)
        self.meanwhile: Callable[[], None] = self.work
        adapters = msgspec.structs.replace(simple.adapters, store=self.store, waiter=self)
        self.engine: Engine = bootstrap.assemble(settings, adapters, _fail)
        self._client = Client(application.app, stage_name="local")

    # --- in front ---------------------------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        json: Any = ...,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        checked: bool = True,
    ) -> Reply:
        """One request, with ``json`` or ``body``. Fails if the answer is not one the description allows.

        ``checked`` can be put off where an answer has very many rows, since checking takes a millisecond a row.
        """
        given = dict(headers or {})
        if json is not ...:
            body, given = jsonvalue.dumps(json), {"Content-Type": "application/json", **given}
        with bootstrap.use(self.engine):
            response = self._client.http.request(method, path, headers=given, body=body)
        reply = _to_reply(response.status_code, response.headers, response.body or b"")
        if checked:
            _check(method, path, reply)
        return reply

    def call_gateway(
        self, method: str, path: str, *, resource: str = "/{proxy+}", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request as the gateway hands it on, to ``resource``; the test client knows no greedy routes."""
        event = {
            "path": path,
            "headers": dict(headers or {}),
            "multiValueQueryStringParameters": None,
            "pathParameters": {"proxy": path.lstrip("/")},
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "path": f"/api{path}",
                "requestId": "request-1",
            },
            "stageVariables": None,
            "body": None,
            "isBase64Encoded": False,
        }
        with bootstrap.use(self.engine):
            response = application.app(event, SimpleNamespace(aws_request_id="invocation-1"))
        reply = _to_reply(response["statusCode"], response["headers"], response["body"].encode())
        _check(method, path, reply)
        return reply

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", BASE + path, headers=headers)

    def post(self, path: str, json: Any, **headers: str) -> Reply:
        return self.call("POST", BASE + path, json, headers=headers)

    def control(self, execution_id: str, path: str, json: Any = ..., **headers: str) -> Reply:
        """A request that takes an execution in hand: a PUT of variables, a POST of anything else."""
        method = "PUT" if path.startswith("variables") else "POST"
        return self.call(method, f"{BASE}/executions/{execution_id}/{path}", json, headers=headers)

    # --- behind -----------------------------------------------------------------------------------------------------

    def begin(self, definition: dict[str, Any], execution_id: str = "e-1", input: Any = None) -> Service:
        """Register ``definition`` and start one execution, which comes as far as it can by itself."""
        assert self.post("", definition).status == 201
        started = self.post(f"/{definition['id']}/execute", {"input": input, "execution_id": execution_id})
        assert started.status == 201, started.body
        self.work()
        return self

    def wait(self, seconds: float) -> None:
        """Be the engine's ``Waiter``."""
        self.meanwhile()

    def work(self) -> None:
        """Turn every crank until nothing moves: commands, tasks and wake-ups that are due, and the stream."""
        while any([self._decide(), self._run_tasks(), self._wake(), self._publish()]):
            pass

    def _decide(self) -> bool:
        queue: Any = self.engine.adapters.commands
        received = queue.receive(10, now=self.clock.now())
        return _settled(queue, received, self.engine.advance.handle(received))

    def _run_tasks(self) -> bool:
        queue: Any = self.engine.adapters.tasks
        received = queue.receive(10, now=self.clock.now())
        return _settled(queue, received, self.engine.work.handle(received))

    def _wake(self) -> bool:
        queue: Any = self.engine.adapters.wakeups
        received = queue.receive(10, now=self.clock.now())
        for delivery in received:
            self.engine.wake.handle(delivery)
        return _settled(queue, received, [])

    def _publish(self) -> bool:
        received = self.store.stream.receive(1_000)
        for execution_id, number in received:
            self.engine.publish.handle(execution_id, [self.store.at(execution_id, number)])
        self.store.stream.acknowledge(len(received))
        return bool(received)


def _settled(queue: Any, received: list[Any], failed: list[str]) -> bool:
    for delivery in received:
        if delivery.delivery_id in failed:
            queue.release(delivery.delivery_id)
        else:
            queue.acknowledge(delivery.delivery_id)
    return bool(received)


def _fail(execution_id: str, error: Exception) -> None:
    raise AssertionError(f"{execution_id}: {error!r}") from error


def _to_reply(status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    lowered = {name.lower(): value for name, value in headers.items()}
    media_type = lowered.get("content-type", "").partition(";")[0]
    if media_type == "image/png":
        return Reply(status, content, lowered, "")
    text = content.decode()
    is_json = media_type.endswith("json")
    return Reply(status, (jsonvalue.loads(text) if is_json else text) if text else None, lowered, text)


def _check(method: str, path: str, reply: Reply) -> None:
    if reply.text:
        contract.check(method, path, reply.status, reply.headers["content-type"], reply.body)


def segment(text: str) -> str:
    """A path segment with everything in it escaped."""
    return quote(text, safe="")


def pages(service: Service, path: str, name: str) -> Iterator[list[Any]]:
    """Every page of a list, by its cursors."""
    cursor = ""
    while True:
        joint = "&" if "?" in path else "?"
        reply = service.get(f"{path}{joint}cursor={segment(cursor)}" if cursor else path)
        assert reply.status == 200, reply.body
        yield reply.body[name]
        if "next_cursor" not in reply.body:
            return
        cursor = reply.body["next_cursor"]

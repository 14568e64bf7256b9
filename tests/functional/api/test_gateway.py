"""What every answer has, and what happens outside of all routes. Layer: tests."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

import app as application
import chalicelib
from chalicelib import bootstrap, observability
from chalicelib.domain.errors import Unavailable, WeftError
from chalicelib.settings import Settings
from tests.functional.api.service import BASE, LOCAL, Service

PAGE = "https://console.example"


# --- health ---------------------------------------------------------------------------------------------------------


def test_health_answers_when_nothing_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_MAX_STEP_RUNS", "many")

    response = application.app(event("GET", "/health", "/health"), SimpleNamespace(aws_request_id="i"))

    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {"status": "ok", "stage": None, "version": chalicelib.__version__}


def test_health_names_the_stage_when_there_is_one(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_STAGE", "prod")

    assert service.call("GET", "/health").body["stage"] == "prod"


# --- routes that are not there ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/api", "/api/v1/nodes", "/api/v2/workflows", "/api/v1/workflows/a/b/c/d", "/consoles", "/x" * 2000, "/😀"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_a_path_is_unknown_when_no_route_has_it(service: Service, method: str, path: str) -> None:
    reply = service.call_gateway(method, path, resource="/" if path == "/" else "/{proxy+}")

    assert (reply.status, reply.body["code"]) == (404, "UnknownRoute")
    assert "There is no route" in reply.body["detail"]
    assert len(reply.body["detail"]) < 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/workflows", "GET, POST"),
        ("PATCH", "/api/v1/workflows/hello", "GET, PUT, DELETE"),
        ("GET", "/api/v1/workflows/hello/execute", "POST"),
        ("POST", "/api/v1/workflows/executions/e-1/", "GET"),
        ("HEAD", "/health", "GET"),
    ],
)
def test_a_method_is_refused_with_those_there_are_when_a_path_lacks_it(
    service: Service, method: str, path: str, allowed: str
) -> None:
    greedy = service.call_gateway(method, path)
    direct = service.call(method, path)

    for reply in (greedy, direct):
        assert (reply.status, reply.body["code"], reply.headers["allow"]) == (405, "MethodNotAllowed", allowed)


# --- headers --------------------------------------------------------------------------------------------------------


def test_every_answer_has_the_common_headers_when_it_leaves(service: Service) -> None:
    for reply in (service.call_gateway("GET", "/nowhere"), service.call_gateway("GET", BASE, resource=BASE)):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-request-id"] == "request-1"


@pytest.mark.parametrize("origins", [[PAGE], ["*"]])
def test_a_page_may_read_an_answer_when_its_origin_is_let_in(origins: list[str]) -> None:
    service = Service(Settings(stage="local", aws_endpoint_url=LOCAL.aws_endpoint_url, cors_origins=origins))

    reply = service.get("", Origin=PAGE, Authorization="Bearer dev:ann:weft-viewers")
    preflight = service.call_gateway("OPTIONS", BASE, headers={"Origin": PAGE})

    assert reply.headers["access-control-allow-origin"] == PAGE
    assert reply.headers["vary"] == "Origin"
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
    assert "DELETE" in preflight.headers["access-control-allow-methods"]


def test_no_page_may_read_an_answer_when_no_origin_is_let_in(service: Service) -> None:
    reply = service.get("", Origin=PAGE, Authorization="Bearer dev:ann:weft-viewers")
    preflight = service.call_gateway("OPTIONS", BASE, headers={"Origin": PAGE})

    for answer in (reply, preflight):
        assert answer.headers["vary"] == "Origin"
        assert not any(name.startswith("access-control") for name in answer.headers)


# --- what goes wrong inside -------------------------------------------------------------------------------------------


def have_status_fail(service: Service, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the store failed when a status is asked for."""

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(type(service.engine.queries), "status", fail)


def event(method: str, path: str, resource: str, **parameters: str) -> dict[str, Any]:
    return {
        "path": path,
        "headers": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters,
        "requestContext": {"httpMethod": method, "resourcePath": resource, "requestId": "request-1"},
        "stageVariables": None,
        "body": None,
    }


@pytest.mark.parametrize("error", [RuntimeError("password=hunter2"), WeftError("password=hunter2")])
def test_nothing_inside_is_told_when_something_unplanned_happens(
    service: Service, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    have_status_fail(service, error, monkeypatch)
    path = f"{BASE}/executions/e-1"
    with bootstrap.use(service.engine), caplog.at_level(logging.ERROR):
        response = application.app(
            event("GET", path, f"{BASE}/executions/{{execution_id}}", execution_id="e-1"), SimpleNamespace()
        )

    body = json.loads(response["body"])
    assert (response["statusCode"], body["code"], body["request_id"]) == (500, "InternalError", "request-1")
    assert response["headers"]["Content-Type"] == "application/problem+json"
    assert "hunter2" not in response["body"]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_an_answer_says_when_to_come_again_when_a_store_throttles(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_status_fail(service, Unavailable("The store throttles."), monkeypatch)

    reply = service.get("/executions/e-1")

    assert (reply.status, reply.body["code"], reply.headers["retry-after"]) == (503, "Unavailable", "1")


def test_the_settings_at_fault_are_logged_and_not_told_when_they_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"WEFT_STAGE": "prod", "WEFT_MAX_STEP_RUNS": "many"}
    monkeypatch.setattr(bootstrap, "settings", lambda: Settings.from_env(broken))

    for resource, path in ((BASE, BASE), ("/{proxy+}", "/nowhere")):
        caplog.clear()
        given = event("GET", path, resource, proxy="nowhere")
        given["headers"] = {"Origin": PAGE}
        response = application.app(given, SimpleNamespace())
        assert response["statusCode"] == 500
        assert "WEFT_MAX_STEP_RUNS" not in response["body"]
        assert "WEFT_MAX_STEP_RUNS" in caplog.text


def test_an_unreadable_invocation_is_answered_when_it_is_no_request() -> None:
    response = application.app({"made": "by hand"}, SimpleNamespace())

    assert response["statusCode"] == 500


def test_a_view_is_found_in_the_trace_by_its_execution(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    spans: list[tuple[str, dict[str, str]]] = []

    @contextmanager
    def span(name: str, **annotations: str) -> Iterator[None]:
        spans.append((name, annotations))
        yield

    monkeypatch.setattr(observability, "span", span)

    service.get("/executions/e-1/history")

    assert spans == [("get_history", {"execution_id": "e-1"})]


def test_every_line_names_the_caller_and_the_execution_when_a_request_is_logged(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    info = observability.logger().info

    def note(*arguments: object, **more: Any) -> None:
        seen.append(dict(observability.logger().get_current_keys()))
        info(*arguments, **more)

    monkeypatch.setattr(observability.logger(), "info", note)

    service.call_gateway("GET", BASE, resource=BASE)
    service.get("/executions/e-1", Authorization="Bearer dev:ann:weft-viewers")

    (keys,) = seen
    assert (keys["execution_id"], keys["caller"]) == ("e-1", "ann")
    assert "execution_id" not in observability.logger().get_current_keys()

"""``http.request`` against real servers on loopback: what is sent, and what comes back.

Layer: tests.
"""

from __future__ import annotations

import base64
import json
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.http.activity import run
from tests.unit.activities.built_in.calls import ALLOWED, echo, refusal, request, says
from tests.unit.activities.built_in.servers import http_server
from tests.unit.activities.fakes import Attempts, a_context, a_runner, a_task, error_of, output_of

# --- what is sent ---------------------------------------------------------------------------------------------------


def test_the_answer_is_given_when_a_page_is_read() -> None:
    with http_server(says(200, b"hello", "text/plain", X_Seen="yes")) as server:
        given = request(server.url("/a?x=1"), query={"y": "2 3"}, headers={"Accept": "text/plain"})
    assert given["status"] == 200
    assert given["body"] == "hello"
    assert given["headers"]["x-seen"] == "yes"
    assert given["headers"]["content-type"] == "text/plain"
    method, path, headers, body = server.requests[0]
    assert (method, path, body) == ("GET", "/a?x=1&y=2+3", b"")
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["accept"] == "text/plain"
    assert headers["user-agent"] == "weft"
    assert "idempotency-key" not in headers


@pytest.mark.parametrize("method", ["POST", "put", "PATCH", "DELETE"])
def test_json_is_sent_with_the_key_of_the_step_when_something_is_changed(method: str) -> None:
    with http_server(echo) as server:
        request(server.url(), method=method, json={"n": 1, "ü": [None]})
    sent_method, _, headers, body = server.requests[0]
    assert sent_method == method.upper()
    assert json.loads(body) == {"n": 1, "ü": [None]}
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "exec-1:work#1"


def test_null_is_sent_when_json_is_null() -> None:
    with http_server(echo) as server:
        assert request(server.url(), method="POST", json=None)["body"] == "null"


def test_text_is_sent_when_a_body_is_given() -> None:
    with http_server(echo) as server:
        assert request(server.url(), method="POST", body="grüße")["body"] == "grüße"
    assert server.headers["content-type"] == "text/plain; charset=utf-8"


def test_headers_are_the_users_when_they_are_given() -> None:
    with http_server(echo) as server:
        request(
            server.url(),
            method="POST",
            json={},
            headers={"Content-Type": "application/merge-patch+json", "Idempotency-Key": "mine", "User-Agent": "me"},
        )
    assert server.headers["content-type"] == "application/merge-patch+json"
    assert server.headers["idempotency-key"] == "mine"
    assert server.headers["user-agent"] == "me"


def test_no_key_is_sent_when_it_is_not_wanted() -> None:
    with http_server(echo) as server:
        request(server.url(), method="POST", body="", idempotency_key=False)
    assert "idempotency-key" not in server.headers


def test_it_runs_by_name_when_a_runner_has_it() -> None:
    _, runner = a_runner(ALLOWED)
    with http_server(says(200, b'{"a": 1}', "application/json")) as server:
        outcome = runner.run(a_task("http.request", {"url": server.url()}), still_open=Attempts())
    assert output_of(outcome)["json"] == {"a": 1}


def test_no_frame_of_ours_is_shown_when_it_fails() -> None:
    _, runner = a_runner()
    error = error_of(runner.run(a_task("http.request", {"url": "nowhere"}), still_open=Attempts()))
    assert error.code == "InvalidInput"
    assert error.stack_trace is None


@pytest.mark.parametrize(
    ("input", "field", "reason"),
    [
        ({}, "url", "missing required field"),
        ({"url": 5}, "url", "Expected `str`"),
        ({"url": "ftp://a/"}, "url", "must begin with http"),
        ({"url": "http://a/", "query": {"q": {}}}, "url", "query parameter 'q'"),
        ({"url": "http://a/", "methd": "GET"}, "methd", "unknown field .*known are .*method"),
        ({"url": "http://a/", "method": "TRACE"}, "method", "'TRACE' is none of DELETE, GET"),
        ({"url": "http://a/", "method": "GET / HTTP/1.1\r\nX: y"}, "method", "is none of"),
        ({"url": "http://a/", "body": "x", "json": {}}, "json", "either body or json"),
        ({"url": "http://a/", "headers": {"Host": "b"}}, "headers", "'Host' is not a header that can be set"),
        ({"url": "http://a/", "headers": {"Content-Length": "1"}}, "headers", "can be set"),
        ({"url": "http://a/", "headers": {"transfer-encoding": "chunked"}}, "headers", "can be set"),
        ({"url": "http://a/", "headers": {"a b": "1"}}, "headers", "can be set"),
        ({"url": "http://a/", "headers": {"": "1"}}, "headers", "can be set"),
        ({"url": "http://a/", "headers": {"X": "a\r\nY: b"}}, "headers", "holds a character"),
        ({"url": "http://a/", "headers": {"X": "a\n"}}, "headers", "holds a character"),
        ({"url": "http://a/", "headers": {"X": "☃"}}, "headers", "holds a character"),
        ({"url": "http://a/", "headers": {"X": 1}}, "headers[...]", "Expected `str`"),
        ({"url": "http://a/", "timeout_seconds": 0}, "timeout_seconds", "> 0"),
        ({"url": "http://a/", "timeout_seconds": 901}, "timeout_seconds", "<= 900"),
        ({"url": "http://a/", "max_redirects": 11}, "max_redirects", "<= 10"),
        ({"url": "http://a/", "expected_status": "ok"}, "expected_status", "'ok' is neither"),
        ({"url": "http://a/", "expected_status": [200, 99]}, "expected_status[1]", ">= 100"),
        ([], None, "Expected `object`, got `array`"),
        ("http://a/", None, "Expected `object`, got `str`"),
    ],
)
def test_the_field_is_named_when_the_input_does_not_fit(input: Any, field: str | None, reason: str) -> None:
    with pytest.raises(ActivityError, match=reason) as refused:
        run(input, a_context(), Services(ALLOWED))
    error = refused.value
    assert (error.code, error.retryable) == ("InvalidInput", False)
    assert error.message.startswith("http.request: ")
    assert error.details == (None if field is None else {"field": field})


# --- what comes back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "shown"),
    [
        (b'{"n": 1e400}', "application/json; charset=utf-8", "json"),
        (b'{"title": "x"}', "application/problem+json", "json"),
        (b"null", "application/json", "json"),
        (b"not json", "application/json", "body"),
        (b"", "application/json", "body"),
        (b"", None, "body"),
        ("grün".encode("latin-1"), "text/plain; charset=iso-8859-1", "body"),
        (b"plain", "text/plain; charset=no-such", "body_base64"),
        (b"\xff\xfe\x00", "application/octet-stream", "body_base64"),
    ],
)
def test_the_content_is_shown_by_its_kind(body: bytes, kind: str | None, shown: str) -> None:
    with http_server(says(200, body, kind)) as server:
        given = request(server.url())
    assert {"json", "body", "body_base64"} & set(given) == {shown}
    if shown == "body_base64":
        assert base64.b64decode(given["body_base64"]) == body
    if kind is not None and "8859" in kind:
        assert given["body"] == "grün"


def test_headers_are_joined_when_one_is_repeated() -> None:
    def repeat(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(204)
        handler.send_header("X-Part", "one")
        handler.send_header("X-Part", "two")
        handler.end_headers()

    with http_server(repeat) as server:
        assert request(server.url())["headers"]["x-part"] == "one, two"


def test_nothing_is_read_when_only_the_head_is_asked_for() -> None:
    with http_server(says(200, b"long", "text/plain")) as server:
        given = request(server.url(), method="HEAD")
    assert (given["body"], given["headers"]["content-length"]) == ("", "4")


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (401, False), (404, False), (408, True), (425, True), (429, True), (500, True), (503, True)],
)
def test_the_step_fails_when_the_status_is_not_expected(status: int, retryable: bool) -> None:
    with http_server(says(status, b"x" * 5_000, "text/plain", Retry_After="7")) as server:
        error = refusal(server.url())
    assert (error.code, error.retryable) == ("HttpStatusError", retryable)
    assert f"answered with status {status}" in error.message
    assert error.details == {"status": status, "body": "x" * 2_000, "retry_after": "7"}


@pytest.mark.parametrize(
    ("expected", "status", "succeeds"),
    [
        (404, 404, True),
        (404, 200, False),
        ([200, "4xx"], 410, True),
        ([200, "4xx"], 500, False),
        ("5xx", 503, True),
        ("2xx", 204, True),
    ],
)
def test_a_status_is_a_success_when_it_is_expected(expected: Any, status: int, succeeds: bool) -> None:
    with http_server(says(status)) as server:
        if succeeds:
            assert request(server.url(), expected_status=expected)["status"] == status
        else:
            assert refusal(server.url(), expected_status=expected).details == {"status": status, "body": ""}

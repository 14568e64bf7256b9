"""``http.request`` against real servers on loopback.

Layer: tests.
"""

from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.http.activity import run
from chalicelib.settings import Settings
from tests.unit.activities.built_in.servers import Handler, answer, drips, http_server, raw_server
from tests.unit.activities.fakes import NOON, Attempts, a_context, a_runner, a_task, error_of, output_of

SHORT_SECONDS = 0.15
ALLOWED = Settings(http_allowed_private_hosts=["127.0.0.1"])


def request(url: str, *, settings: Settings = ALLOWED, context: Any = None, **input: Any) -> dict[str, Any]:
    return run({"url": url, **input}, context or a_context(), Services(settings))


def refusal(url: str, **fields: Any) -> ActivityError:
    with pytest.raises(ActivityError) as refused:
        request(url, **fields)
    return refused.value


def says(*arguments: Any, **fields: Any) -> Handler:
    return lambda handler, body: answer(handler, *arguments, **fields)


def echo(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    answer(handler, 200, body, "text/plain; charset=utf-8")


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


# --- redirects ------------------------------------------------------------------------------------------------------


def redirects(status: int, location: str) -> Handler:
    def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if handler.path == "/from":
            answer(handler, status, b"", Location=location)
        else:
            answer(handler, 200, body or b"-", "text/plain")

    return respond


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "DELETE", "DELETE"),
        (302, "GET", "GET"),
    ],
)
def test_a_redirect_is_followed_with_the_right_method(status: int, method: str, then: str) -> None:
    with http_server(redirects(status, "/to?x=1")) as server:
        given = request(server.url("/from"), method=method, json={"a": 1})
    assert given["status"] == 200
    assert [(sent[0], sent[1]) for sent in server.requests] == [(method, "/from"), (then, "/to?x=1")]
    assert (server.requests[1][3] != b"") == (then != "GET" or method == "GET")
    if then == "GET" and method != "GET":
        assert not {"content-type", "idempotency-key"} & set(server.headers)


def test_secrets_stay_behind_when_a_redirect_leads_to_another_origin() -> None:
    secrets = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/plain"}
    with http_server(redirects(307, "unused")) as there:
        with http_server(redirects(307, there.url("/to"))) as here:
            request(here.url("/from"), method="POST", body="b", headers=secrets)
        assert here.headers["authorization"] == "Bearer x"
        assert not {"authorization", "cookie", "x-api-key"} & set(there.headers)
        assert there.headers["accept"] == "text/plain"
        assert there.headers["idempotency-key"] == "exec-1:work#1"
        assert there.requests[0][3] == b"b"


def test_secrets_go_along_when_a_redirect_stays_at_its_origin() -> None:
    with http_server(redirects(302, "/to")) as server:
        request(server.url("/from"), headers={"Authorization": "Bearer x"})
    assert server.headers["authorization"] == "Bearer x"


def test_redirects_end_when_there_are_too_many() -> None:
    with http_server(says(302, b"", Location="/again")) as server:
        error = refusal(server.url(), max_redirects=3)
    assert (error.code, error.retryable) == ("HttpTooManyRedirects", False)
    assert len(server.requests) == 4


@pytest.mark.parametrize(("fields", "headers"), [({"max_redirects": 0}, {"Location": "/x"}), ({}, {})])
def test_a_redirect_is_an_answer_when_it_is_not_to_be_followed(fields: Any, headers: Any) -> None:
    with http_server(says(302, b"", **headers)) as server:
        assert request(server.url(), expected_status=302, **fields)["status"] == 302
        assert refusal(server.url(), **fields).code == "HttpStatusError"


def test_a_redirect_is_refused_when_its_target_is_doubtful() -> None:
    with http_server(says(302, b"", Location="file:///etc/passwd")) as server:
        error = refusal(server.url())
    assert (error.code, error.retryable) == ("HttpRedirectRefused", False)


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "fits"), [(1_000, True), (1_001, False)])
def test_the_answer_is_bounded_in_size(size: int, fits: bool) -> None:
    settings = Settings(http_allowed_private_hosts=["127.0.0.1"], http_max_response_bytes=1_000)
    with http_server(says(200, b"x" * size, "text/plain")) as server:
        if fits:
            assert len(request(server.url(), settings=settings)["body"]) == size
        else:
            error = refusal(server.url(), settings=settings)
            assert (error.code, error.retryable) == ("PayloadTooLarge", False)


def test_reading_stops_when_an_answer_has_no_end() -> None:
    def endless(connection: socket.socket, over: threading.Event) -> None:
        drips(connection, over, b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536)

    with raw_server(endless) as port:
        assert refusal(f"http://127.0.0.1:{port}/").code == "PayloadTooLarge"


def test_the_size_is_that_of_the_content_when_it_comes_compressed() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    with http_server(says(200, bomb, "text/plain", Content_Encoding="gzip")) as server:
        assert refusal(server.url()).code == "PayloadTooLarge"
    with http_server(says(200, gzip.compress(b"small"), "text/plain", Content_Encoding="gzip")) as server:
        assert request(server.url())["body"] == "small"
    assert server.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),  # says nothing at all
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),  # a header that never ends
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),  # a body that takes its time
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),  # never comes to the point
    ],
)
def test_one_deadline_covers_all_when_the_other_side_is_slow(first: bytes, drop: bytes) -> None:
    with raw_server(lambda connection, over: drips(connection, over, first, drop)) as port:
        error = refusal(f"http://127.0.0.1:{port}/", timeout_seconds=SHORT_SECONDS)
    assert (error.code, error.retryable) == ("Timeout", True)
    assert f"no answer from 127.0.0.1:{port} within 0.15 s" in error.message


def test_the_connection_is_cut_when_the_time_is_over() -> None:
    cut = threading.Event()

    def listen(connection: socket.socket, over: threading.Event) -> None:
        while connection.recv(65_536):
            pass
        cut.set()

    with raw_server(listen) as port:
        assert refusal(f"http://127.0.0.1:{port}/", timeout_seconds=SHORT_SECONDS).code == "Timeout"
        assert cut.wait(30)


def test_the_setting_bounds_the_time_when_the_input_does_not() -> None:
    settings = Settings(http_allowed_private_hosts=["127.0.0.1"], http_timeout_seconds=SHORT_SECONDS)
    with raw_server(lambda connection, over: drips(connection, over, b"", b"")) as port:
        assert "within 0.15 s" in refusal(f"http://127.0.0.1:{port}/", settings=settings).message


def test_the_attempts_deadline_wins_when_it_is_earlier() -> None:
    context = a_context(deadline=NOON + timedelta(seconds=SHORT_SECONDS))
    with raw_server(lambda connection, over: drips(connection, over, b"", b"")) as port:
        error = refusal(f"http://127.0.0.1:{port}/", context=context, timeout_seconds=60)
    assert "within 0.15 s" in error.message


def test_nothing_is_sent_when_the_attempts_deadline_has_passed() -> None:
    with http_server(echo) as server:
        error = refusal(server.url(), context=a_context(deadline=NOON - timedelta(seconds=1)))
    assert (error.code, error.retryable) == ("Timeout", True)
    assert server.requests == []


# --- trouble --------------------------------------------------------------------------------------------------------


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_network_error_is_retryable_when_nobody_listens() -> None:
    error = refusal(f"http://127.0.0.1:{unused_port()}/")
    assert (error.code, error.retryable) == ("HttpNetworkError", True)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
    ],
)
def test_a_network_error_is_retryable_when_the_answer_is_broken(sent: bytes) -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(sent)

    with raw_server(talk) as port:
        error = refusal(f"http://127.0.0.1:{port}/")
    assert (error.code, error.retryable) == ("HttpNetworkError", True)
    assert error.__cause__ is not None


def test_no_proxy_is_used_when_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    with http_server(echo) as server:
        assert request(server.url())["status"] == 200

"""``http.request`` follows redirects, with the right method and without secrets.

Layer: tests.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.unit.activities.built_in.calls import refusal, request, says
from tests.unit.activities.built_in.servers import Handler, answer, http_server


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

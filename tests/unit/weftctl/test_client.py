"""The client of the REST interface: what it sends, what it makes of answers. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from weftctl.client import WeftClient, path
from weftctl.failures import ExitCode, ServiceFailure, UsageFailure

Handler = Callable[[httpx.Request], httpx.Response]


class Service:
    """Answers with what it is given, the last answer repeating; keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []
        self._answers = list(answers)

    def client(self, **options: Any) -> WeftClient:
        transport = httpx.MockTransport(self._answer)
        return WeftClient("http://weft.test/stage/", transport=transport, pause=self.pauses.append, **options)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def problem(status: int, **fields: Any) -> httpx.Response:
    return httpx.Response(status, json={"type": "about:blank", "title": "No", "status": status, **fields})


def test_a_request_carries_path_query_and_identity() -> None:
    service = Service(httpx.Response(200, json={"a": 1}))
    answer = service.client(token="dev:ann:leads", api_key="k1").get("/workflows", {"page_size": 5, "cursor": None})
    (request,) = service.requests
    assert answer == {"a": 1}
    assert str(request.url) == "http://weft.test/stage/api/v1/workflows?page_size=5"
    assert request.headers["Authorization"] == "Bearer dev:ann:leads"
    assert request.headers["X-Api-Key"] == "k1"


def test_no_identity_is_sent_when_none_is_given() -> None:
    service = Service(httpx.Response(204))
    assert service.client().delete("/workflows/a") is None
    assert not {"authorization", "x-api-key"} & set(service.requests[0].headers)


def test_numbers_keep_every_digit_both_ways() -> None:
    service = Service(httpx.Response(200, content=b'{"n": 123456789012345678901234567890, "d": 1e400}'))
    answer = service.client().post("/x", {"n": 2**70})
    assert service.requests[0].content == b'{"n":1180591620717411303424}'
    assert answer == {"n": 123456789012345678901234567890, "d": Decimal("1e400")}


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_a_path_is_refused_when_a_segment_would_name_another_place(segment: str) -> None:
    with pytest.raises(UsageFailure, match="is no id"):
        path("workflows", "executions", segment)


def test_a_path_stays_one_segment_when_an_id_only_begins_with_dots() -> None:
    assert path("workflows", "...", "..a") == "/workflows/.../..a"


def test_a_path_stays_one_segment_when_an_id_has_slashes() -> None:
    assert path("workflows", "a/../b", "ü?") == "/workflows/a%2F..%2Fb/%C3%BC%3F"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_request_is_repeated_with_the_same_key_when_it_may_succeed_later(status: int) -> None:
    service = Service(httpx.Response(status), httpx.ReadTimeout("slow"), httpx.Response(201, json={"ok": True}))
    assert service.client().post("/x", {}) == {"ok": True}
    keys = [request.headers["Idempotency-Key"] for request in service.requests]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert service.pauses == [0.3, 1.0]


@pytest.mark.parametrize(("asked", "pause"), [("3", 3.0), ("9999", 10.0), ("0", 0.3), ("Wed, 21 Oct", 0.3)])
def test_the_pause_is_the_one_asked_for_when_it_is_reasonable(asked: str, pause: float) -> None:
    service = Service(httpx.Response(503, headers={"Retry-After": asked}), httpx.Response(200, json=1))
    assert service.client().get("/x") == 1
    assert service.pauses == [pause]


def test_the_service_is_given_up_when_it_stays_unavailable() -> None:
    service = Service(problem(503, code="Unavailable", detail="The store throttles"))
    with pytest.raises(ServiceFailure, match=r"The store throttles \[Unavailable\]") as caught:
        service.client().get("/x")
    assert len(service.requests) == 3
    assert caught.value.exit_code is ExitCode.SERVICE
    assert caught.value.status == 503


def test_the_service_is_given_up_when_answers_stay_lost() -> None:
    service = Service(httpx.ReadTimeout("slow"))
    with pytest.raises(ServiceFailure, match="did not answer GET /stage/api/v1/x"):
        service.client().get("/x")
    assert len(service.requests) == 3


def test_the_endpoint_is_named_at_once_when_nobody_listens() -> None:
    service = Service(httpx.ConnectError("refused"))
    with pytest.raises(ServiceFailure, match=r"No service answers at http://weft\.test/stage") as caught:
        service.client().get("/x")
    assert len(service.requests) == 1
    assert "weft dev" in caught.value.remedy


def test_the_problem_is_told_when_the_service_refuses() -> None:
    service = Service(problem(409, code="VersionExists", detail="Version 1.0.0 has other content"))
    with pytest.raises(ServiceFailure) as caught:
        service.client().post("/workflows", {})
    assert caught.value.message == "Version 1.0.0 has other content [VersionExists]"
    assert caught.value.code == "VersionExists"
    assert caught.value.exit_code is ExitCode.SERVICE


def test_each_finding_is_a_line_when_a_definition_is_refused() -> None:
    errors = [
        {"code": "NoEnd", "pointer": "/steps", "message": "There is no end", "hint": "Add one"},
        {"code": "X", "path": "$.a", "message": "m"},
        "odd",
    ]
    service = Service(problem(400, code="InvalidDefinition", detail="Not valid", errors=errors))
    with pytest.raises(ServiceFailure) as caught:
        service.client().post("/workflows", {})
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.details == ("/steps: There is no end [NoEnd] (Add one)", "$.a: m [X]", "odd")


@pytest.mark.parametrize(("status", "remedy"), [(401, "Sign in"), (403, "Ask for the right")])
def test_the_remedy_is_named_when_identity_is_the_matter(status: int, remedy: str) -> None:
    service = Service(problem(status))
    with pytest.raises(ServiceFailure, match=rf"No \[{status}\]") as caught:
        service.client().get("/x")
    assert caught.value.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (httpx.Response(404, text="<html>\n  nothing here"), "was answered with 404: <html> nothing here"),
        (httpx.Response(500), "was answered with 500: an empty body"),
        (httpx.Response(500, json=[1]), r"was answered with 500: \[1\]"),
        (httpx.Response(302, headers={"Location": "http://other.test"}), "was answered with 302"),
        (httpx.Response(400, json={"code": "X"}), r"The service refused the request\. \[X\]"),
    ],
)
def test_the_answer_is_quoted_when_it_is_no_problem_document(response: httpx.Response, words: str) -> None:
    with pytest.raises(ServiceFailure, match=words):
        Service(response).client().get("/x")


def test_a_success_is_refused_when_it_is_not_json() -> None:
    with pytest.raises(ServiceFailure, match="is a Weft service running there"):
        Service(httpx.Response(200, text="hello")).client().get("/x")


def test_items_are_followed_page_after_page_when_there_are_several() -> None:
    pages = [
        httpx.Response(200, json={"events": [1, 2], "next_cursor": "c1"}),
        httpx.Response(200, json={"events": [3]}),
    ]
    service = Service(*pages)
    assert list(service.client().items("/e", "events", {"step_id": "a"})) == [1, 2, 3]
    assert [dict(request.url.params) for request in service.requests] == [
        {"step_id": "a", "page_size": "100"},
        {"step_id": "a", "page_size": "100", "cursor": "c1"},
    ]


def test_no_more_pages_are_read_when_the_limit_is_reached() -> None:
    pages = [
        httpx.Response(200, json={"events": list(range(100)), "next_cursor": "c1"}),
        httpx.Response(200, json={"events": [100, 101], "next_cursor": "c2"}),
    ]
    service = Service(*pages)
    assert list(service.client().items("/e", "events", {}, limit=102)) == list(range(102))
    assert [request.url.params["page_size"] for request in service.requests] == ["100", "2"]


@pytest.mark.parametrize("endpoint", ["", "localhost:8080", "ftp://x", "http://", "file:///etc"])
def test_an_endpoint_is_refused_when_it_is_no_http_address(endpoint: str) -> None:
    with pytest.raises(UsageFailure, match="is no http or https address"):
        WeftClient(endpoint)


@pytest.mark.parametrize("option", ["token", "api_key"])
def test_a_credential_is_refused_when_no_header_may_hold_it(option: str) -> None:
    given: dict[str, Any] = {option: "se\ncret"}
    with pytest.raises(UsageFailure, match=f"--{option.replace('_', '-')}: holds characters") as caught:
        WeftClient("http://weft.test", **given)
    assert "cret" not in caught.value.message

"""The front port passes everything on unchanged. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.unit.local.upstream import EchoingUpstream
from weftctl.local.ports import ANY_PORT, LOOPBACK, free_port, listen, port_of
from weftctl.local.proxy import MAX_BODY_BYTES, FrontProxy, Upstream, escaped, passed_headers

BEHIND = "/restapis/rest1/api/_user_request_"


@pytest.fixture(scope="module")
def front() -> Iterator[str]:
    """The address (``host:port``) of a proxy before an echoing upstream."""
    with EchoingUpstream() as echoing:
        listener = listen(ANY_PORT)
        address = f"{LOOPBACK}:{port_of(listener)}"
        proxy = FrontProxy(echoing.upstream, listener)
        proxy.start()
        yield address
        proxy.stop()


@pytest.mark.parametrize(
    ("asked", "path", "query"),
    [
        ("/health", "/health", ""),
        ("/api/v1/workflows?page_size=2&cursor=a%2Bb%3D", "/api/v1/workflows", "page_size=2&cursor=a%2Bb%3D"),
        ("/api/v1/workflows/a%2Fb%20c", "/api/v1/workflows/a%252Fb%2520c", ""),
        ("/console/", "/console/", ""),
        ("/", "/", ""),
    ],
)
def test_path_and_query_arrive_as_they_were_sent_when_something_is_asked(
    front: str, asked: str, path: str, query: str
) -> None:
    seen = httpx.get(f"http://{front}{asked}").json()

    assert (seen["path"], seen["query"]) == (f"{BEHIND}{path}", query)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_method_body_and_headers_arrive_when_something_is_sent(front: str, method: str) -> None:
    sent = {"authorization": "Bearer dev:ann:x", "x-api-key": "k", "idempotency-key": "i", "te": "trailers"}

    seen = httpx.request(method, f"http://{front}/x", content="{}", headers=sent).json()

    assert (seen["method"], seen["body"]) == (method, "{}")
    assert {name: seen["headers"].get(name) for name in sent} == {**sent, "te": None}


def test_the_answer_comes_as_it_was_given_when_it_is_compressed(front: str) -> None:
    with httpx.stream("GET", f"http://{front}/x", headers={"x-wanted": "compressed"}) as answer:
        content = b"".join(answer.iter_raw())

    assert (answer.status_code, content) == (203, b"not really gzip")
    assert (answer.headers["content-encoding"], answer.headers["x-kept"]) == ("gzip", "1")
    assert answer.headers["content-length"] == str(len(content))


def test_a_head_has_no_body_when_it_is_answered(front: str) -> None:
    assert httpx.head(f"http://{front}/x").content == b""


@pytest.mark.parametrize("announced", [True, False])
def test_the_body_is_refused_when_it_is_over_the_limit(front: str, announced: bool) -> None:
    body = b"x" * (MAX_BODY_BYTES + 1)

    answer = httpx.post(f"http://{front}/x", content=body if announced else iter([body]))

    assert (answer.status_code, answer.json()["code"]) == (413, "PayloadTooLarge")
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_body_passes_when_it_is_at_the_limit(front: str) -> None:
    assert httpx.post(f"http://{front}/x", content=b"x" * MAX_BODY_BYTES).status_code == 200


def test_a_bad_gateway_is_answered_when_the_emulator_is_gone() -> None:
    listener = listen(ANY_PORT)
    proxy = FrontProxy(Upstream(f"{LOOPBACK}:{free_port()}", "r", "w", "api"), listener)
    proxy.start()
    try:
        answer = httpx.get(f"http://{LOOPBACK}:{port_of(listener)}/health")
        assert (answer.status_code, answer.json()["message"]) == (502, "the embedded AWS does not answer: ConnectError")
        with pytest.raises(InvalidStatus):
            connect(f"ws://{LOOPBACK}:{port_of(listener)}/ws", proxy=None)
    finally:
        proxy.stop()


def viewer(front: str, query: str = "", **headers: str) -> ClientConnection:
    return connect(f"ws://{front}/ws{query}", additional_headers=headers, proxy=None)


def test_messages_pass_both_ways_when_a_viewer_is_connected(front: str) -> None:
    with viewer(front, "?token=t", authorization="Bearer x") as connection:
        assert connection.recv(timeout=10) == "/_aws/execute-api/ws1/api?token=t Bearer x"

        for text in ("one", "two"):
            connection.send(text)
            assert connection.recv(timeout=10) == f"echo {text}"
            assert connection.recv(timeout=10) == text.encode()


@pytest.mark.parametrize(
    ("offered", "chosen"), [(["weft", "bearer.dG9rZW4"], "weft"), (["chosen", "weft"], "chosen"), (["other"], None)]
)
def test_the_subprotocols_are_passed_and_one_is_chosen_when_a_viewer_offers_some(
    front: str, offered: list[str], chosen: str | None
) -> None:
    subprotocols = [Subprotocol(name) for name in offered]
    with connect(f"ws://{front}/ws", subprotocols=subprotocols, proxy=None) as connection:
        assert str(connection.recv(timeout=10)).split()[2:] == offered
        assert connection.subprotocol == chosen


def test_the_viewer_is_told_the_code_when_the_other_side_closes(front: str) -> None:
    with viewer(front) as connection:
        connection.recv(timeout=10)
        connection.send("leave")

        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4001


def test_the_handshake_is_refused_with_the_same_status_when_the_other_side_refuses_it(front: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        viewer(front, authorization="refused")

    assert refused.value.response.status_code == 401


def test_a_viewer_is_let_go_when_the_proxy_stops() -> None:
    with EchoingUpstream() as echoing:
        listener = listen(ANY_PORT)
        proxy = FrontProxy(echoing.upstream, listener)
        proxy.start()
        with viewer(f"{LOOPBACK}:{port_of(listener)}") as connection:
            connection.recv(timeout=10)

            proxy.stop()

            with pytest.raises(ConnectionClosed):
                connection.recv(timeout=10)


def test_headers_of_the_connection_stay_when_headers_are_passed() -> None:
    given = [("Host", "h"), ("Connection", "close"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("X-Kept", "1")]

    assert passed_headers(given) == [("Set-Cookie", "a"), ("Set-Cookie", "b"), ("X-Kept", "1")]


def test_a_percent_sign_is_escaped_when_a_path_is_passed() -> None:
    assert escaped(b"/a%2Fb%25/c") == b"/a%252Fb%2525/c"

"""``http.request`` is bounded in size and time, and says what went wrong.

Layer: tests.
"""

from __future__ import annotations

import gzip
import socket
import threading
from datetime import timedelta

import pytest

from chalicelib.settings import Settings
from tests.unit.activities.built_in.calls import echo, refusal, request, says
from tests.unit.activities.built_in.servers import drips, http_server, raw_server
from tests.unit.activities.fakes import NOON, a_context

SHORT_SECONDS = 0.15


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

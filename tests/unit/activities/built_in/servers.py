"""HTTP servers on loopback: well-behaved ones, TLS ones, and ones that say exactly what a test wants.

Layer: tests.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Handler = Callable[[BaseHTTPRequestHandler, bytes], None]
LONG_SECONDS = 30.0


class Seen:
    """What the server was sent, in order: ``(method, path, headers, body)``."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def headers(self) -> dict[str, str]:
        """Of the last request, lower-case."""
        return self.requests[-1][2]

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def answer(
    handler: BaseHTTPRequestHandler, status: int = 200, body: bytes = b"", kind: str | None = None, **headers: str
) -> None:
    """Send a whole answer. Header names are given with underscores."""
    handler.send_response(status)
    if kind is not None:
        handler.send_header("Content-Type", kind)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


@contextmanager
def http_server(respond: Handler, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Seen]:
    """Serve until the block ends; ``respond`` gets the handler and the request's body."""

    class Responding(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            """The base class looks for ``do_GET`` and the like: every method is served alike."""
            if name.startswith("do_"):
                return self.serve
            raise AttributeError(name)

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.requests.append((self.command, self.path, headers, body))
            with suppress(OSError):  # a client that has read enough hangs up
                respond(self, body)

        def log_message(self, *arguments: Any) -> None:
            """Keep stderr clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is part of the test."""

    server = Server((host, 0), Responding)
    seen = Seen(server.server_address[1])
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LONG_SECONDS)


@contextmanager
def raw_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Serve connections one by one with ``talk(connection, over)``; ``over`` is set when the test ends."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(LONG_SECONDS)
                    talk(connection, over)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        # Wakes accept, whatever it waits for; closing alone would not.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(LONG_SECONDS)


def drips(connection: socket.socket, over: threading.Event, first: bytes, drop: bytes) -> None:
    """Read a request, send ``first``, then ``drop`` again and again until the test is over or the client gone."""
    connection.recv(65_536)
    with suppress(OSError):
        connection.sendall(first)
        while not over.wait(0.005):
            connection.sendall(drop)

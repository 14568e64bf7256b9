"""A service that answers as it is told, over HTTP on this machine. Layer: tests.

For what the command line does with answers; what the real service answers is tested with the service.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    """A request: ``query`` and ``body`` as values, ``headers`` by lower-case name."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


class FakeService:
    """Answers by method and path: a list is given one answer a request, its last one repeating."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self._answers: dict[tuple[str, str], list[tuple[int, Any]]] = {}

    def on(self, method: str, path: str, *answers: Any, status: int = 200) -> None:
        """Have ``path`` below the API's base answered with ``answers``."""
        self._answers[method, "/api/v1" + path] = [(status, answer) for answer in answers]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """The next answer."""
        self.asked.append(asked)
        known = self._answers.get((asked.method, asked.path))
        if known is None:
            return 404, {"title": "Not Found", "code": "NotFound", "detail": f"no {asked.path} here"}
        return known.pop(0) if len(known) > 1 else known[0]


@contextmanager
def fake_service() -> Iterator[FakeService]:
    """A running service."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(raw) if raw else None
            status, answer = service.answer(Asked(self.command, url.path, dict(parse_qsl(url.query)), body, headers))
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - the names that the server looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service = FakeService(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()

"""The outside world of a load run: an HTTP server that notes the ``Idempotency-Key`` of every call.

An activity is attempted at least once, so a key may come twice; the effect is what the first call with a key does.
"""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Effects:
    """Usable as a context manager, which serves and stops. ``calls`` counts the calls of each key."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, name="effects", daemon=True)

    @property
    def url(self) -> str:
        """Where activities POST to."""
        return f"http://127.0.0.1:{self._http.server_port}/effect"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        effects = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                effects.note(self.headers.get("Idempotency-Key", ""))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Be quiet."""

        return Handler

    def note(self, key: str) -> None:
        """Counts one call with ``key``."""
        with self._lock:
            self.calls[key] += 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # a burst of connections waits instead of being refused

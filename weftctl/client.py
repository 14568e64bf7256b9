"""The service's REST interface, as the commands use it.

Layer: command line. Every request with a body carries an ``Idempotency-Key``, so one whose answer was lost is sent
again without harm. Answers are JSON values with every digit kept; what the service refuses becomes a
``ServiceFailure``.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

import httpx

from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import WeftError
from weftctl.failures import ServiceFailure, UsageFailure
from weftctl.problems import failure_from, is_retryable

BASE: Final = "/api/v1"
TIMEOUT_SECONDS: Final = 30.0
# Pauses before the second and the third try of a request; an answer's Retry-After may lengthen them.
PAUSES_SECONDS: Final = (0.3, 1.0)
LONGEST_PAUSE_SECONDS: Final = 10.0
LARGEST_PAGE: Final = 100
Parameters = Mapping[str, Any]


class LostAnswer(ServiceFailure):
    """A request was sent, and its answer never came."""


class Answer(NamedTuple):
    """What the service said: the HTTP status of a success, and the value."""

    status: int
    value: Any


class WeftClient:
    """One service. ``pause`` waits that many seconds between two tries; ``transport`` replaces the network."""

    def __init__(
        self,
        endpoint: str,
        *,
        token: str | None = None,
        api_key: str | None = None,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.endpoint = _checked_endpoint(endpoint)
        self._pause = pause
        self._http = httpx.Client(
            base_url=self.endpoint,
            headers=_identity(token, api_key),
            timeout=timeout_seconds,
            transport=transport,
        )

    def get(self, path: str, parameters: Parameters | None = None) -> Any:
        """GET ``path`` below the API's base. Raises ``ServiceFailure``."""
        return self._request("GET", path, parameters).value

    def download(self, path: str, parameters: Parameters | None = None, *, accept: str = "*/*") -> bytes:
        """GET what is no JSON value, as it comes. Raises ``ServiceFailure``.

        ``accept`` is what is asked for: a gateway hands bytes on as bytes to whoever asks for a type of such first.
        """
        response = self._exchange("GET", path, parameters, headers={"Accept": accept})
        if not response.is_success:
            raise failure_from(response)
        return response.content

    def post(self, path: str, body: Any, parameters: Parameters | None = None) -> Any:
        """POST ``body`` as JSON. Raises ``ServiceFailure``."""
        return self.ask("POST", path, body, parameters).value

    def ask(self, method: str, path: str, body: Any, parameters: Parameters | None = None) -> Answer:
        """Send ``body`` as JSON, for answers whose status says something. Raises ``ServiceFailure``."""
        return self._request(method, path, parameters, body=jsonvalue.dumps(body))

    def delete(self, path: str, parameters: Parameters | None = None) -> Any:
        """DELETE ``path``. Raises ``ServiceFailure``."""
        return self._request("DELETE", path, parameters).value

    @property
    def identity(self) -> Mapping[str, str]:
        """The headers that say who is asking."""
        return {name: self._http.headers[name] for name in ("Authorization", "X-Api-Key") if name in self._http.headers}

    def console_config(self) -> Any:
        """What the service tells its console; None if it has none, or does not answer."""
        try:
            response = self._http.get("/console/config.json")
            return jsonvalue.loads(response.content) if response.status_code == 200 else None
        except (httpx.TransportError, WeftError):
            return None

    def items(self, path: str, key: str, parameters: Parameters, *, limit: int | None = None) -> Iterator[Any]:
        """The items of a listing, page after page, at most ``limit``. ``key`` names the list in the answer."""
        left = limit
        cursor: str | None = None
        while left is None or left > 0:
            size = LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)
            page = self.get(path, {**parameters, "page_size": size, "cursor": cursor})
            found = page[key]
            yield from found
            cursor = page.get("next_cursor")
            if cursor is None:
                return
            left = None if left is None else left - len(found)

    def _request(self, method: str, path: str, parameters: Parameters | None, *, body: bytes | None = None) -> Answer:
        headers = {} if body is None else {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        return _answer_of(self._exchange(method, path, parameters, headers=headers, body=body))

    def _exchange(
        self,
        method: str,
        path: str,
        parameters: Parameters | None,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> httpx.Response:
        """What the service answers, at the third try at the latest. Raises ``ServiceFailure`` if it does not."""
        query = {name: value for name, value in (parameters or {}).items() if value is not None}
        request = self._http.build_request(method, BASE + path, params=query, content=body, headers=headers)
        for shortest in PAUSES_SECONDS:
            try:
                response = self._send(request)
            except LostAnswer:
                self._pause(shortest)
                continue
            if not is_retryable(response):
                return response
            self._pause(max(shortest, _asked_pause(response)))
        return self._send(request)

    def _send(self, request: httpx.Request) -> httpx.Response:
        """One try. Raises ``LostAnswer`` when another one makes sense, ``ServiceFailure`` when nobody is there."""
        try:
            return self._http.send(request)
        except httpx.ConnectError as error:
            raise ServiceFailure(
                f"No service answers at {self.endpoint} ({error}).",
                remedy="Start a local one with `weft dev` or `make up`, or name another: --endpoint, WEFT_ENDPOINT.",
                code="Unreachable",
            ) from error
        except httpx.TransportError as error:
            raise LostAnswer(
                f"The service at {self.endpoint} did not answer {request.method} {request.url.path} "
                f"({type(error).__name__}: {error}).",
                remedy="Try again; if it stays so, look at the service's logs.",
                code="Unreachable",
            ) from error


def path(*segments: str) -> str:
    """A path of ``segments``, each escaped: an id with a slash in it stays one segment.

    Raises ``UsageFailure`` for a segment that is empty, ``.`` or ``..``: it would name another place, and no escape
    keeps it from being resolved on the way.
    """
    for segment in segments:
        if segment in {"", ".", ".."}:
            raise UsageFailure(
                f"{segment!r} is no id.", remedy="Give an id; `weft list` and `weft workflows` show them."
            )
    return "".join("/" + quote(segment, safe="") for segment in segments)


def _checked_endpoint(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageFailure(
            f"--endpoint: {endpoint!r} is no http or https address.", remedy="Give one such as http://localhost:8080."
        )
    return endpoint.rstrip("/")


def _identity(token: str | None, api_key: str | None) -> dict[str, str]:
    given = {"--token": token, "--api-key": api_key}
    for option, value in given.items():
        if value is not None and not (value.isascii() and value.isprintable()):
            raise UsageFailure(f"{option}: holds characters that no header may have.", remedy="Check what was pasted.")
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if api_key:
        headers["X-Api-Key"] = api_key
    return headers


def _asked_pause(response: httpx.Response) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE_SECONDS) if asked.isdecimal() else 0.0


def _answer_of(response: httpx.Response) -> Answer:
    if not response.is_success:
        raise failure_from(response)
    try:
        return Answer(response.status_code, jsonvalue.loads(response.content) if response.content else None)
    except jsonvalue.JsonError as error:
        raise ServiceFailure(
            f"{response.request.url} did not answer with JSON: is a Weft service running there?",
            remedy="Check --endpoint.",
            code="Unreachable",
            status=response.status_code,
        ) from error

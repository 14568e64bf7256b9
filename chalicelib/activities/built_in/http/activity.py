"""The activity ``http.request``.

Layer: activities. One deadline covers everything, name resolution and redirects included: the whole runs in a thread
that is cut off when the time is over, so no peer can draw it out by sending a byte now and then.
"""

from __future__ import annotations

import base64
import contextlib
from email.message import Message
from typing import Any, Final

from chalicelib.activities.bounded import TimeLimitExceeded, run_within
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.http.exchange import NAME, Answer, Exchange, Network
from chalicelib.activities.built_in.http.request import HttpRequest, Prepared, is_expected, read_request
from chalicelib.activities.built_in.http.targets import BadTargetError, Target
from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityError
from chalicelib.domain.jsonvalue import JsonError, loads

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# What of 4xx may be different next time: timeout, too early, too many requests.
PASSING_CLIENT_ERRORS: Final = frozenset({408, 425, 429})
SHOWN_CHARACTERS: Final = 2_000
SOCKET_GRACE_SECONDS: Final = 1.0

# What goes along to another origin. Everything else may be a secret meant for the first one.
_TRAVELLING: Final = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "idempotency-key", "user-agent"}
)


def run(input: Any, context: ActivityContext, services: Services, *, network: Network | None = None) -> dict[str, Any]:
    """Give ``{status, headers, json}``, or with ``body`` (text) or ``body_base64`` in place of ``json``.

    Raises ``ActivityError``: ``InvalidInput``, ``AddressNotAllowed``, ``HttpCertificateError``,
    ``HttpTooManyRedirects`` and ``PayloadTooLarge`` are final, ``Timeout`` and ``HttpNetworkError`` retryable,
    ``HttpStatusError`` (``details`` ``{status, body, retry_after?}``) is retryable for 408, 425, 429 and 5xx.
    """
    asked, prepared = read_request(input, context.idempotency_key)
    answer = fetch(asked, prepared, context.remaining_seconds(), services, network=network)
    return {"status": answer.status, "headers": answer.headers, **_content(answer)}


def fetch(
    asked: HttpRequest,
    prepared: Prepared,
    remaining_seconds: float | None,
    services: Services,
    *,
    network: Network | None = None,
) -> Answer:
    """The answer, of a status that is expected, within ``remaining_seconds``. Raises ``ActivityError`` as ``run``."""
    wanted = asked.timeout_seconds or services.settings.http_timeout_seconds
    seconds = wanted if remaining_seconds is None else min(wanted, remaining_seconds)
    if seconds == 0:
        raise _timeout(prepared.target, seconds)
    exchange = Exchange(
        network=network or Network(),
        allowed_hosts=services.settings.http_allowed_private_hosts,
        max_bytes=services.settings.http_max_response_bytes,
        # Later than the deadline: were both due at once, the load of the machine would choose between two errors.
        timeout=seconds + SOCKET_GRACE_SECONDS,
    )
    try:
        answer = run_within(seconds, lambda: _follow(asked, prepared, exchange), exchange.abort)
    except TimeLimitExceeded as error:
        raise _timeout(prepared.target, seconds) from error
    if not is_expected(asked, answer.status):
        raise _status_error(prepared.target, answer)
    return answer


def _timeout(target: Target, seconds: float) -> ActivityError:
    return ActivityError("Timeout", f"{NAME}: no answer from {target.authority} within {seconds:g} s.", retryable=True)


def _follow(asked: HttpRequest, prepared: Prepared, exchange: Exchange) -> Answer:
    request = prepared
    for _ in range(asked.max_redirects + 1):
        answer = exchange.send(request.method, request.target, request.headers, request.body)
        location = answer.headers.get("location")
        if asked.max_redirects == 0 or answer.status not in REDIRECTS or location is None:
            return answer
        request = _redirected(request, answer.status, location)
    message = f"{NAME}: more than {asked.max_redirects} redirects, the last one to {request.target.authority}."
    raise ActivityError("HttpTooManyRedirects", message, retryable=False)


def _redirected(request: Prepared, status: int, location: str) -> Prepared:
    """The request that a redirect asks for (RFC 9110, 15.4): 303, and by custom 301 and 302 to a POST, become a GET."""
    try:
        target = request.target.redirected(location)
    except BadTargetError as error:
        message = f"{NAME}: {request.target.authority} redirects to where we do not follow: {error}."
        raise ActivityError("HttpRedirectRefused", message, retryable=False) from error
    headers = dict(request.headers)
    if target.origin != request.target.origin:
        headers = {name: value for name, value in headers.items() if name in _TRAVELLING}
    becomes_get = (status == 303 and request.method != "HEAD") or (status in {301, 302} and request.method == "POST")
    if not becomes_get:
        return Prepared(method=request.method, target=target, headers=headers, body=request.body)
    kept = {name: value for name, value in headers.items() if name not in {"content-type", "idempotency-key"}}
    return Prepared(method="GET", target=target, headers=kept, body=None)


def _status_error(target: Target, answer: Answer) -> ActivityError:
    details: dict[str, Any] = {
        "status": answer.status,
        "body": answer.body[: SHOWN_CHARACTERS * 4].decode(errors="replace")[:SHOWN_CHARACTERS],
    }
    if "retry-after" in answer.headers:
        details["retry_after"] = answer.headers["retry-after"]
    return ActivityError(
        "HttpStatusError",
        f"{NAME}: {target.authority} answered with status {answer.status}.",
        retryable=answer.status >= 500 or answer.status in PASSING_CLIENT_ERRORS,
        details=details,
    )


def _content(answer: Answer) -> dict[str, Any]:
    described = Message()
    described["content-type"] = answer.headers.get("content-type", "")
    kind = described.get_content_type()
    if kind == "application/json" or kind.endswith("+json"):
        with contextlib.suppress(JsonError):  # what is not what it says it is, the workflow sees as it came
            return {"json": loads(answer.body)}
    try:
        return {"body": answer.body.decode(described.get_content_charset("utf-8"))}
    except (UnicodeDecodeError, LookupError):
        return {"body_base64": base64.b64encode(answer.body).decode()}

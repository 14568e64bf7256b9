"""The input of ``http.request``, and what it makes of it.

Layer: activities.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import msgspec

from chalicelib.activities.built_in.fields import read, refuse
from chalicelib.activities.built_in.http.exchange import NAME
from chalicelib.activities.built_in.http.targets import BadTargetError, Target, parse_target
from chalicelib.domain.jsonvalue import dumps

METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

# What frames the message is ours to say: two opinions on where a body ends are how requests get smuggled.
_OURS: Final = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\x20-\x7e\x80-\xff\t]*")
_STATUS_CLASS: Final = re.compile(r"[1-5]xx")

Seconds = Annotated[float, msgspec.Meta(gt=0, le=900)]
Status = Annotated[int, msgspec.Meta(ge=100, le=599)] | str


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As it stands in the step's input; see ``docs/activities.md``."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = {}
    query: dict[str, Any] = {}
    body: str | None = None
    json: Any = msgspec.UNSET
    timeout_seconds: Seconds | None = None
    expected_status: Status | list[Status] = "2xx"
    max_redirects: Annotated[int, msgspec.Meta(ge=0, le=10)] = 5
    idempotency_key: bool = True


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A request ready to be sent; ``headers`` have lower-case names."""

    method: str
    target: Target
    headers: dict[str, str]
    body: bytes | None


def read_request(input: Any, idempotency_key: str) -> tuple[HttpRequest, Prepared]:
    """The request as asked for and as prepared. Raises ``ActivityError`` (``InvalidInput``) naming the field."""
    asked = read(NAME, input, HttpRequest)
    method = asked.method.upper()
    if method not in METHODS:
        refuse(NAME, "method", f"{asked.method!r} is none of {', '.join(METHODS)}")
    if asked.body is not None and asked.json is not msgspec.UNSET:
        refuse(NAME, "json", "give either body or json")
    try:
        target = parse_target(asked.url, asked.query)
    except BadTargetError as error:
        refuse(NAME, "url", str(error))
    for status in _expectations(asked):
        if isinstance(status, str) and _STATUS_CLASS.fullmatch(status) is None:
            refuse(NAME, "expected_status", f"{status!r} is neither a status nor a class such as '2xx'")
    headers = _headers(asked)
    if asked.idempotency_key and method != "GET":
        headers.setdefault("idempotency-key", idempotency_key)
    return asked, Prepared(method=method, target=target, headers=headers, body=_body(asked))


def is_expected(asked: HttpRequest, status: int) -> bool:
    """Whether an answer of ``status`` is a success."""
    return any(wanted in (status, f"{status // 100}xx") for wanted in _expectations(asked))


def _expectations(asked: HttpRequest) -> list[Any]:
    return asked.expected_status if isinstance(asked.expected_status, list) else [asked.expected_status]


def _headers(asked: HttpRequest) -> dict[str, str]:
    headers = {"accept-encoding": "identity", "user-agent": "weft"}
    if asked.json is not msgspec.UNSET:
        headers["content-type"] = "application/json"
    elif asked.body is not None:
        headers["content-type"] = "text/plain; charset=utf-8"
    for name, value in asked.headers.items():
        if _TOKEN.fullmatch(name) is None or name.lower() in _OURS:
            refuse(NAME, "headers", f"{name!r} is not a header that can be set")
        if _VALUE.fullmatch(value) is None:
            refuse(NAME, "headers", f"the value of {name!r} holds a character that no header may")
        headers[name.lower()] = value
    return headers


def _body(asked: HttpRequest) -> bytes | None:
    if asked.json is not msgspec.UNSET:
        return dumps(asked.json)
    return None if asked.body is None else asked.body.encode()

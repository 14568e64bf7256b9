"""Answers on their way out: JSON with every digit kept, and small enough to leave.

Layer: api. A Lambda function may return 6 MB, in which the body is a string inside a JSON text: every quote in it takes
two bytes and every character beyond ASCII at least six. What counts is therefore the size as it travels. Compression is
the gateway's (``minimum_compression_size``), since it comes after that limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from chalice.app import Response

from chalicelib.api import problems
from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import TooLarge
from chalicelib.engine.queries import travelling_size

LIMIT_BYTES: Final = 5_500_000
"""The 6 MB of Lambda (6,291,556 bytes), less room for headers."""
WORTH_LEAVING_OUT_BYTES: Final = 1_000
"""A value smaller than this is never left out: its entry in ``truncated`` would be as large."""


class Large(msgspec.Struct, frozen=True, kw_only=True):
    """A value that may be left out: ``holder[key]``, at ``pointer`` in the answer; ``link`` leads to it."""

    pointer: str
    holder: dict[str, Any]
    key: str
    link: str | None = None

    def size(self) -> int:
        """Its size as it travels; 0 for one that is not worth measuring, as most of many thousands are."""
        value = self.holder[self.key]
        small = value is None or isinstance(value, bool | float) or (isinstance(value, str) and len(value) < 150)
        return 0 if small else travelling_size(value)

    def entry(self) -> dict[str, Any]:
        """What stands in ``truncated`` for it."""
        entry: dict[str, Any] = {"pointer": self.pointer, "bytes": len(jsonvalue.dumps(self.holder[self.key]))}
        return entry if self.link is None else {**entry, "link": self.link}


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is no JSON value, sent as it is. ``media_type`` is without a charset: text is UTF-8."""

    content: str | bytes
    media_type: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a view returns: a JSON value or a ``File``, and the status that goes with it."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = {}


def to_response(answer: Answer) -> Response:
    """The answer in the framework's form. Raises ``TooLarge`` for a file that cannot leave."""
    if isinstance(answer.body, File):
        return _file_response(answer.body, answer)
    return _response(answer.body, answer.status, {"Content-Type": "application/json", **answer.headers})


def to_problem_response(problem: problems.Problem, request_id: str | None) -> Response:
    """A problem in the framework's form."""
    headers = {"Content-Type": problems.CONTENT_TYPE, **problem.headers}
    return _response(problem.to_dict(request_id), problem.status, headers)


def _file_response(file: File, answer: Answer) -> Response:
    content, media_type = file.content, file.media_type
    size = len(content) * 4 // 3 if isinstance(content, bytes) else travelling_size(content)
    if size > LIMIT_BYTES:
        message = f"The answer would be {size:,} bytes, and {LIMIT_BYTES:,} can leave. Ask for less: by max_nodes, say."
        raise TooLarge(message)
    if isinstance(content, str):
        media_type = f"{media_type}; charset=utf-8"
    return Response(body=content, status_code=answer.status, headers={"Content-Type": media_type, **answer.headers})


def _response(body: Any, status: int, headers: Mapping[str, str]) -> Response:
    return Response(body=jsonvalue.dumps(body).decode(), status_code=status, headers=dict(headers))


def fit(document: dict[str, Any], values: Iterable[Large], limit_bytes: int = LIMIT_BYTES) -> None:
    """Leave the largest of ``values`` out of ``document`` until it can leave; nothing happens to one that can.

    What is left out becomes null and is listed in ``truncated``: ``[{pointer, bytes, link?}]``.
    """
    excess = travelling_size(document) - limit_bytes
    if excess <= 0:
        return
    measured = sorted(((each.size(), each) for each in values), key=lambda pair: -pair[0])
    truncated = document.setdefault("truncated", [])
    for size, value in measured:
        if excess <= 0 or size < WORTH_LEAVING_OUT_BYTES:
            return
        truncated.append(value.entry())
        value.holder[value.key] = None
        excess -= size - WORTH_LEAVING_OUT_BYTES // 2


def fit_rows(
    document: dict[str, Any],
    name: str,
    keep: Callable[[dict[str, Any]], bool],
    link: str,
    limit_bytes: int = LIMIT_BYTES,
) -> None:
    """Leave rows of the list ``name`` out, from the first on and but for those to ``keep``, until it can leave."""
    excess = travelling_size(document) - limit_bytes
    if excess <= 0:
        return
    excess += WORTH_LEAVING_OUT_BYTES  # room for saying so
    kept: list[dict[str, Any]] = []
    left_out = left_out_bytes = 0
    for row in document[name]:
        if left_out_bytes > excess or keep(row):
            kept.append(row)
        else:
            left_out += 1
            left_out_bytes += travelling_size(row)
    entry = {"pointer": f"/{name}", "rows": left_out, "bytes": left_out_bytes, "link": link}
    document.setdefault("truncated", []).append(entry)
    document[name] = kept

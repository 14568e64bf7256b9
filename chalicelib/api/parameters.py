"""What stands in the URL: path parameters by name, query parameters by a table that each route has of its own.

Layer: api. Everything wrong with a query is reported at once, each with the parameter's name. A parameter that a
route does not have is refused, never ignored: a filter with a slip of the pen must not silently list everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from chalicelib.domain.definitions.findings import brief, error, nearest
from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.definitions.versions import parse_version
from chalicelib.domain.errors import Finding, InvalidRequest

Parser = Callable[[str], Any]

_WORKFLOW_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
# A step id, a run of it, or one in an item of a map. What there is none of is told by the execution.
_STEP: Final = re.compile(r"[A-Za-z0-9][!-~]{0,511}")
_EXECUTION_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,2048}")
_TASK_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,2048}")
_ID_RULE: Final = "be 1 to 128 letters (A to Z), digits, {} or '-', the first a letter or digit"


class Several:
    """A query parameter that may stand several times, and holds a comma-separated list each time."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser

    def __call__(self, values: Sequence[str]) -> list[Any]:
        """Every part of every value, in order."""
        return [self.parser(part.strip()) for value in values for part in value.split(",") if part.strip()]


QuerySpec = Mapping[str, "Parser | Several"]


def workflow_id(text: str) -> str:
    """A workflow id. Raises ``ValueError``, as every parser here does, with words that follow 'must'."""
    return _matching(
        _WORKFLOW_ID, text, "be 1 to 128 letters (A to Z), digits, '.', '_' or '-', first a letter or digit"
    )


def execution_id(text: str) -> str:
    """An execution id. ``control`` is a path of its own."""
    if text == "control":
        message = "be another id: 'control' is reserved"
        raise ValueError(message)
    return _matching(_EXECUTION_ID, text, _ID_RULE.format("'.', '_', ':'"))


def step(text: str) -> str:
    """What names a step: its id, one in an item of a map (``check[0]``), or the id of a run of it (``check#2``)."""
    return _matching(_STEP, text, "be the id of a step or of a step run")


def token(text: str) -> str:
    """An id that was given out here, opaque to whoever sends it back."""
    return _matching(_TOKEN, text, "be an id as it was given")


def version(text: str) -> str:
    """A semantic version."""
    if parse_version(text) is not None:
        return text
    message = "be a semantic version, such as 1.2.0"
    raise ValueError(message)


def instant(text: str) -> datetime:
    """An RFC 3339 timestamp with an offset, as aware UTC. In a query, ``+`` may have arrived as a space."""
    found = parse_timestamp(re.sub(r" (?=\d\d:\d\d\Z)", "+", text))
    if found is not None:
        return found
    message = "be an RFC 3339 time, such as 2026-01-31T09:00:00Z"
    raise ValueError(message)


def text(longest: int) -> Parser:
    """Any text of 1 to ``longest`` characters."""

    def parse(given: str) -> str:
        if 1 <= len(given) <= longest:
            return given
        message = f"be 1 to {longest} characters"
        raise ValueError(message)

    return parse


def integer(low: int, high: int) -> Parser:
    """A whole number from ``low`` to ``high``."""

    def parse(given: str) -> int:
        # The length comes first: int() refuses thousands of digits with an error of its own.
        if re.fullmatch(r"-?[0-9]{1,20}", given) and low <= int(given) <= high:
            return int(given)
        message = f"be a whole number from {low} to {high}"
        raise ValueError(message)

    return parse


def decimal(low: float, high: float) -> Parser:
    """A number from ``low`` to ``high``."""

    def parse(given: str) -> float:
        if re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?", given) and low <= float(given) <= high:
            return float(given)
        message = f"be a number from {low:g} to {high:g}"
        raise ValueError(message)

    return parse


def one_of(known: Collection[str]) -> Parser:
    """One of ``known``."""

    def parse(given: str) -> str:
        if given in known:
            return given
        message = f"be one of {', '.join(known)}"
        raise ValueError(message)

    return parse


def flag(given: str) -> bool:
    """``true`` or ``false``; the bare name of the parameter means true."""
    if given.lower() in {"true", "false", "1", "0", ""}:
        return given.lower() in {"true", "1", ""}
    message = "be true or false"
    raise ValueError(message)


def tag(given: str) -> tuple[str, str]:
    """``key=value``."""
    key, equals, value = given.partition("=")
    if key and equals:
        return key, value
    message = "be of the form key=value"
    raise ValueError(message)


def task_token(text: str) -> str:
    """A task token; whether it is one that was given is told by the task."""
    return _matching(_TASK_TOKEN, text, "be a token that poll gave")


PATH_PARAMETERS: Final[Mapping[str, Parser]] = {
    "task_token": task_token,
    "workflow_id": workflow_id,
    "execution_id": execution_id,
    "step_id": step,
    "version": version,
    "notification_id": token,
    "task_id": token,
    "subscription_id": token,
}


def read_path(raw: Mapping[str, str]) -> dict[str, str]:
    """Path parameters, decoded and checked by name. Raises ``InvalidRequest`` for one that cannot name anything."""
    findings: list[Finding] = []
    values: dict[str, str] = {}
    for name, given in raw.items():
        try:
            values[name] = PATH_PARAMETERS[name](unquote(given))
        except ValueError as failure:
            findings.append(_finding(name, unquote(given), failure))
    _refuse("The path holds a name that cannot exist.", findings)
    return values


def read_query(raw: Mapping[str, Sequence[str]], spec: QuerySpec) -> dict[str, Any]:
    """Query parameters by ``spec``; those not given are absent. Raises ``InvalidRequest`` with every finding."""
    findings: list[Finding] = []
    values: dict[str, Any] = {}
    for name, given in raw.items():
        parser = spec.get(name)
        if parser is None:
            message = f"There is no query parameter {brief(name)} here"
            findings.append(error("UnknownParameter", "", message, nearest(name, spec) or "This route has none."))
            continue
        try:
            values[name] = parser(given) if isinstance(parser, Several) else parser(_only(given))
        except ValueError as failure:
            findings.append(_finding(name, ",".join(given), failure))
    _refuse("The query is not valid.", findings)
    return values


def _only(given: Sequence[str]) -> str:
    if len(given) == 1:
        return given[0]
    message = "stand once"
    raise ValueError(message)


def _matching(pattern: re.Pattern[str], given: str, rule: str) -> str:
    if pattern.fullmatch(given):
        return given
    raise ValueError(rule)


def _finding(name: str, given: str, failure: ValueError) -> Finding:
    return error("InvalidParameter", "", f"{name} must {failure}, not {brief(given)}")


def _refuse(summary: str, findings: Sequence[Finding]) -> None:
    if findings:
        detail = f"{summary} {'; '.join(finding.message for finding in findings)}."
        raise InvalidRequest(detail, findings)

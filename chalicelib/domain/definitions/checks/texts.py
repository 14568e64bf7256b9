"""Texts with a meaning: expressions, targets, cron expressions, time zones, timestamps, calendars, durations.

Layer: domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from chalicelib.domain.calendars import is_country_calendar
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.durations import to_seconds
from chalicelib.domain.definitions.findings import Suggestions, brief, error, nearest
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.places import ExpressionText, Place, expressions_of, places, step_ids_of
from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.errors import Finding
from chalicelib.domain.expressions import ExpressionSyntaxError, is_expression_value
from chalicelib.domain.expressions.templates import parse_template

_TARGET = re.compile(r"\$\.(?:context|output)(?:\.[^.\s\[\]$`]+)+")
_VARIABLE = re.compile(r"(?:\$\.context\.)?[^.\s\[\]$`]+(?:\.[^.\s\[\]$`]+)*")
# Any moment does: whether an expression ever fires does not depend on it.
_SOME_DAY = datetime(2024, 1, 1)  # noqa: DTZ001


def check_texts(subject: Subject) -> Iterator[Finding]:
    """Every text whose meaning can be checked at registration."""
    suggest = subject.suggestions()
    for place in places(subject.definition):
        for expression in expressions_of(place):
            yield from _expression(expression, subject, suggest)
        check = _CHECKS.get(place.role)
        if check is not None and (check is _template or not is_expression_value(place.value)):
            yield from check(place, subject)


def _expression(expression: ExpressionText, subject: Subject, suggest: Suggestions) -> Iterator[Finding]:
    try:
        step_ids = step_ids_of(expression)
    except ExpressionSyntaxError as problem:
        message = f"{problem.message}, at position {problem.position} of {brief(expression.text)}"
        yield error("InvalidExpression", expression.pointer, message, problem.hint)
        return
    for step_id in sorted(step_ids or ()):
        if not subject.knows_step(step_id):
            message = f"{brief(expression.text)} reads $.steps.{step_id}, and there is no such step"
            yield error("UnknownStep", expression.pointer, message, suggest(step_id))


def _fields(place: Place, _subject: Subject) -> Iterator[Finding]:
    if isinstance(place.value, str):
        message = f"Expected an object or an expression, found {brief(place.value)}"
        yield error("WrongType", place.pointer, message, "An expression starts with $. or stands in {% … %}.")


def _targets(place: Place, _subject: Subject) -> Iterator[Finding]:
    for field, target in place.value.items():
        if not _TARGET.fullmatch(target):
            yield _bad_target(target, below(place.pointer, field))


def _writes(place: Place, _subject: Subject) -> Iterator[Finding]:
    for target in place.value:
        if not _TARGET.fullmatch(target):
            yield _bad_target(target, below(place.pointer, target))


def _variables(place: Place, _subject: Subject) -> Iterator[Finding]:
    for name in place.value:
        if not _VARIABLE.fullmatch(name):
            message = f"{brief(name)} is not the name of a variable"
            yield error("InvalidTarget", below(place.pointer, name), message, "Write name, or $.context.name.")


def _bad_target(target: str, pointer: str) -> Finding:
    message = f"{brief(target)} is not a place to write to"
    return error("InvalidTarget", pointer, message, "Write a path such as $.context.name or $.output.name.")


def _cron(place: Place, _subject: Subject) -> Iterator[Finding]:
    reason = why_not_cron(place.value)
    if reason:
        hint = "Five fields: minute, hour, day of month, month, day of week, such as '0 9 * * MON-FRI'."
        yield error("InvalidCron", place.pointer, f"{brief(place.value)} is not a cron expression: {reason}", hint)


@lru_cache(maxsize=256)
def why_not_cron(expression: str) -> str:
    """Why a text is not a cron expression that ever fires; empty if it is one."""
    if len(expression) > 256:
        return "it is longer than 256 characters"
    try:
        next(CronSim(expression, _SOME_DAY))
    except (CronSimError, StopIteration) as problem:
        return str(problem) or "it never fires"
    return ""


def _timezone(place: Place, _subject: Subject) -> Iterator[Finding]:
    if not is_timezone(place.value):
        names = (name for name in available_timezones() if "/" in name or name == "UTC")
        message = f"There is no time zone {brief(place.value)}"
        yield error("UnknownTimezone", place.pointer, message, nearest(place.value, names, listed=False))


@lru_cache(maxsize=256)
def is_timezone(name: str) -> bool:
    """Whether a text names a zone of the IANA time zone database, such as ``Europe/Berlin``."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _datetime(place: Place, _subject: Subject) -> Iterator[Finding]:
    if parse_timestamp(place.value) is None:
        message = f"{brief(place.value)} is not a timestamp with an offset"
        yield error("InvalidDatetime", place.pointer, message, "Write RFC 3339, such as 2030-01-31T09:00:00+08:00.")


def _calendar(place: Place, subject: Subject) -> Iterator[Finding]:
    if place.value not in subject.known_calendars and not is_country_calendar(place.value):
        message = f"There is no calendar {brief(place.value)}"
        hint = "Use a country's code such as CN, one with a region such as US-NY, or a calendar registered here."
        yield error("UnknownCalendar", place.pointer, message, hint)


def _delay(place: Place, _subject: Subject) -> Iterator[Finding]:
    if isinstance(place.value, str):
        yield error("InvalidDuration", place.pointer, f"{brief(place.value)} is neither a duration nor an expression")
    elif to_seconds(place.value) < 0 or to_seconds(place.value) > 3_155_760_000:
        yield error("InvalidDuration", place.pointer, f"{brief(place.value)} is out of range")


def _template(place: Place, _subject: Subject) -> Iterator[Finding]:
    try:
        parse_template(place.value)
    except ExpressionSyntaxError as problem:
        message = f"{problem.message}, at position {problem.position} of the template"
        yield error("InvalidExpression", place.pointer, message, problem.hint)


_CHECKS: dict[str, Callable[[Place, Subject], Iterator[Finding]]] = {
    "fields": _fields,
    "targets": _targets,
    "writes": _writes,
    "variables": _variables,
    "cron": _cron,
    "timezone": _timezone,
    "datetime": _datetime,
    "calendar": _calendar,
    "delay": _delay,
    "template": _template,
}

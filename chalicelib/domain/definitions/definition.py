"""From a document to a definition that can be registered, or to everything that is wrong with it.

Layer: domain. The way: parse (text), normalise (dialects), read (shape), check (meaning). Every stage adds its findings
and hands on what it understood; pointers in the result lead into the document as it was given.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.edges import Edges
from chalicelib.domain.definitions.findings import error
from chalicelib.domain.definitions.normalise import Normalised, normalised
from chalicelib.domain.definitions.parsing import check_plain, parse_document
from chalicelib.domain.definitions.reading import Reading, read_document
from chalicelib.domain.definitions.supported import step_type_name
from chalicelib.domain.definitions.validation import run_checks
from chalicelib.domain.errors import Finding, InvalidDefinition, TooLarge

MAX_FINDINGS = 500


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """What a definition consists of, as far as it was understood."""

    steps_by_type: dict[str, int]
    transitions: int
    handlers: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found in a document. ``definition`` is None if there is an error among the findings."""

    findings: tuple[Finding, ...]
    statistics: Statistics
    definition: model.WorkflowDefinition | None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the definition from being registered."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


class LoadedDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A valid definition and the warnings about it."""

    definition: model.WorkflowDefinition
    findings: tuple[Finding, ...]


def load_definition(
    document: dict[str, Any] | str | bytes,
    *,
    known_activities: Collection[str] | None = None,
    known_calendars: Collection[str] = (),
    runnable_step_types: Collection[str] | None = None,
    runnable_features: Collection[str] | None = None,
    media_type: str | None = None,
) -> LoadedDefinition:
    """The definition that a document says. ``check_definition`` has the parameters.

    Raises ``InvalidDefinition`` with every finding, warnings included, and ``TooLarge``.
    """
    if isinstance(document, str | bytes):
        document = parse_document(document, media_type=media_type)
    report = check_definition(
        document,
        known_activities=known_activities,
        known_calendars=known_calendars,
        runnable_step_types=runnable_step_types,
        runnable_features=runnable_features,
    )
    if report.definition is None:
        first, count = report.errors[0], len(report.errors)
        more = "" if count == 1 else f" (and {count - 1} more)"
        place = f" at {first.pointer}" if first.pointer else ""
        if first.code == TooLarge.code:
            raise TooLarge(first.message)
        raise InvalidDefinition(f"{first.message}{place}{more}", report.findings)
    return LoadedDefinition(definition=report.definition, findings=report.findings)


def check_definition(
    document: dict[str, Any] | str | bytes,
    *,
    known_activities: Collection[str] | None = None,
    known_calendars: Collection[str] = (),
    runnable_step_types: Collection[str] | None = None,
    runnable_features: Collection[str] | None = None,
    media_type: str | None = None,
) -> Report:
    """Everything wrong or doubtful about a document, and what it consists of. Never raises for bad content.

    ``known_activities``: the registered activity types; others are a warning. ``known_calendars``: calendars beside the
    countries'. ``runnable_step_types`` and ``runnable_features`` (``supported``): what else is used is an error. None
    means anything goes. ``media_type`` counts for a text only.
    """
    try:
        plain: Any = document
        if isinstance(document, str | bytes):
            plain = parse_document(document, media_type=media_type)
        findings = check_plain(plain)
    except InvalidDefinition as problem:
        return _nothing_understood(problem.findings)
    except TooLarge as problem:
        return _nothing_understood((error(problem.code, "", problem.message),))
    if findings:
        return _nothing_understood(tuple(findings))
    main = normalised(plain)
    reading = read_document(main.document)
    subject = Subject(
        definition=reading.definition,
        edges=Edges(reading.definition),
        gaps=reading.gaps,
        unread_step_ids=reading.unread_step_ids,
        has_steps=reading.has_steps,
        known_activities=known_activities,
        known_calendars=known_calendars,
        runnable_step_types=runnable_step_types,
        runnable_features=runnable_features,
    )
    return _report(main, reading, run_checks(subject))


def to_document(definition: model.WorkflowDefinition) -> dict[str, Any]:
    """The definition as a document in the main dialect, defaults left out."""
    document: dict[str, Any] = msgspec.to_builtins(definition, builtin_types=(Decimal,))
    return document


def content_hash(definition: model.WorkflowDefinition) -> str:
    """SHA-256, in hexadecimal, of what a definition says, whatever form its document had."""
    return hashlib.sha256(jsonvalue.canonical(to_document(definition))).hexdigest()


def _report(main: Normalised, reading: Reading, checked: list[Finding]) -> Report:
    found = list(main.findings)
    found.extend(
        _at(main, finding, finding.pointer)
        for finding in reading.findings
        if finding.code != "MissingField" or finding.pointer not in main.unfinished
    )
    for finding in checked:
        pointer = reading.pointer(finding.pointer)
        # A step that the document does not spell out is reached as soon as what it stands for is.
        if finding.code != "Unreachable" or pointer not in main.made:
            found.append(_at(main, finding, pointer))
    findings = _in_order(found)
    invalid = any(finding.severity == "error" for finding in findings)
    return Report(
        findings=findings,
        statistics=_statistics(reading.definition),
        definition=None if invalid else reading.definition,
    )


def _at(main: Normalised, finding: Finding, pointer: str) -> Finding:
    return msgspec.structs.replace(finding, pointer=main.origins.original(pointer))


def _in_order(found: list[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by place; each thing once, and no more than ``MAX_FINDINGS``."""
    unique = dict.fromkeys(found)
    ordered = sorted(unique, key=lambda each: (each.severity != "error", _sortable(each.pointer)))
    if len(ordered) <= MAX_FINDINGS:
        return tuple(ordered)
    kept, left = ordered[:MAX_FINDINGS], ordered[MAX_FINDINGS:]
    rest = error("TooManyFindings", "", f"{len(left)} more findings were left out", "Correct these first.")
    # Errors come first: if none was left out, leaving out is no error either.
    return (*kept, msgspec.structs.replace(rest, severity=left[0].severity))


def _sortable(pointer: str) -> tuple[tuple[int, int, str], ...]:
    """Indices in numeric order."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in pointer.split("/"))


def _statistics(definition: model.WorkflowDefinition) -> Statistics:
    counted = Counter(step_type_name(step.step_type) for step in definition.steps)
    return Statistics(
        steps_by_type=dict(sorted(counted.items())),
        transitions=len(definition.transitions),
        handlers=len(definition.event_handlers),
    )


def _nothing_understood(findings: tuple[Finding, ...]) -> Report:
    statistics = Statistics(steps_by_type={}, transitions=0, handlers=0)
    return Report(findings=findings, statistics=statistics, definition=None)

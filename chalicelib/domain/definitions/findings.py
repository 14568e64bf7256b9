"""The codes of findings, and how findings are made.

Layer: domain. A code is stable once published; ``CODES`` says what each means, and the user's reference lists them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from chalicelib.domain.errors import Finding

CODES: Final[dict[str, str]] = {
    # The text
    "InvalidSyntax": "the text is not JSON or YAML, or uses a part of YAML that is refused (tags, merge keys)",
    "DuplicateKey": "an object has the same key twice",
    "TooDeep": "the document nests too deeply",
    "AliasExplosion": "the document's aliases expand to more than a document may hold",
    "InvalidNumber": "a number that JSON cannot say, or with too many digits",
    "PayloadTooLarge": "the document is larger than a million bytes",
    # The shape
    "WrongType": "a value of another type was expected",
    "UnknownField": "there is no field of this name here",
    "MissingField": "a required field is missing",
    "ConflictingFields": "fields that exclude each other",
    "InvalidValue": "the value is outside what the field allows",
    "InvalidId": "an id or name has characters or a length that are not allowed, or is reserved",
    "InvalidVersion": "the version is not a semantic version",
    "InvalidDuration": "a duration has none of the three forms, or is out of range",
    "UnknownStepType": "there is no step type of this name",
    "InvalidType": "a type definition or JSON Schema that cannot be used",
    "NotAllowedHere": "the construct has no meaning at this place",
    # The graph
    "DuplicateId": "the same id or name twice",
    "UnknownStep": "a reference to a step that does not exist",
    "UnknownInterventionPoint": "a reference to an intervention point that does not exist",
    "NoStart": "there is no start step",
    "SeveralStarts": "there is more than one start step",
    "NoEnd": "there is no end step",
    "Unreachable": "a step that cannot be reached",
    "NoWayToEnd": "a step from which no end can be reached",
    "TransitionOutOfEnd": "a transition that leaves an end step",
    "TransitionIntoStart": "a way that leads into the start step",
    "Cycle": "a cycle, while allow_cycles is false",
    "EndlessCycle": "a cycle with no way out",
    "DecisionTransition": "a transition out of a decision that is not an error transition",
    "ExitUnreachable": "the exit of a branch cannot be reached from its entry",
    "BranchesShareStep": "two branches share a step",
    "LeavesRegion": "a way crosses the border of a branch or of a map",
    "BranchesDoNotMeet": "branches of a parallel step in the first dialect do not meet in one step",
    "EndlessRecursion": "a sub-workflow step that calls its own workflow unconditionally",
    # Details
    "InvalidExpression": "an expression that does not parse or is refused",
    "InvalidTarget": "a target that is not a path under $.context or $.output",
    "InvalidCron": "a cron expression that does not exist or never fires",
    "UnknownTimezone": "a time zone that does not exist",
    "InvalidDatetime": "a timestamp that is not RFC 3339 with an offset",
    "UnknownCalendar": "a calendar that does not exist",
    "NoActions": "an intervention point without actions",
    "NotAHumanStep": "an intervention point that names a step of another type",
    "UnsupportedStepType": "a step type that this service does not run yet",
    "UnsupportedFeature": "a feature that this service does not run yet",
    "TooManyFindings": "further findings were left out",
    # Warnings
    "NotActedOn": "a configuration that this service keeps and does not act on yet",
    "PathsMeet": "paths that fork and meet again outside a parallel step",
    "UnusedInterventionPoint": "an intervention point that no step uses",
    "NoDefault": "a decision without a default",
    "UnknownActivity": "an activity type that is not registered here",
    "OnlyErrorTransitions": "a step that goes on only when it fails",
}


def error(code: str, pointer: str, message: str, hint: str = "") -> Finding:
    """A finding that makes the definition invalid."""
    return Finding(code=code, pointer=pointer, message=message, hint=hint)


def warning(code: str, pointer: str, message: str, hint: str = "") -> Finding:
    """A finding that does not."""
    return Finding(code=code, pointer=pointer, message=message, hint=hint, severity="warning")


def nearest(name: str, known: Iterable[str], *, listed: bool = True) -> str:
    """A hint that names what was probably meant, or, if ``listed``, what there is; empty when there is neither."""
    names = sorted(known)
    folded = {each.casefold(): each for each in reversed(names)}
    asked = name[:64].casefold()
    close = [each for each in difflib.get_close_matches(asked, folded, n=3, cutoff=0.6) if _is_near(asked, each)]
    if close:
        return f"Did you mean {folded[close[0]]!r}?"
    if not names or not listed:
        return ""
    return f"Known: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}."


def _is_near(asked: str, other: str) -> bool:
    """Whether two similar names still are when a namespace that both have (``example.``) is left away."""
    namespace, _, rest = asked.rpartition(".")
    other_namespace, _, other_rest = other.rpartition(".")
    return namespace != other_namespace or bool(difflib.get_close_matches(rest, [other_rest], cutoff=0.6))


class Suggestions:
    """``nearest`` over a large set, for findings that may be many: after ``most`` of them it says nothing."""

    def __init__(self, known: Iterable[str], *, most: int = 50) -> None:
        self._known = sorted(known)
        self._left = most

    def __call__(self, name: str) -> str:
        """The hint for one unknown name."""
        self._left -= 1
        if self._left < 0:
            return ""
        if len(self._known) <= 20:
            return nearest(name, self._known)
        similar = [each for each in self._known if abs(len(each) - len(name)) <= 2]
        return nearest(name, similar[:1_000], listed=False)


def brief(value: object) -> str:
    """A value for a message: short, on one line."""
    text = repr(value) if isinstance(value, str) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"

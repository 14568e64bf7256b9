"""What mocked activities answer: the file behind `weft run --mock`, or the same as Python values.

Layer: command line.
``{step id or activity type: outcome}``; a step id wins over an activity type. Each attempt that an entry answers takes
its next outcome, the last one repeating; being asked again about the same attempt gives the same outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import msgspec

from chalicelib.activities.errors import ActivityRegistrationError
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.domain.definitions.findings import nearest
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from chalicelib.domain.expressions import ExpressionSyntaxError, compile_expression
from weftctl.simulation.checking import Faults, child

KINDS: Final = ("result", "result_expression", "error")
Attempt = tuple[str, str, int]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt leads to, ``delay_seconds`` after it began: the first that is set, else ``result``.

    ``function`` is the name of an activity in ``Mocks.functions``.
    """

    result: Any = None
    function: str | None = None
    expression: str | None = None
    error: ErrorInfo | None = None
    delay_seconds: float = 0


class Mocks:
    """The outcomes of a run's mocked activities, and how many of each are used up."""

    def __init__(self, entries: Mapping[str, tuple[Outcome, ...]], functions: ActivityRegistry | None = None) -> None:
        self.functions = functions if functions is not None else ActivityRegistry()
        self._entries = dict(entries)
        self._answered: dict[str, dict[Attempt, Outcome]] = {key: {} for key in entries}

    @property
    def keys(self) -> Collection[str]:
        """The step ids and activity types that are mocked."""
        return self._entries.keys()

    def outcomes(self, step_id: str, activity_type: str) -> tuple[Outcome, ...]:
        """What attempts of this step may lead to; empty when it is not mocked."""
        return self._entries.get(step_id) or self._entries.get(activity_type) or ()

    def outcome(self, task: Task) -> Outcome | None:
        """What ``task`` leads to, or None when it is not mocked."""
        key = task.step_id if task.step_id in self._entries else task.activity_type
        if key not in self._entries:
            return None
        outcomes, answered = self._entries[key], self._answered[key]
        next_one = outcomes[min(len(answered), len(outcomes) - 1)]
        return answered.setdefault(attempt_of(task), next_one)

    def unmatched(self, names: Collection[str]) -> list[str]:
        """A warning for each key that is none of ``names`` (the step ids and activity types there are)."""
        return [
            f"the mock {key!r} names neither a step nor an activity type here. {nearest(key, names)}".rstrip()
            for key in self._entries
            if key not in names
        ]


def attempt_of(task: Task) -> Attempt:
    """What an attempt is known by."""
    return task.execution_id, task.run_id, task.attempt


def parse_mocks(document: Any, *, file: str) -> Mocks:
    """The mocks in ``document``. Raises ``UsageFailure`` with every fault of the file.

    In a document made by Python, an outcome may also be a function, called as an activity is.
    """
    faults = Faults(file, "mock file")
    functions = ActivityRegistry()
    entries: dict[str, tuple[Outcome, ...]] = {}
    if isinstance(document, Mapping):
        for key, value in document.items():
            entries[str(key)] = _entry(value, child("", key), faults, functions)
    else:
        faults.add("", "an object {step id or activity type: outcome} was expected")
    faults.raise_if_any()
    return Mocks(entries, functions)


def _entry(value: Any, pointer: str, faults: Faults, functions: ActivityRegistry) -> tuple[Outcome, ...]:
    if not isinstance(value, Mapping) or "sequence" not in value:
        return (_outcome(value, pointer, faults, functions),)
    if not faults.fields(value, pointer, ("sequence",)):
        return ()
    sequence, place = value["sequence"], child(pointer, "sequence")
    if not isinstance(sequence, list) or not sequence:
        faults.add(place, "a list of at least one outcome was expected")
        return ()
    return tuple(_outcome(each, child(place, index), faults, functions) for index, each in enumerate(sequence))


def _outcome(value: Any, pointer: str, faults: Faults, functions: ActivityRegistry) -> Outcome:
    if callable(value):
        return Outcome(function=_registered(value, pointer, faults, functions))
    if not faults.fields(value, pointer, (*KINDS, "delay")):
        return Outcome()
    kind = faults.exactly_one(value, pointer, KINDS)
    delay = faults.seconds(value.get("delay", 0), child(pointer, "delay"))
    match kind:
        case "error":
            return Outcome(error=_error(value["error"], child(pointer, "error"), faults), delay_seconds=delay)
        case "result_expression":
            expression = _expression(value[kind], child(pointer, kind), faults)
            return Outcome(expression=expression, delay_seconds=delay)
        case _:
            return Outcome(result=value.get("result"), delay_seconds=delay)


def _registered(function: Callable[..., Any], pointer: str, faults: Faults, functions: ActivityRegistry) -> str:
    """The name that ``function`` is registered by: a number, which no other has."""
    name = f"mock.{len(functions.names()) + 1}"
    try:
        functions.activity(name)(function)
    except (ActivityRegistrationError, TypeError, ValueError):  # ValueError: some built-in functions tell no parameters
        faults.add(pointer, "a function of (input) or (input, context) was expected")
    return name


def _error(value: Any, pointer: str, faults: Faults) -> ErrorInfo:
    if not faults.fields(value, pointer, ("code", "message", "retryable", "details"), required=("code", "message")):
        return _NO_ERROR
    before = len(faults)
    faults.text(value, pointer, "code")
    faults.text(value, pointer, "message")
    if not isinstance(value.get("retryable", True), bool):
        faults.add(child(pointer, "retryable"), "true or false was expected")
    if len(faults) > before:
        return _NO_ERROR
    return ErrorInfo(
        code=value["code"],
        message=value["message"],
        details=value.get("details"),
        retryable=value.get("retryable"),
    )


def _expression(value: Any, pointer: str, faults: Faults) -> str:
    if not isinstance(value, str):
        faults.add(pointer, "an expression (a text) was expected")
        return ""
    try:
        compile_expression(value)
    except ExpressionSyntaxError as error:
        faults.add(pointer, f"the expression does not parse: {error}")
    return value


_NO_ERROR = ErrorInfo(code="", message="")

"""Listening: which signals and events an execution is to be told of.

Layer: domain. Derived from the state: every step run that waits, and every event handler, while the execution has not
begun to end. A listener is named by its run id, or ``handler:<id>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib.domain.execution.arrivals import Listening, correlation_text
from chalicelib.domain.execution.state import State, StepRun


def to_listening(run: StepRun) -> Listening | None:
    """What a step run waits for; None for one that waits for no event."""
    if run.event_name is None:
        return None
    correlation = None if run.correlation is None else correlation_text(run.correlation)
    return Listening(run.event_name, correlation)


def begun(state: State, *, since: int) -> Iterator[tuple[str, Listening, datetime]]:
    """Who listens because of commits from number ``since`` on, and to what was published from when on.

    A step that waits also wants what came early. The handlers of an execution that was revived want what comes after.
    """
    if state.listens_in >= since and state.listens_since is not None and not state.is_ending:
        for handler_id, listening in state.listens.items():
            yield f"handler:{handler_id}", listening, state.listens_since
    for run in state.runs.values():
        wanted = to_listening(run)
        if wanted is not None and run.cause >= since:
            yield run.run_id, wanted, state.created_at


def ended(before: State, after: State) -> Iterator[tuple[str, Listening]]:
    """Who listened ``before`` a decision and does not ``after`` it."""
    listened = _listeners(before)
    still = _listeners(after) if listened else {}
    for listener, listening in listened.items():
        if listener not in still:
            yield listener, listening


def _listeners(state: State) -> dict[str, Listening]:
    if state.is_terminal:
        return {}
    handlers = {} if state.is_ending else state.listens
    found = {f"handler:{handler_id}": listening for handler_id, listening in handlers.items()}
    for run in state.runs.values():
        wanted = to_listening(run)
        if wanted is not None:
            found[run.run_id] = wanted
    return found

"""What is kept of a run so that it can be compensated: no more than its compensation reads.

Layer: domain. Pure. The event that ends a run of a step with a compensation says in ``compensable`` what the fold is
to keep: paths such as ``$.compensated.output``, ``$.item`` or ``$.context.warehouse``. So the state of a map of many
items holds of each what its compensation asks for, and not its variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from chalicelib.domain.definitions.model import RetryPolicy, Step
from chalicelib.domain.definitions.places import expressions
from chalicelib.domain.execution.assign import assignments
from chalicelib.domain.execution.state import Compensable, LatestRun, State, StepRun
from chalicelib.domain.expressions import compile_expression, compile_mapping
from chalicelib.domain.expressions.reads import Place

INPUT: Final = "$.compensated.input"
OUTPUT: Final = "$.compensated.output"
ITEM: Final = "$.item"
CONTEXT: Final = "$.context"
ITEM_OUTPUT: Final = "$.output"
STEPS: Final = "$.steps"
EVERYTHING: Final = (INPUT, OUTPUT, ITEM, CONTEXT, ITEM_OUTPUT, STEPS)
_PARTED: Final = frozenset({CONTEXT, STEPS, "$.compensated"})
"""Roots of which a part may be kept alone."""


def read_by(step: Step, policy: RetryPolicy) -> list[str]:
    """What the compensating ``step``, retried by ``policy``, reads of the run it compensates."""
    found: dict[str, None] = {}
    for place in _places(step, policy):
        found.update(dict.fromkeys(EVERYTHING if place.whole else _paths(place)))
    return sorted(found)


def _places(step: Step, policy: RetryPolicy) -> Iterator[Place]:
    for expression in expressions(step):
        if expression.in_mapping:
            yield from (each.reads for each in compile_mapping(expression.text).expressions)
        else:
            yield compile_expression(expression.text).reads
    if policy.retry_condition is not None:
        yield compile_expression(policy.retry_condition).reads


def _paths(place: Place) -> Iterator[str]:
    for root, inner in place.below.items():
        path = f"$.{root}"
        if path == "$.compensated" and inner.whole:
            yield from (INPUT, OUTPUT)
        elif path in _PARTED and not inner.whole:
            yield from (f"{path}.{name}" for name in inner.below)
        elif path in EVERYTHING:
            yield path


def scope_of(state: State, run: StepRun, reads: Iterable[str]) -> Compensable:
    """What is kept of ``run`` before it has a result, by ``reads``."""
    reads = frozenset(reads)
    kept: dict[str, Any] = {}
    if INPUT in reads and run.mapped:
        kept.update(mapped=True, input=run.input)
    around = state.item_around(run.region)
    if around is None:
        return Compensable(run_id=run.run_id, **kept)
    item = around[1]
    kept["index"] = item.index
    if ITEM in reads:
        kept["item"] = item.item
    if ITEM_OUTPUT in reads:
        kept["item_output"] = item.output
    kept["variables"] = _parts(item.variables, CONTEXT, reads)
    kept["latest"] = _parts(_near(state, run.region), STEPS, reads)
    return Compensable(run_id=run.run_id, **kept)


def _near(state: State, region: str | None) -> dict[str, LatestRun]:
    """The latest runs in the items around, the innermost first."""
    near: dict[str, LatestRun] = {}
    item = state.item_around(region)
    while item is not None:
        near = {**item[1].latest, **near}
        item = state.item_around(item[1].parent)
    return near


def _parts(values: dict[str, Any], root: str, reads: frozenset[str]) -> dict[str, Any]:
    if root in reads:
        return values
    return {name: value for name, value in values.items() if f"{root}.{name}" in reads}


def result_of(details: dict[str, Any], reads: Iterable[str]) -> Any:
    """The output of a completion, if a compensation reads it."""
    return details.get("output") if OUTPUT in reads else None


def writes_of(details: dict[str, Any]) -> dict[str, Any]:
    """``{target path: value}`` that the completion of a run cancelled before writes, for its compensation alone."""
    mapping = details.get("output_mapping")
    return {} if mapping is None else assignments(details.get("output"), mapping)

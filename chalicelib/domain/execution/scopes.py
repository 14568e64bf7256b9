"""Runs and the scopes they are in, as the fold keeps them: open runs, regions, variables, and the latest of each step.

Layer: domain. Part of ``evolve``: each function changes a state that is the caller's own copy.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.execution.assign import assign
from chalicelib.domain.execution.children import to_child
from chalicelib.domain.execution.events import ErrorInfo, Event
from chalicelib.domain.execution.state import LatestRun, State, StepRun


def begin_run(state: State, event: Event, status: str, commit: int, time: datetime) -> StepRun:
    """A run that the history has not named before, in its region."""
    name = run_id(event)
    region = count_run(state, name, event.details)
    came_from = event.details.get("came_from")
    return StepRun(run_id=name, state=status, cause=commit, scheduled_at=time, came_from=came_from, region=region)


def attempt_of(details: dict[str, Any]) -> dict[str, Any]:
    """What an event says of an attempt that few events say."""
    known: dict[str, Any] = {}
    if "inline" in details:
        known["inline"] = details["inline"]
    if "task_list" in details:
        known["task_list"] = details["task_list"]
    if "heartbeat_timeout" in details:
        known["heartbeat_seconds"] = details["heartbeat_timeout"]
    if "timeout_at" in details:
        known["timeout_at"] = datetime.fromisoformat(details["timeout_at"])
    if "child" in details:
        known["child"] = to_child(details)
    return known


def count_run(state: State, name: str, details: dict[str, Any]) -> str | None:
    """Count a run that the history has not named before; gives the region it is in, which the first run opens."""
    step_id, _, number = name.rpartition("#")
    state.counts[step_id] = int(number)
    state.step_runs += 1
    region: str | None = details.get("region")
    if region is not None and region not in state.regions:
        _open_region(state, region)
    return region


def _open_region(state: State, region: str) -> None:
    """The first run in a region opens it."""
    opened = state.new_region(region)
    if opened is not None:
        owner = state.runs[opened.owner]
        state.runs[opened.owner] = msgspec.structs.replace(owner, begun_regions=owner.begun_regions + 1)
        state.regions[region] = opened


def close_region(state: State, region: str, result: Any, error: ErrorInfo | None) -> None:
    """A region has its outcome, which the run that opened it keeps until it ends itself."""
    known = state.regions.pop(region)
    owner = state.runs.get(known.owner)
    if owner is None:  # it went on without this region
        return
    if error is None:
        changed = msgspec.structs.replace(owner, results={**owner.results, known.key: result})
    else:
        changed = msgspec.structs.replace(owner, failures_of={**owner.failures_of, known.key: error})
    state.runs[known.owner] = changed


def write(state: State, region: str | None, writes: dict[str, Any]) -> None:
    """Assign to variables and output: those of the map item around, else the execution's."""
    item = None if region is None else state.item_around(region)
    if item is None:
        state.variables, state.output = assign(state.variables, state.output, writes)
        return
    variables, output = assign(item[1].variables, item[1].output, writes)
    state.regions[item[0]] = msgspec.structs.replace(item[1], variables=variables, output=output)


def end_run(
    state: State, event: Event, status: str, commit: int, *, output: Any = None, error: ErrorInfo | None = None
) -> str | None:
    """Take a run out of the open ones; gives the region it was in."""
    name, details = run_id(event), event.details
    run = state.runs.get(name) or begin_run(state, event, status, commit, state.created_at)
    state.runs.pop(name, None)
    if run.begun_regions and not details.get("detached"):
        for region in [region for region, each in state.regions.items() if each.owner == name]:
            del state.regions[region]
    kept = bool(details.get("kept"))
    latest = LatestRun(
        run_id=name,
        state=status,
        commit=commit,
        kept=kept,
        mapped=run.mapped,
        output=output if kept else None,
        input=run.input if kept else None,
        error=error,
        came_from=run.came_from,
        region=run.region,
    )
    step_id = run.step_id
    state.latest[step_id] = latest
    item = None if run.region is None else state.item_around(run.region)
    if item is not None:
        known = {**item[1].latest, step_id: latest}
        state.regions[item[0]] = msgspec.structs.replace(item[1], latest=known)
    return run.region


def run_id(event: Event) -> str:
    """The run that an event is about."""
    if event.run_id is None:
        message = f"a {event.type} event without a run id"
        raise ValueError(message)
    return event.run_id

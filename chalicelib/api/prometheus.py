"""Figures in the text format of Prometheus.

Layer: api. Everything is a gauge: a figure as of now, not a counter that only grows. Durations are in seconds, as is
the custom there. Source: the exposition format, version 0.0.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

MEDIA_TYPE: Final = "text/plain; version=0.0.4"

Labels = Mapping[str, Any]
Sample = tuple[Labels, float | int | None]
Family = tuple[str, str, list[Sample]]
"""A name without its prefix, what it says, and its samples; one whose value is None is left out."""

_PREFIX: Final = "weft_"
_SHARES: Final = {"0.5": "p50_ms", "0.95": "p95_ms"}
_WITHIN: Final = {"15m": "due_within_15_minutes", "1h": "due_within_1_hour", "24h": "due_within_24_hours"}
_OUTCOMES: Final = ("started", "completed", "failed", "canceled", "timed_out")


def exposition(kind: str, figures: dict[str, Any]) -> str:
    """The figures of a ``system``, ``workflow`` or ``execution``, as ``engine.overview`` gives them."""
    return "".join(line for family in _FAMILIES[kind](figures) for line in _lines(family))


def _system(figures: dict[str, Any]) -> Iterator[Family]:
    executions, timers = figures["executions"], figures["timers"]
    recent = executions["recent"]
    active: list[Sample] = [({"state": state}, count) for state, count in executions["active"].items()]
    yield "executions_active", "Executions that have not ended, by state.", active
    outcomes: list[Sample] = [({"outcome": outcome}, recent[outcome]) for outcome in _OUTCOMES]
    yield "executions_recent", "Executions that began or ended within the last hour.", outcomes
    yield "execution_duration_seconds", "How long those took that ended within the last hour.", _quantiles(recent, {})
    yield (
        "queue_messages",
        "Messages in a queue, about.",
        [
            ({**_named(queue), "state": state}, queue[state])
            for queue in figures["queues"]
            for state in ("visible", "in_flight", "delayed")
        ],
    )
    yield (
        "timers_due",
        "Timers that are due within a time.",
        [({"within": span}, timers[name]) for span, name in _WITHIN.items()],
    )
    yield "timers_overdue", "Timers whose time has passed.", [({}, timers["overdue"])]
    yield (
        "capped",
        "Whether a figure is only the least there is, since not all was looked at.",
        [
            ({"of": "executions_active"}, int(executions["active_capped"])),
            ({"of": "executions_recent"}, int(recent["capped"])),
            ({"of": "timers_due"}, int(timers["capped"])),
        ],
    )


def _workflow(figures: dict[str, Any]) -> Iterator[Family]:
    of = {"workflow_id": figures["workflow_id"]}
    executions, durations = figures["executions"], figures["durations"]
    states: list[Sample] = [({**of, "state": state}, count) for state, count in executions["by_state"].items()]
    yield "workflow_executions", "The newest executions of the workflow, by state.", states
    yield "workflow_duration_seconds", "How long those took that have ended.", _quantiles(durations, of)
    codes: list[Sample] = [({**of, "code": code}, count) for code, count in figures["failures_by_code"].items()]
    yield "workflow_failures", "Those that did not end well, by code.", codes
    yield (
        "workflow_failure_ratio",
        "The share of those that ended which did not end well.",
        [(of, figures["failure_rate"])],
    )
    yield (
        "capped",
        "Whether there are more executions than were looked at.",
        [({**of, "of": "workflow_executions"}, int(executions["capped"]))],
    )


def _execution(figures: dict[str, Any]) -> Iterator[Family]:
    of = {"execution_id": figures["execution_id"], "workflow_id": figures["workflow_id"]}
    yield "execution_seconds", "How long the execution has taken.", [(of, _seconds(figures["duration_ms"]))]
    yield (
        "execution_step_runs",
        "Step runs by state.",
        [({**of, "state": state}, count) for state, count in figures["runs_by_state"].items()],
    )
    yield "execution_retries", "Attempts after the first.", [(of, figures["retries"])]
    steps = [({**of, "step_id": step["step_id"]}, step) for step in figures["steps"]]
    yield "step_runs", "Runs of a step.", [(labels, step["runs"]) for labels, step in steps]
    yield "step_attempts", "Attempts of a step.", [(labels, step["attempts"]) for labels, step in steps]
    yield (
        "step_seconds",
        "How long the runs of a step took together.",
        [(labels, _seconds(step["duration_ms"])) for labels, step in steps],
    )
    yield (
        "step_waiting_seconds",
        "How long they waited: for a worker, another attempt, a time, an event, a person.",
        [(labels, _seconds(step["waited_ms"])) for labels, step in steps],
    )


_FAMILIES: Final = {"system": _system, "workflow": _workflow, "execution": _execution}


def _quantiles(figures: dict[str, Any], of: Labels) -> list[Sample]:
    return [({**of, "quantile": share}, _seconds(figures[name])) for share, name in _SHARES.items()]


def _named(queue: dict[str, Any]) -> dict[str, str]:
    named = {"queue": queue["name"], "kind": queue["kind"]}
    return {**named, "priority": queue["priority"]} if "priority" in queue else named


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _lines(family: Family) -> Iterator[str]:
    name, about, samples = family
    known = [(labels, value) for labels, value in samples if value is not None]
    if known:
        yield f"# HELP {_PREFIX}{name} {about}\n# TYPE {_PREFIX}{name} gauge\n"
    for labels, value in known:
        yield f"{_PREFIX}{name}{_braced(labels)} {value}\n"


def _braced(labels: Labels) -> str:
    inside = ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

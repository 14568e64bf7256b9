"""What has to hold after a load run. Every function gives the violations it finds, as sentences; none is good."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bench.load.sampling import Sample, depth
from bench.load.target import Target

QUIET_SECONDS = 60.0
_POLL_SECONDS = 0.5

# Python and boto3 settle for a while: a process may grow by this much over the last two thirds of a run, straight line.
ALLOWED_GROWTH_MB = 12.0
ALLOWED_GROWTH_SHARE = 0.15

# MiniStack holds tables, queues and logs in its own memory, so it grows with what is stored. The caller keeps samples
# and outcomes. Neither is part of Weft's deployment.
KEEPING = frozenset({"emulator", "caller"})


def outcome(
    execution_id: str, expected: tuple[str, Any], status: dict[str, Any], history: list[dict[str, Any]]
) -> list[str]:
    """One execution: ended as ``expected`` (state, output), by a gapless history in which each step run ends once."""
    found = []
    seen = (status["state"], status.get("output"))
    if seen != expected:
        found.append(f"{execution_id} is {seen}, not {expected}")
    sequences = [event["sequence"] for event in history]
    if sequences != list(range(1, len(history) + 1)):
        found.append(f"the history of {execution_id} has gaps: {sequences}")
    ends = Counter(event["task_id"] for event in history if _ends_step(event))
    found += [f"{execution_id}: {run} ended {count} times" for run, count in ends.items() if count > 1]
    return found


def _ends_step(event: dict[str, Any]) -> bool:
    return event["event_type"] == "StepCompleted" and event["task_id"] is not None


def effects(calls: Counter[str], expected: int) -> list[str]:
    """Each activity with an effect outside called there, under a key of its own. A repeated call has the same key."""
    keys = len(calls)
    return [] if keys == expected and "" not in calls else [f"{keys} effects by their keys, not {expected}"]


def quiet(target: Target) -> list[str]:
    """All queues become empty, the dead letters' among them."""
    sqs = target.embedded_aws.client("sqs")
    deadline = time.monotonic() + QUIET_SECONDS
    while True:
        full = {name: count for name, url in target.queues.items() if (count := depth(sqs, url))}
        if not full or time.monotonic() > deadline:
            return [f"the queue {name} still holds {count}" for name, count in full.items()]
        time.sleep(_POLL_SECONDS)  # between two looks at the depths, up to the deadline


def growth_mb(samples: Sequence[Sample]) -> dict[str, float]:
    """By function, how much a process grew over the last two thirds of ``samples``, by the line of least squares."""
    late = samples[len(samples) // 3 :]
    names = {name for sample in late for name in sample.memory_mb}
    return {name: round(_growth(late, name), 1) for name in sorted(names)}


def _growth(samples: Iterable[Sample], name: str) -> float:
    """Of the mean process: a second one that starts is no growth of the first."""
    points = [(each.seconds, each.memory_mb[name] / each.processes[name]) for each in samples if name in each.memory_mb]
    if len(points) < 3:
        return 0.0
    middle = sum(x for x, _ in points) / len(points)
    level = sum(y for _, y in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - level) for x, y in points) / spread
    return slope * (points[-1][0] - points[0][0])


def flat_memory(samples: Sequence[Sample]) -> list[str]:
    """No function's process grows by more than the larger of the two bounds above."""
    found = []
    last = samples[-1]
    for name, grown in growth_mb(samples).items():
        if name in KEEPING or name not in last.memory_mb:
            continue
        allowed = max(ALLOWED_GROWTH_MB, ALLOWED_GROWTH_SHARE * last.memory_mb[name] / last.processes[name])
        if grown > allowed:
            found.append(f"a process of {name} grew by {grown:.1f} MB, more than {allowed:.1f} MB")
    return found

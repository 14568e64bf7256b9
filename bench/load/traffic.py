"""Mixed traffic: kinds of executions, each with what its users do to it and how it has to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.load import workflows
from bench.load.target import RequestFailed, Target

PERSON = {"Authorization": f"Bearer dev:ann:{workflows.GROUP}"}
PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.25
_ITEMS = 10

Act = Callable[[Target, str], None]


def nothing(target: Target, execution_id: str) -> None:
    """Nobody does anything."""


def signal(target: Target, execution_id: str) -> None:
    """The signal that is waited for; one that comes early is kept."""
    body = {"signal_name": "load-event", "payload": {"n": 1}}
    target.ask("POST", f"{_place(execution_id)}/signal?wait=0", body, headers={"Idempotency-Key": execution_id})


def publish(target: Target, execution_id: str) -> None:
    """The event that is waited for."""
    event = {"event_type": "load-event", "correlation": execution_id, "event_data": {"n": 1}}
    target.ask("POST", "/events", event, headers={"Idempotency-Key": execution_id})


def pause(target: Target, execution_id: str) -> None:
    """A pause, a signal meanwhile, and on."""
    target.ask("POST", f"{_place(execution_id)}/pause?wait=25", {"reason": "load"})
    signal(target, execution_id)
    target.ask("POST", f"{_place(execution_id)}/resume?wait=25")


def cancel(target: Target, execution_id: str) -> None:
    """A cancellation, before the time is over."""
    target.ask("POST", f"{_place(execution_id)}/cancel?wait=0", {"reason": "load"})


def approve(target: Target, execution_id: str) -> None:
    """A person looks for the task, and approves."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        rows = target.ask("GET", "/tasks/human?page_size=1000", headers=PERSON)["tasks"]
        mine = [row["task_id"] for row in rows if row["execution_id"] == execution_id]
        if mine:
            place = f"/tasks/human/{mine[0]}/submit?wait=25"
            target.ask("POST", place, {"action_type": "approve"}, headers=PERSON)
            return
        time.sleep(_POLL_SECONDS)  # between two looks at the inbox, as a person would
    raise RequestFailed(f"no task of {execution_id} in {PATIENCE_SECONDS:.0f} s")


def _place(execution_id: str) -> str:
    return f"/workflows/executions/{execution_id}"


@dataclass(frozen=True)
class Kind:
    """One kind of execution. ``steps`` counts the steps it runs, ``effects`` those with an effect outside; ``fields``
    are added to its input.
    """

    name: str
    workflow_id: str
    act: Act
    steps: int
    effects: int = 0
    state: str = "completed"
    output: Any = None
    fields: Mapping[str, Any] | None = None

    def input(self, target: Target, execution_id: str) -> dict[str, Any]:
        """What an execution is started with."""
        return {"name": "load", "key": execution_id, "url": target.effects.url, **(self.fields or {})}


_NAMES = [f"n{number}" for number in range(_ITEMS)]
_GREETED = [{"greeting": f"Hello, {name}!"} for name in _NAMES]

KINDS = (
    Kind("chain", "load-chain", nothing, steps=10, effects=2),
    Kind("inline", "load-inline", nothing, steps=10),
    Kind("map", "load-map", nothing, steps=_ITEMS + 1, output={"all": _GREETED}, fields={"names": _NAMES}),
    Kind("signal", "load-wait", signal, steps=2, effects=1, output={"n": 1}),
    Kind("event", "load-wait", publish, steps=2, effects=1, output={"n": 1}),
    Kind("pause", "load-wait", pause, steps=2, effects=1, output={"n": 1}),
    Kind("timer", "load-timer", nothing, steps=1, fields={"seconds": 2}),
    Kind("cancel", "load-timer", cancel, steps=1, state="canceled", fields={"seconds": 86_400}),
    Kind("human", "load-human", approve, steps=1, output={"by": "ann"}),
    Kind("nested", "load-parent", nothing, steps=6, effects=2),
    Kind("refused", "load-refused", nothing, steps=1, state="failed"),
)


def definitions() -> list[dict[str, Any]]:
    """What has to be registered, children before their parents."""
    return [
        workflows.queued_chain("load-chain", 10),
        workflows.inline_chain(),
        workflows.fan(),
        workflows.waiting(),
        workflows.timed(),
        workflows.asking(),
        *workflows.nested(),
        workflows.refusing(),
    ]

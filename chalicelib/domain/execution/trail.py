"""The trail of an execution: which ways it has gone from step to step, and what became of its branches and items.

Layer: domain. Folded from all commits when somebody looks, and never stored. A run says which run it comes from; how
that one ended tells which kind of way led on. Two transitions between the same steps are told apart by their kind, and
error transitions by the code, but not by their conditions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple

from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.recorder import timestamp

Kind = Literal["normal", "error", "decision", "timeout", "deadline", "branch", "join", "compensation"]
_ENDS: Final = frozenset({"WorkflowCompleted", "WorkflowFailed", "WorkflowCanceled", "WorkflowTimedOut"})


class Way(NamedTuple):
    """From one step to another; ``detail`` is a decision's condition (None: the default), or the code of an error."""

    source: str
    target: str
    kind: Kind
    detail: str | None = None


class Items(NamedTuple):
    """What became of the regions of one run: of its branches, or of its items, ``total`` in all."""

    states: Counter[str]
    total: int


class Trail:
    """``ways`` gone; ``handlers`` that led on, as (handler id, step id); by run id, when each was first heard of
    (``created_at``), and the run that opened the region it is in (``owners``).
    """

    def __init__(self, commits: Iterable[Commit] = ()) -> None:
        self.ways: set[Way] = set()
        self.created_at: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.handlers: set[tuple[str, str]] = set()
        self._totals: dict[str, int] = {}
        self._regions: dict[str, dict[str, str]] = {}
        self._region_of: dict[str, str | None] = {}
        self._endings: dict[str, tuple[Kind, str | None]] = {}
        self._compensates: dict[str, str] = {}
        for commit in commits:
            self.add(commit)

    def add(self, commit: Commit) -> None:
        """Fold a commit."""
        time = timestamp(commit.time)
        for event in commit.events:
            if event.type in _ENDS:
                for owner in self._regions:
                    self._close_all(owner)
            elif event.run_id is None:
                self._take_reaction(event)
            else:
                self.created_at.setdefault(event.run_id, time)
                self._take(event, event.run_id)

    def items_of(self, run_id: str) -> Items:
        """The regions of a run by state: pending, running, completed, failed, canceled."""
        states = Counter(self._regions.get(run_id, {}).values())
        total = self._totals.get(run_id, sum(states.values()))
        if total > sum(states.values()):
            states["pending"] = total - sum(states.values())
        return Items(states, total)

    def _take_reaction(self, event: Event) -> None:
        if "handler_id" in event.details and "to" in event.details:
            self.handlers.add((event.details["handler_id"], event.details["to"]))

    def _take(self, event: Event, run_id: str) -> None:
        if event.type == "CompensationStarted":
            compensated = event.details["compensates"]
            self._compensates[run_id] = compensated
            self.ways.add(Way(_step(compensated), _step(run_id), "compensation"))
            return
        if run_id not in self._region_of:
            self._begin(run_id, event.details)
        if "items" in event.details:
            self._totals[run_id] = len(event.details["items"])
        fold = _FOLDS.get(event.type)
        if fold is not None and not event.details.get("late"):
            fold(self, run_id, event.details)

    def _begin(self, run_id: str, details: dict[str, Any]) -> None:
        region, came_from = details.get("region"), details.get("came_from")
        self._region_of[run_id] = region
        owner = None
        if region is not None:
            owner = region.rpartition("/")[0]
            self.owners[run_id] = owner
            self._regions.setdefault(owner, {})[region] = "running"
        if came_from is None or run_id in self._compensates or _step(came_from) == _step(run_id):
            return  # it begins the execution, compensates, or repeats a run at somebody's request
        kind, detail = ("branch", None) if came_from == owner else self._endings.get(came_from, ("normal", None))
        self.ways.add(Way(_step(came_from), _step(run_id), kind, detail))

    def _decided(self, run_id: str, details: dict[str, Any]) -> None:
        self._endings[run_id] = ("decision", details.get("condition"))

    def _timed_out(self, run_id: str, details: dict[str, Any]) -> None:
        self._endings[run_id] = ("timeout", None)

    def _too_late(self, run_id: str, details: dict[str, Any]) -> None:
        self._endings[run_id] = ("deadline", None)

    def _completed(self, run_id: str, details: dict[str, Any]) -> None:
        if "to" not in details:  # it ended well in the end, whatever became of attempts before
            self._endings.pop(run_id, None)
        self._close_region(run_id, details, "completed")
        if not details.get("detached"):
            self._close_all(run_id)

    def _failed(self, run_id: str, details: dict[str, Any]) -> None:
        if details.get("continued"):
            self._completed(run_id, details)
            return
        self._endings[run_id] = ("error", details["error"]["code"])
        self._close_region(run_id, details, "failed")
        self._close_all(run_id)

    def _canceled(self, run_id: str, details: dict[str, Any]) -> None:
        self._close_all(run_id)

    def _close_region(self, run_id: str, details: dict[str, Any], state: str) -> None:
        region = self._region_of[run_id]
        if not details.get("closes") or region is None:
            return
        owner = region.rpartition("/")[0]
        self._regions[owner][region] = state
        if state == "completed":
            self.ways.add(Way(_step(run_id), _step(owner), "join"))

    def _close_all(self, owner: str) -> None:
        """What is open in the regions of a run that has ended was cancelled with it."""
        for region, state in self._regions.get(owner, {}).items():
            if state == "running":
                self._regions[owner][region] = "canceled"


def _step(run_id: str) -> str:
    return run_id.rpartition("#")[0]


_FOLDS: Final[dict[str, Callable[[Trail, str, dict[str, Any]], None]]] = {
    "DecisionMade": Trail._decided,  # noqa: SLF001 - the table names the class's own methods
    "StepTimedOut": Trail._timed_out,  # noqa: SLF001
    "HumanInterventionTimedOut": Trail._too_late,  # noqa: SLF001
    "StepCompleted": Trail._completed,  # noqa: SLF001
    "StepSkipped": Trail._completed,  # noqa: SLF001
    "StepFailed": Trail._failed,  # noqa: SLF001
    "StepCanceled": Trail._canceled,  # noqa: SLF001
}

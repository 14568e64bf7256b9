"""The state of an execution: the fold of its events, and nothing else.

Layer: domain. The hot state is bounded by what is open and by the size of the definition, never by the age of the
execution: a finished step run leaves ``runs`` and only the latest of each step stays in ``latest``, with its values
only where an expression of the definition reads them.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain.definitions.model import Priority
from chalicelib.domain.execution.arrivals import Arrival, Listening
from chalicelib.domain.execution.children import Child, Parent
from chalicelib.domain.execution.events import TERMINAL_STATES, ErrorInfo
from chalicelib.domain.execution.human_tasks import HumanTask
from chalicelib.domain.execution.layers import copied, merged

RECENT_COMMANDS: Final = 64
"""How many answered command ids a state remembers: more than two batches, so a redelivered command is found."""


class StepRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step run that has not ended.

    ``attempt`` counts from 1; ``cause`` is the commit that scheduled it. ``input`` counts only if ``mapped``, else the
    run works on the execution's input. ``timeout_at`` ends the attempt; ``due_at`` is set while it waits for a retry.
    An external worker of ``task_list`` makes its attempts. Once a worker (``node``) has begun the attempt, a run with
    ``heartbeat_seconds`` has until ``heartbeat_by`` to be heard of again.
    ``failures`` counts attempts that failed by themselves, ``losses`` those whose worker died. ``event_name`` and
    ``correlation`` are what it waits for, ``human`` the task that people are asked to answer. ``came_from`` is the run
    whose end led to it, ``region`` the one it is in.
    A run that opens regions counts those it has ``begun_regions``, and keeps their ``results`` and ``failures_of``
    by key; a map keeps its ``items``. ``child`` is the execution that the attempt began.
    """

    run_id: str
    state: str
    cause: int
    scheduled_at: datetime
    attempt: int = 1
    started_at: datetime | None = None
    mapped: bool = False
    input: Any = None
    activity_type: str | None = None
    priority: Priority = "medium"
    inline: bool = False
    task_list: str | None = None
    node: str | None = None
    heartbeat_seconds: float | None = None
    heartbeat_by: datetime | None = None
    timeout_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    losses: int = 0
    event_name: str | None = None
    correlation: Any = None
    human: HumanTask | None = None
    came_from: str | None = None
    region: str | None = None
    items: list[Any] | None = None
    begun_regions: int = 0
    results: dict[str, Any] = {}
    failures_of: dict[str, ErrorInfo] = {}
    child: Child | None = None

    @property
    def step_id(self) -> str:
        """The step that this is a run of."""
        return self.run_id.rpartition("#")[0]

    @property
    def is_open(self) -> bool:
        """Whether an outcome of its present attempt is wanted."""
        return self.due_at is None and self.state in ("scheduled", "running")


class LatestRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The latest run of a step, once ended. ``output`` and ``input`` are kept only if ``kept``."""

    run_id: str
    state: str
    commit: int
    kept: bool = False
    mapped: bool = False
    output: Any = None
    input: Any = None
    error: ErrorInfo | None = None
    came_from: str | None = None
    region: str | None = None


class Region(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A branch of a parallel run or an item of a map run, while it is open.

    Its id is ``<owner run id>/<key>``, the key being the number of the branch or item, from 0; ``parent`` is the region
    around it. An item (``index`` is set) works on ``variables`` and ``output`` of its own, and keeps the ended runs of
    its steps in ``latest``; a branch shares those around it.
    """

    owner: str
    key: str
    parent: str | None = None
    index: int | None = None
    item: Any = None
    variables: dict[str, Any] = {}
    output: Any = None
    latest: dict[str, LatestRun] = {}


class Deferred(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that ended while the execution was paused: what comes after it waits for the resume.

    ``to`` is the one next step if the run chose it; ``error`` is set if the run failed for good; ``closes`` is the
    region that ends with it.
    """

    run_id: str
    result: Any = None
    to: str | None = None
    error: ErrorInfo | None = None
    region: str | None = None
    closes: str | None = None


class Compensable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finished run that is compensated if the execution fails, with what its compensation reads of it.

    ``index`` and ``item`` are those of the map item it was in; ``variables``, ``item_output`` and ``latest`` are the
    item's as they were. ``writes`` are those of a run that was cancelled before it ended: its compensation alone
    sees them.
    """

    run_id: str
    mapped: bool = False
    input: Any = None
    output: Any = None
    index: int | None = None
    item: Any = None
    variables: dict[str, Any] = {}
    item_output: Any = None
    latest: dict[str, LatestRun] = {}
    writes: dict[str, Any] = {}

    @property
    def step_id(self) -> str:
        """The step that this is a run of."""
        return self.run_id.rpartition("#")[0]


class Stray(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run cancelled in ``commit`` with an attempt in flight, which may still succeed: then it is to be compensated.

    Its outcome counts ``until`` then. ``reads`` says what to keep of it, ``scope`` is what is kept already.
    """

    run: StepRun
    until: datetime
    commit: int
    scope: Compensable
    reads: list[str] = []


class Ending(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An execution that is to end as ``cause`` (failed, timed_out, canceled) and is compensated first.

    ``details`` are those of its last event. ``run_id`` is the run that compensates ``current``. ``compensated`` and
    ``skipped`` list run ids, ``failed`` has ``{run_id, error}``; the first of each are listed, all are ``counted``.
    """

    cause: str
    details: dict[str, Any] = {}
    run_id: str | None = None
    current: Compensable | None = None
    compensated: list[str] = []
    skipped: list[str] = []
    failed: list[dict[str, Any]] = []
    counted: dict[str, int] = {}


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An execution as of ``commit``. Treat as immutable: ``evolve`` works on a copy.

    ``sequence`` is the number of the last event. ``counts`` has the runs begun of each step. ``armed_at`` is the
    wake-up known to be under way, set in commit ``armed_in``. ``recent`` maps answered command ids to their commit.
    ``signals`` are kept by name until a step asks; ``requests`` maps hashes of answered requests to the second of
    their answer. ``lineage`` counts the executions that one after the other led to this one, by events.
    ``listens`` are the event handlers by id, listening since commit ``listens_in`` to what was published from
    ``listens_since`` on; ``arrivals`` are kept until the resume, in their order.
    ``parent`` is the attempt that began it, ``depth`` how many executions are around it; ``followed`` is the parent's
    commit that it last followed, and ``paused_by_parent`` says that its pause is the parent's.
    ``interrupted`` are the paths that a failure cut short: the step that each stood at, and the run that led there.
    ``finished`` are the runs that a failure compensates, in order of completion; ``strays`` may yet become such runs.
    ``ending`` is set from the failure on.
    """

    execution_id: str
    workflow_id: str
    workflow_version: str
    workflow_name: str | None = None
    status: str = "pending"
    commit: int = 0
    sequence: int = 0
    input: Any = None
    output: Any = msgspec.field(default_factory=dict)
    variables: dict[str, Any] = msgspec.field(default_factory=dict)
    error: ErrorInfo | None = None
    priority: Priority = "medium"
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    deadline: datetime | None = None
    trace_id: str | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    tags: dict[str, Any] = msgspec.field(default_factory=dict)
    partially_failed: bool = False
    reached_end: bool = False
    runs: dict[str, StepRun] = msgspec.field(default_factory=dict)
    latest: MutableMapping[str, LatestRun] = msgspec.field(default_factory=dict)
    counts: MutableMapping[str, int] = msgspec.field(default_factory=dict)
    regions: dict[str, Region] = msgspec.field(default_factory=dict)
    step_runs: int = 0
    armed_at: datetime | None = None
    armed_in: int = 0
    recent: dict[str, int] = msgspec.field(default_factory=dict)
    attempt: int = 1
    signals: dict[str, list[Any]] = msgspec.field(default_factory=dict)
    deferred: list[Deferred] = msgspec.field(default_factory=list)
    requests: dict[str, int] = msgspec.field(default_factory=dict)
    lineage: int = 0
    listens: dict[str, Listening] = msgspec.field(default_factory=dict)
    listens_in: int = 0
    listens_since: datetime | None = None
    arrivals: list[Arrival] = msgspec.field(default_factory=list)
    parent: Parent | None = None
    depth: int = 0
    followed: int = 0
    paused_by_parent: bool = False
    finished: list[Compensable] = msgspec.field(default_factory=list)
    strays: dict[str, Stray] = msgspec.field(default_factory=dict)
    ending: Ending | None = None
    interrupted: list[tuple[str, str | None]] = []

    @property
    def is_terminal(self) -> bool:
        """Whether the execution has ended."""
        return self.status in TERMINAL_STATES

    @property
    def is_paused(self) -> bool:
        """Whether nothing new may begin."""
        return self.status == "paused"

    @property
    def is_ending(self) -> bool:
        """Whether it has failed, timed out or been cancelled, and is not at its end yet: it is being compensated."""
        return self.ending is not None and not self.is_terminal

    @property
    def is_settling(self) -> bool:
        """Whether it is ending and no compensation is under way: nothing of the workflow may begin or go on."""
        return self.ending is not None and self.ending.current is None and not self.is_terminal

    def stands_alone(self, run_id: str) -> bool:
        """Whether nothing follows the end of a run: it compensates another, or the execution is settling."""
        return self.is_settling or (self.ending is not None and self.ending.run_id == run_id)

    def copy(self) -> State:
        """A copy whose containers may be changed; the values in them are shared and never changed in place."""
        return msgspec.structs.replace(
            self,
            runs=self.runs.copy(),
            latest=copied(self.latest),
            counts=copied(self.counts),
            regions=self.regions.copy(),
            recent=self.recent.copy(),
            signals=self.signals.copy(),
            deferred=self.deferred.copy(),
            requests=self.requests.copy(),
            finished=self.finished.copy(),
            strays=self.strays.copy(),
            arrivals=self.arrivals.copy(),
        )

    def to_encode(self) -> State:
        """The same state in types that an encoder knows."""
        return msgspec.structs.replace(self, latest=merged(self.latest), counts=merged(self.counts))

    def is_open(self, run_id: str, attempt: int) -> bool:
        """Whether an outcome of this attempt is still wanted."""
        run = self.runs.get(run_id)
        return run is not None and run.attempt == attempt and run.is_open

    def awaits(self, run_id: str, attempt: int) -> bool:
        """Whether the outcome of a cancelled attempt is waited for, to know whether it has to be compensated."""
        stray = self.strays.get(run_id)
        return stray is not None and stray.run.attempt == attempt and self.is_ending

    def wanted(self, run_id: str, attempt: int) -> StepRun | None:
        """The run of an attempt whose outcome matters, be it open or only awaited; None if nobody waits for it."""
        if self.is_open(run_id, attempt):
            return self.runs[run_id]
        return self.strays[run_id].run if self.awaits(run_id, attempt) else None

    def item_around(self, region: str | None) -> tuple[str, Region] | None:
        """The innermost map item that ``region`` is or is in, with its id; None outside of all."""
        while region is not None:
            found = self.regions.get(region) or self.new_region(region)
            if found is None:
                return None
            if found.index is not None:
                return region, found
            region = found.parent
        return None

    def new_region(self, region: str) -> Region | None:
        """A region as it is when it opens; None if the run that opens it has ended.

        An item begins with the variables and the output as they are around it.
        """
        owner_id, _, key = region.rpartition("/")
        owner = self.runs.get(owner_id)
        if owner is None or owner.items is None:
            return None if owner is None else Region(owner=owner_id, key=key, parent=owner.region)
        around = self.item_around(owner.region)
        variables, output = (self.variables, self.output) if around is None else (around[1].variables, around[1].output)
        index = int(key)
        return Region(
            owner=owner_id,
            key=key,
            parent=owner.region,
            index=index,
            item=owner.items[index],
            variables=variables,
            output=output,
        )

    def earliest_deadline(self) -> datetime | None:
        """The next instant at which time alone changes something, or None."""
        if self.status == "paused" or self.status in TERMINAL_STATES:
            return None
        instants: list[datetime] = []
        for run in self.runs.values():
            if run.timeout_at is not None:
                instants.append(run.timeout_at)
            if run.due_at is not None:
                instants.append(run.due_at)
            if run.heartbeat_by is not None:
                instants.append(run.heartbeat_by)
        if self.ending is not None:
            instants += [stray.until for stray in self.strays.values()]
        elif self.deadline is not None:
            instants.append(self.deadline)
        return min(instants) if instants else None

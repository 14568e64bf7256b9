"""What external workers ask for: tasks of a list, and to be told about the ones they have.

Layer: engine. A worker gets a task by a lease, which it extends by heartbeats and ends by an outcome. Whatever it
says is checked against the execution first, consistently: what nobody waits for any more is refused there and then.

    poll ── the attempt is still open? ── lease (conditional: one worker gets it) ── TaskStarted ──► decider
    heartbeat ── open, and the lease still mine? ── extend
    complete, fail ── open, and the lease still mine? ── mark it answered ── CompleteTask, FailTask ──► decider

A crash after the lease and before ``TaskStarted`` leaves a lease that nobody heeds; it runs out, and the task is given
away again. The same goes for one between the mark and the outcome. A lease of an attempt with a heartbeat timeout that
runs out after its start was recorded is not given away: the decider fails that attempt, and offers the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from chalicelib.domain.definitions.model import Priority
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.execution.commands import Command, CompleteTask, FailTask, TaskStarted
from chalicelib.domain.execution.effects import to_task
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.progress import Progress
from chalicelib.domain.execution.state import State
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.heartbeats import Heartbeats
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.task_lists import Lease, OfferedTask, Place, TaskLists, place_of, to_offered
from chalicelib.engine.task_tokens import hash_of, new_token, read_token
from chalicelib.engine.work import report
from chalicelib.ports.entries import Entry
from chalicelib.ports.queues import CommandQueue
from chalicelib.ports.system import Clock, Ids, Waiter

_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 2.0
_BACK_OFF: Final = 1.5
_ATTEMPTS: Final = 5
_ANSWERED: Final = timedelta(minutes=5)
"""How long an outcome may be on its way to the decider before its task is given away again."""


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for up to ``max_tasks`` tasks of a list; ``capabilities`` are the activity types taken, empty for all."""

    task_list: str
    worker_id: str
    capabilities: Sequence[str] = ()
    max_tasks: int = 1
    wait_seconds: float = 0.0


class LeasedTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task and what its worker needs to know. ``task_token`` is known to nobody else.

    ``lease_seconds`` is what a heartbeat is worth, also to a worker whose clock is wrong.
    """

    task_token: str
    execution_id: str
    workflow_id: str
    step_id: str
    run_id: str
    activity_type: str
    input: Any
    attempt: int
    idempotency_key: str
    priority: Priority
    lease_expires_at: datetime
    lease_seconds: float
    heartbeat_timeout: float | None
    deadline: datetime | None
    trace_id: str | None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a heartbeat. ``cancel_requested``: nobody waits for the outcome any more, and there is no lease."""

    cancel_requested: bool
    lease_expires_at: datetime | None = None


class TaskRefused(Conflict):
    """The task is no longer this worker's. ``LeaseLost``, ``TaskCanceled`` or ``TaskEnded``."""


class ExternalWork:
    """Gives tasks to external workers and takes their outcomes. ``lease_seconds`` is for tasks without a timeout."""

    def __init__(
        self,
        task_lists: TaskLists,
        heartbeats: Heartbeats,
        loader: StateLoader,
        commands: CommandQueue,
        clock: Clock,
        waiter: Waiter,
        ids: Ids,
        *,
        lease_seconds: float,
    ) -> None:
        self._task_lists = task_lists
        self._heartbeats = heartbeats
        self._loader = loader
        self._commands = commands
        self._clock = clock
        self._waiter = waiter
        self._ids = ids
        self._lease_seconds = lease_seconds

    def poll(self, poll: Poll) -> list[LeasedTask]:
        """Lease tasks, the urgent and the old ones first; looks again and again while there is none and time is left.

        Raises ``Unavailable`` if the store or the queue does not answer and nothing was leased.
        """
        until = self._clock.now() + timedelta(seconds=poll.wait_seconds)
        leased = self._look(poll)
        for pause in _pauses(poll.wait_seconds):
            if leased or self._clock.now() >= until:
                break
            self._waiter.wait(pause)
            leased = self._look(poll)
        return leased

    def heartbeat(self, token: str, progress: Progress | None = None) -> Heard:
        """The worker is at work: its lease begins anew. Raises ``NotFound``, ``TaskRefused``, ``Unavailable``."""
        place, secret = read_token(token)
        for _ in range(_ATTEMPTS):
            state = self._state(place)
            run = state.wanted(place.run_id, place.attempt)
            if run is None:
                refusal = _refusal(state, place)
                if refusal.code == "TaskCanceled":
                    return Heard(cancel_requested=True)
                raise refusal
            entry, task, lease = self._lease(place, secret)
            now = self._clock.now()
            expires_at = max(lease.expires_at if lease.answered else now, now + self._duration(task))
            said = lease.progress if progress is None else progress.to_dict()
            longer = msgspec.structs.replace(lease, heard_at=now, expires_at=expires_at, progress=said)
            if self._task_lists.write(entry, msgspec.structs.replace(task, lease=longer)):
                if progress is not None:
                    self._heartbeats.keep(to_task(state, run), progress)
                return Heard(cancel_requested=False, lease_expires_at=expires_at)
        raise Unavailable(_BUSY)

    def complete(self, token: str, output: Any) -> Task:
        """The attempt has given ``output``. Raises ``NotFound``, ``TaskRefused``, ``Unavailable``."""
        return self._answer(token, lambda task, lease: _completed(task, lease, output))

    def fail(self, token: str, error: ErrorInfo, *, give_back: bool = False) -> Task:
        """The attempt has failed; or, to ``give_back``, was not made: it is repeated, its retry policy not charged.

        Raises as ``complete``.
        """
        return self._answer(token, lambda task, lease: _failed(task, lease, error, lost=give_back))

    # --- polling ----------------------------------------------------------------------------------------------------

    def _look(self, poll: Poll) -> list[LeasedTask]:
        leased: list[LeasedTask] = []
        for entry in self._task_lists.read(poll.task_list):
            try:
                taken = self._take(entry, poll)
            except Unavailable:
                if not leased:
                    raise
                return leased
            leased += [] if taken is None else [taken]
            if len(leased) >= poll.max_tasks:
                break
        return leased

    def _take(self, entry: Entry, poll: Poll) -> LeasedTask | None:
        """Lease the task of ``entry`` if it is to be had."""
        offered, now = to_offered(entry), self._clock.now()
        if poll.capabilities and offered.activity_type not in poll.capabilities:
            return None
        before = offered.lease
        if before is not None and before.expires_at > now:
            return None
        state = self._loader.load(offered.execution_id)
        run = None if state is None else state.wanted(offered.run_id, offered.attempt)
        if state is None or run is None:
            self._task_lists.drop(entry)
            return None
        if before is not None and run.heartbeat_by is not None and run.run_id in state.runs:
            return None  # its time is over: the decider is about to fail the attempt
        secret = self._ids.new_id()
        lease = Lease(
            token_hash=hash_of(secret),
            worker_id=poll.worker_id,
            since=now,
            expires_at=now + self._duration(offered),
            heard_at=now,
        )
        if not self._task_lists.write(entry, msgspec.structs.replace(offered, lease=lease)):
            return None
        task = to_task(state, run)
        begun = TaskStarted(run_id=run.run_id, attempt=run.attempt, started_at=now, node=poll.worker_id)
        report(self._commands, task, begun)
        return _leased(task, new_token(place_of(task, run.scheduled_at), secret), lease)

    def _duration(self, task: OfferedTask) -> timedelta:
        return timedelta(seconds=task.heartbeat_seconds or self._lease_seconds)

    # --- outcomes ---------------------------------------------------------------------------------------------------

    def _answer(self, token: str, outcome: _Outcome) -> Task:
        place, secret = read_token(token)
        for _ in range(_ATTEMPTS):
            state = self._state(place)
            run = state.wanted(place.run_id, place.attempt)
            if run is None:
                raise _refusal(state, place)
            entry, offered, lease = self._lease(place, secret)
            expires_at = max(lease.expires_at, self._clock.now() + _ANSWERED)
            marked = msgspec.structs.replace(lease, answered=True, expires_at=expires_at)
            if self._task_lists.write(entry, msgspec.structs.replace(offered, lease=marked)):
                task = to_task(state, run)
                report(self._commands, task, outcome(task, lease))
                return task
        raise Unavailable(_BUSY)

    def _state(self, place: Place) -> State:
        state = self._loader.load(place.execution_id)
        if state is None:
            message = f"There is no execution {place.execution_id!r}."
            raise NotFound(message, code="ExecutionNotFound")
        return state

    def _lease(self, place: Place, secret: str) -> tuple[Entry, OfferedTask, Lease]:
        """The task that a token stands for. Raises ``TaskRefused`` unless the token is that of its lease."""
        entry = self._task_lists.get(place)
        offered = None if entry is None else to_offered(entry)
        if entry is None or offered is None or offered.lease is None or offered.lease.token_hash != hash_of(secret):
            message = "The lease ran out, and the task is open to other workers or was given to one."
            raise TaskRefused(message, code="LeaseLost")
        return entry, offered, offered.lease


_Outcome = Callable[[Task, Lease], Command]
_BUSY: Final = "The task changed again and again meanwhile."


def _pauses(seconds: float) -> Iterator[float]:
    """Pauses that grow, and take ``seconds`` together."""
    pause = _FIRST_PAUSE_SECONDS
    while seconds > 0:
        yield min(pause, seconds)
        seconds -= pause
        pause = min(pause * _BACK_OFF, _LONGEST_PAUSE_SECONDS)


def _completed(task: Task, lease: Lease, output: Any) -> Command:
    return CompleteTask(
        run_id=task.run_id, attempt=task.attempt, output=output, started_at=lease.since, node=lease.worker_id
    )


def _failed(task: Task, lease: Lease, error: ErrorInfo, *, lost: bool) -> Command:
    return FailTask(
        run_id=task.run_id, attempt=task.attempt, error=error, started_at=lease.since, node=lease.worker_id, lost=lost
    )


def _refusal(state: State, place: Place) -> TaskRefused:
    """Why an attempt that is not open takes no outcome, as far as the execution still knows."""
    latest = state.latest.get(place.run_id.rpartition("#")[0])
    if place.run_id in state.runs:
        message = f"Attempt {place.attempt} has ended without this outcome: it took too long, or failed."
        return TaskRefused(message, code="LeaseLost")
    if latest is not None and latest.run_id == place.run_id and latest.state in ("completed", "failed"):
        return TaskRefused(f"The step has {latest.state} already.", code="TaskEnded")
    return TaskRefused("Nobody waits for the outcome any more: the step was cancelled or skipped.", code="TaskCanceled")


def _leased(task: Task, token: str, lease: Lease) -> LeasedTask:
    return LeasedTask(
        task_token=token,
        execution_id=task.execution_id,
        workflow_id=task.workflow_id,
        step_id=task.step_id,
        run_id=task.run_id,
        activity_type=task.activity_type,
        input=task.input,
        attempt=task.attempt,
        idempotency_key=task.idempotency_key,
        priority=task.priority,
        lease_expires_at=lease.expires_at,
        lease_seconds=(lease.expires_at - lease.since).total_seconds(),
        heartbeat_timeout=task.heartbeat_seconds,
        deadline=task.deadline,
        trace_id=task.trace_id,
    )

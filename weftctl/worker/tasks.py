"""The service's tasks, as a worker uses them.

Layer: command line. A word that the service has not answered is said again by ``WeftClient``, a few times; who has
more patience repeats the call, which is harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.progress import Progress
from chalicelib.domain.execution.tasks import Task
from weftctl.client import WeftClient, path
from weftctl.failures import ServiceFailure

NOT_OURS: Final = frozenset({"LeaseLost", "TaskCanceled", "TaskEnded", "ExecutionNotFound", "UnknownTask"})
"""The codes by which the service says that nobody waits for this worker's word."""


class NotOurs(Exception):
    """The task is no longer this worker's; the message says why."""


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A task as leased: ``token`` names it to the service, which has to hear of it within ``lease_seconds``."""

    token: str
    lease_seconds: float
    task: Task


class TaskService:
    """Leases tasks and reports on them, in the name of ``worker_id``."""

    def __init__(self, client: WeftClient, worker_id: str, capabilities: Sequence[str]) -> None:
        self._client = client
        self._worker_id = worker_id
        self._capabilities = list(capabilities)

    def poll(self, task_list: str, *, max_tasks: int, wait_seconds: float) -> list[Leased]:
        """Lease tasks of a list, or wait for one. Raises ``ServiceFailure``."""
        body = {
            "task_list": task_list,
            "worker_id": self._worker_id,
            "capabilities": self._capabilities,
            "max_tasks": max_tasks,
            "wait_seconds": wait_seconds,
        }
        return [_to_leased(shown, task_list) for shown in self._client.post("/tasks/poll", body)["tasks"]]

    def heartbeat(self, token: str, progress: Progress | None) -> bool:
        """Say that the task is at work; whether it is still wanted. Raises ``NotOurs``, ``ServiceFailure``."""
        answer = self._tell(token, "heartbeat", {} if progress is None else progress.to_dict())
        return not answer["cancel_requested"]

    def complete(self, token: str, output: Any) -> None:
        """Give the output. Raises ``NotOurs``, ``ServiceFailure``."""
        self._tell(token, "complete", {"output": output})

    def fail(self, token: str, error: ErrorInfo) -> None:
        """Say what went wrong. Raises ``NotOurs``, ``ServiceFailure``."""
        said = {**error.to_dict(), "retryable": error.retryable}
        self._tell(token, "fail", {"error": {name: value for name, value in said.items() if value is not None}})

    def give_back(self, token: str) -> None:
        """Let another worker have the task. Raises ``NotOurs``, ``ServiceFailure``."""
        self._tell(token, "fail", {"give_back": True})

    def _tell(self, token: str, what: str, body: dict[str, Any]) -> Any:
        try:
            return self._client.post(path("tasks", token, what), body)
        except ServiceFailure as failure:
            if failure.code in NOT_OURS:
                raise NotOurs(failure.message) from failure
            raise


def is_passing(failure: ServiceFailure) -> bool:
    """Whether the same call may succeed later: nobody answered, or the service could not just then."""
    return failure.status is None or failure.status == 429 or failure.status >= 500


def _to_leased(shown: dict[str, Any], task_list: str) -> Leased:
    deadline = shown["deadline"]
    task = Task(
        execution_id=shown["execution_id"],
        workflow_id=shown["workflow_id"],
        run_id=shown["run_id"],
        attempt=shown["attempt"],
        activity_type=shown["activity_type"],
        input=shown["input"],
        cause=0,
        priority=shown["priority"],
        deadline=None if deadline is None else parse_timestamp(deadline),
        trace_id=shown["trace_id"],
        task_list=task_list,
        heartbeat_seconds=shown["lease_seconds"],
    )
    return Leased(token=shown["task_token"], lease_seconds=shown["lease_seconds"], task=task)

"""Routes for external workers: poll for tasks, say that one is at work, complete, fail.

Layer: api. A worker polls with patience: the answer comes as soon as there is a task, or after ``wait_seconds`` without
one. A function that waits is paid for, so it looks seldom while it waits, and for no longer than the gateway lets it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from chalicelib import observability
from chalicelib.api import bodies, parameters
from chalicelib.api.answers import Answer
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.progress import Progress, read_progress
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.external_work import LeasedTask, Poll

routes = Routes(__name__)

TASK: Final = "/api/v1/tasks/{task_token}"
MOST_TASKS: Final = 10
DEFAULT_WAIT_SECONDS: Final = 1.0
LONGEST_WAIT_SECONDS: Final = 29
ANSWER_SECONDS: Final = 4
"""What is left of the gateway's 29 s for the look itself, and for a function that has to start."""
MOST_CAPABILITIES: Final = 1_000
LONGEST_TEXT: Final = 2_000
LONGEST_STACK: Final = 4_000


@routes.on("POST", "/api/v1/tasks/poll")
def poll(call: Call) -> Answer:
    """Lease tasks of a list."""
    fields = bodies.read_fields(call.json(), POLL, required=("task_list", "worker_id"))
    wait_seconds = min(fields.pop("wait_seconds", DEFAULT_WAIT_SECONDS), LONGEST_WAIT_SECONDS - ANSWER_SECONDS)
    leased = call.engine.external_work.poll(Poll(**fields, wait_seconds=wait_seconds))
    if leased:
        observability.count("TasksLeased", len(leased))
    return Answer(body={"tasks": [_shown(task) for task in leased]})


@routes.on("POST", TASK + "/heartbeat")
def heartbeat(call: Call, task_token: str) -> Answer:
    """Keep a task, say how far it is, and hear whether it is still wanted."""
    body = call.json() if call.body.strip() else {}
    progress = _progress(bodies.read_fields(body, PROGRESS))
    heard = call.engine.external_work.heartbeat(task_token, progress)
    expires_at = None if heard.lease_expires_at is None else timestamp(heard.lease_expires_at)
    return Answer(body={"cancel_requested": heard.cancel_requested, "lease_expires_at": expires_at})


@routes.on("POST", TASK + "/complete")
def complete(call: Call, task_token: str) -> Answer:
    """Give the output of a task."""
    body = call.json() if call.body.strip() else {}
    fields = bodies.read_fields(body, COMPLETE, nullable=("output",))
    return _answered(call.engine.external_work.complete(task_token, fields.get("output")), "The output is on its way.")


@routes.on("POST", TASK + "/fail")
def fail(call: Call, task_token: str) -> Answer:
    """Say that a task failed, or give it back."""
    fields = bodies.read_fields(call.json(), FAIL)
    give_back: bool = fields.get("give_back", False)
    error = fields.get("error")
    if error is None and not give_back:
        bodies.read_fields({}, FAIL, required=("error",))
    known = error or ErrorInfo(code="WorkerLost", message="the worker gave the task back")
    task = call.engine.external_work.fail(task_token, known, give_back=give_back)
    return _answered(task, "The task is open to other workers." if give_back else "The failure is on its way.")


def _answered(task: Task, message: str) -> Answer:
    return Answer(body={"execution_id": task.execution_id, "step_id": task.step_id, "message": message})


def _shown(task: LeasedTask) -> dict[str, Any]:
    shown = msgspec.structs.asdict(task)
    shown["lease_expires_at"] = timestamp(task.lease_expires_at)
    shown["deadline"] = None if task.deadline is None else timestamp(task.deadline)
    return shown


def _progress(fields: dict[str, Any]) -> Progress | None:
    return read_progress(fields) if fields else None


# --- readers of fields ------------------------------------------------------------------------------------------------


def _between(low: float, high: float, *, whole: bool = False) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high:
            return value
        message = f"be a {'whole ' if whole else ''}number from {low:g} to {high:g}"
        raise ValueError(message)

    return parse


def _capabilities(value: Any) -> list[str]:
    if isinstance(value, list) and len(value) <= MOST_CAPABILITIES:
        kinds = bodies.text(parameters.text(256))
        return [kinds(each) for each in value]
    message = f"be a list of at most {MOST_CAPABILITIES} activity types"
    raise ValueError(message)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    message = "be true or false"
    raise ValueError(message)


def _details(value: Any) -> Any:
    read_progress({"details": value})
    return value


def _error(value: Any) -> ErrorInfo:
    read = bodies.read_fields(value, ERROR, what="error", required=("code", "message"), nullable=("details",))
    return ErrorInfo(**read)


POLL: Final[bodies.Fields] = {
    "task_list": bodies.text(parameters.text(128)),
    "worker_id": bodies.text(parameters.text(128)),
    "capabilities": _capabilities,
    "max_tasks": _between(1, MOST_TASKS, whole=True),
    "wait_seconds": _between(0, LONGEST_WAIT_SECONDS),
}
PROGRESS: Final[bodies.Fields] = {
    "progress_percentage": _between(0, 100),
    "details": _details,
    "sub_state": bodies.text(parameters.text(256)),
}
COMPLETE: Final[bodies.Fields] = {"output": bodies.anything}
FAIL: Final[bodies.Fields] = {"error": _error, "give_back": _flag}
ERROR: Final[bodies.Fields] = {
    "code": bodies.text(parameters.text(128)),
    "message": bodies.text(parameters.text(LONGEST_TEXT)),
    "details": bodies.anything,
    "stack_trace": bodies.text(parameters.text(LONGEST_STACK)),
    "retryable": _flag,
}

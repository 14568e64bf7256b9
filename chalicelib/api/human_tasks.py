"""Routes of human tasks: what waits for whom, one task with its form, and answering it.

Layer: api. No role is needed but a name: who may see and answer a task goes by its groups. Operators may look at every
task, but answer only what their own groups may.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib.api import bodies, control, paging, parameters, roles
from chalicelib.api.answers import Answer, Large, fit
from chalicelib.api.executions import EXECUTION
from chalicelib.api.identity import Identity
from chalicelib.api.parameters import QuerySpec, Several
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.errors import Forbidden, InvalidRequest, NotFound
from chalicelib.domain.execution.commands import SubmitHuman
from chalicelib.domain.execution.human_tasks import parse_task_id
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.engine.human_tasks import TaskQuery
from chalicelib.engine.inbox import OpenTask

routes = Routes(__name__)

TASKS: Final = "/api/v1/tasks/human"
TASK: Final = TASKS + "/{task_id}"
LONGEST_COMMENTS: Final = 10_000

LISTED: Final[QuerySpec] = {
    **paging.PAGE,
    "group": parameters.text(256),
    "all": parameters.flag,
    "priority": Several(parameters.one_of(PRIORITIES)),
    "due_before": parameters.instant,
}
SUBMISSION: Final[bodies.Fields] = {
    "action_type": bodies.text(parameters.text(128)),
    "custom_action_id": bodies.text(parameters.text(128)),
    "reason": control.FIELDS["reason"],
    "comments": bodies.text(parameters.text(LONGEST_COMMENTS)),
    "data": bodies.anything,
}
_RENAMED: Final = {"action_type": "action"}
_SUBMIT: Final = control.Action(kind=SubmitHuman, done="Submitted.")


@routes.on("GET", TASKS, LISTED)
def list_tasks(call: Call) -> Answer:
    """List the open tasks that the caller may answer, the most urgent first. May lag behind by a second."""
    query = _query(call)
    tasks = call.engine.human_tasks
    found = paging.find(lambda size, cursor: tasks.page(query, page_size=size, cursor=cursor), call.query)
    rows = [_row(task) for task in found.items]
    return Answer(body=paging.listed("tasks", rows, call.query, next_cursor=found.next_cursor))


@routes.on("GET", TASK)
def get_task(call: Call, task_id: str) -> Answer:
    """One task with its form and what there is to decide on, exact as of now."""
    task = call.engine.human_tasks.view(task_id)
    if not _may_see(call.caller, task["user_groups"]):
        message = f"The task {task['name']!r} is for members of {', '.join(task['user_groups'])}."
        raise Forbidden(message, code="NotPermitted")
    context = task.get("context", {})
    link = EXECUTION.format(execution_id=task["execution_id"])
    fit(task, (Large(pointer=f"/context/{name}", holder=context, key=name, link=link) for name in list(context)))
    return Answer(body=task)


@routes.on("POST", TASK + "/submit", control.WAIT)
def submit_task(call: Call, task_id: str) -> Answer:
    """Answer a task. The first valid answer counts."""
    named = parse_task_id(task_id)
    if named is None:
        message = f"There is no human task {task_id[:100]!r}."
        raise NotFound(message, code="TaskNotFound")
    return _submitted(call, *named)


@routes.on("POST", EXECUTION + "/human-task/{step_id}", control.WAIT)
def submit_step(call: Call, execution_id: str, step_id: str) -> Answer:
    """Answer the task of a step that waits for people."""
    return _submitted(call, execution_id, step_id)


def _submitted(call: Call, execution_id: str, step: str) -> Answer:
    values = bodies.read_fields(call.json(), SUBMISSION, required=("action_type",), nullable=("data",))
    fields = {_RENAMED.get(name, name): value for name, value in values.items()}
    groups = None if call.caller.is_admin else tuple(sorted(call.caller.groups))
    try:
        return control.asked(call, execution_id, _SUBMIT, {**fields, "step_id": step, "groups": groups})
    except InvalidRequest as refused:
        # The decider names the fields of a request; whoever asks knows those of the body.
        findings = [
            msgspec.structs.replace(each, pointer="/action_type") if each.pointer == "/action" else each
            for each in refused.findings
        ]
        raise InvalidRequest(refused.message, findings, code=refused.code) from refused


def _query(call: Call) -> TaskQuery:
    caller, group = call.caller, call.query.get("group")
    filters: dict[str, Any] = {
        "priorities": tuple(sorted(set(call.query.get("priority", ())))),
        "due_before": call.query.get("due_before"),
    }
    if group is not None:
        if call.query.get("all"):
            message = "Give group or all, not both."
            raise InvalidRequest(message)
        if group not in caller.groups and not _may_see_all(caller):
            message = f"{caller.name!r} is not in the group {group!r}."
            raise Forbidden(message)
        return TaskQuery(groups=(group,), **filters)
    if call.query.get("all"):
        roles.require(caller, roles.OPERATOR)
    if call.query.get("all", caller.is_admin):
        return TaskQuery(groups=None, **filters)
    return TaskQuery(groups=tuple(sorted(caller.groups)), open_to_anyone=True, **filters)


def _may_see_all(caller: Identity) -> bool:
    return roles.OPERATOR in roles.roles_of(caller)


def _may_see(caller: Identity, groups: list[str]) -> bool:
    return not groups or not caller.groups.isdisjoint(groups) or _may_see_all(caller)


def _row(task: OpenTask) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.structs.asdict(task)
    for name in ("created_at", "deadline"):
        shown[name] = None if shown[name] is None else timestamp(shown[name])
    return shown

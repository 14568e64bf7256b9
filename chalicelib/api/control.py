"""Routes that take executions in hand: pause, resume, cancel, skip, retry, rerun, confirm, variables, signals.

Layer: api. Every one of them is a request to the decider. The answer is 200 with the new state once the decider has
decided, 409 with the present one if it refused, and 202 if it has not decided within ``wait`` seconds.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib import observability
from chalicelib.api import bodies, parameters
from chalicelib.api.answers import Answer
from chalicelib.api.executions import EXECUTION, EXECUTIONS
from chalicelib.api.parameters import QuerySpec
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.execution import commands
from chalicelib.domain.execution.commands import AnyRequest
from chalicelib.engine.control import DEFAULT_WAIT_SECONDS

routes = Routes(__name__)

LONGEST_WAIT_SECONDS: Final = 25
LONGEST_REASON: Final = 1_000
WAIT: Final[QuerySpec] = {"wait": parameters.integer(0, LONGEST_WAIT_SECONDS)}


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """Something to ask: ``done`` says in the answer that it was done; ``fields`` of the body are read by ``FIELDS``."""

    kind: type[AnyRequest]
    done: str
    has_step: bool = False
    fields: tuple[str, ...] = ("reason",)
    required: tuple[str, ...] = ()


def _reason(value: Any) -> str | None:
    if isinstance(value, str) and len(value) <= LONGEST_REASON:
        return value or None
    message = f"be a string of at most {LONGEST_REASON:,} characters"
    raise ValueError(message)


FIELDS: Final[bodies.Fields] = {
    "reason": _reason,
    "step_id": bodies.text(parameters.step),
    "input": bodies.anything,
    "variables": bodies.any_object,
    "signal_name": bodies.text(parameters.text(256)),
    "payload": bodies.anything,
}
RENAMED: Final = {"step_id": "step", "signal_name": "name"}
"""Fields whose name in a command is another."""

ACTIONS: Final = {
    "pause": Action(kind=commands.Pause, done="Paused."),
    "resume": Action(kind=commands.Resume, done="Resumed."),
    "cancel": Action(kind=commands.Cancel, done="Cancelled."),
    "skip": Action(kind=commands.Skip, done="Skipped.", has_step=True),
    "retry": Action(kind=commands.Retry, done="Retried.", has_step=True),
    "rerun": Action(kind=commands.Rerun, done="Run again.", has_step=True, fields=("reason", "input")),
    "confirm": Action(kind=commands.Confirm, done="Confirmed.", has_step=True),
    "set": Action(
        kind=commands.SetVariables, done="Variables set.", fields=("reason", "variables"), required=("variables",)
    ),
}
"""What ``control`` can ask, by the name it has there."""
_SIGNAL: Final = Action(
    kind=commands.Signal, done="Signal received.", fields=("signal_name", "payload"), required=("signal_name",)
)


@routes.on("POST", EXECUTION + "/pause", WAIT)
def pause(call: Call, execution_id: str) -> Answer:
    """Begin nothing new; what runs may finish."""
    return _by_path(call, execution_id, ACTIONS["pause"])


@routes.on("POST", EXECUTION + "/resume", WAIT)
def resume(call: Call, execution_id: str) -> Answer:
    """Go on after a pause."""
    return _by_path(call, execution_id, ACTIONS["resume"])


@routes.on("POST", EXECUTION + "/cancel", WAIT)
def cancel(call: Call, execution_id: str) -> Answer:
    """End an execution."""
    return _by_path(call, execution_id, ACTIONS["cancel"])


@routes.on("POST", EXECUTION + "/skip/{step_id}", WAIT)
def skip(call: Call, execution_id: str, step_id: str) -> Answer:
    """End a step that has not ended as skipped."""
    return _by_path(call, execution_id, ACTIONS["skip"], step_id)


@routes.on("POST", EXECUTION + "/retry/{step_id}", WAIT)
def retry(call: Call, execution_id: str, step_id: str) -> Answer:
    """Run a step again whose last run failed."""
    return _by_path(call, execution_id, ACTIONS["retry"], step_id)


@routes.on("POST", EXECUTION + "/rerun/{step_id}", WAIT)
def rerun(call: Call, execution_id: str, step_id: str) -> Answer:
    """Run again from a step that has ended."""
    return _by_path(call, execution_id, ACTIONS["rerun"], step_id)


@routes.on("POST", EXECUTION + "/confirm/{step_id}", WAIT)
def confirm(call: Call, execution_id: str, step_id: str) -> Answer:
    """Let a step begin that waits to be confirmed."""
    return _by_path(call, execution_id, ACTIONS["confirm"], step_id)


@routes.on("PUT", EXECUTION + "/variables", WAIT)
def set_variables(call: Call, execution_id: str) -> Answer:
    """Set variables. The body is the variables, or ``{variables, reason?}``: an object there, and nothing beside."""
    body = call.json()
    enveloped = isinstance(body, dict) and body.keys() <= {"variables", "reason"} and "variables" in body
    if not (enveloped and isinstance(body["variables"], dict)):
        body = {"variables": body}
    action = ACTIONS["set"]
    return asked(call, execution_id, action, bodies.read_fields(body, _fields(action), required=action.required))


@routes.on("POST", EXECUTION + "/signal", WAIT)
def signal(call: Call, execution_id: str) -> Answer:
    """Tell an execution that something happened."""
    return _by_path(call, execution_id, _SIGNAL)


@routes.on("POST", EXECUTION + "/control", WAIT)
def control(call: Call, execution_id: str) -> Answer:
    """Any of the above but signals, by the name of the action in the body."""
    action, values = _by_name(call.json(), {})
    return asked(call, execution_id, action, values)


@routes.on("POST", EXECUTIONS + "/control", WAIT)
def control_by_body(call: Call) -> Answer:
    """The same, with the execution's id in the body too."""
    action, values = _by_name(call.json(), {"execution_id": bodies.text(parameters.execution_id)})
    return asked(call, values.pop("execution_id"), action, values)


def _by_path(call: Call, execution_id: str, action: Action, step_id: str | None = None) -> Answer:
    body = call.json() if call.body.strip() or action.required else {}
    values = bodies.read_fields(body, _fields(action), required=action.required, nullable=("input",))
    return asked(call, execution_id, action, values if step_id is None else {**values, "step_id": step_id})


def _by_name(body: Any, beside: bodies.Fields) -> tuple[Action, dict[str, Any]]:
    """The action that a body names, and the other fields, which are checked for that action."""
    named = body.get("action") if isinstance(body, dict) else None
    action = ACTIONS.get(named) if isinstance(named, str) else None
    known = {"action": bodies.text(parameters.one_of(ACTIONS)), **beside}
    if action is None:
        fields, required = {**known, **FIELDS}, ("action", *beside)
    else:
        own = ("step_id",) if action.has_step else ()
        fields = {**known, **_fields(action), **{name: FIELDS[name] for name in own}}
        required = ("action", *beside, *own, *action.required)
    values = bodies.read_fields(body, fields, required=required, nullable=("input",))
    return ACTIONS[values.pop("action")], values


def _fields(action: Action) -> bodies.Fields:
    return {name: FIELDS[name] for name in action.fields}


def asked(call: Call, execution_id: str, action: Action, values: dict[str, Any]) -> Answer:
    """Ask ``action`` with ``values`` (by the names they have in bodies) of an execution, and say what became of it."""
    fields = {RENAMED.get(name, name): value for name, value in values.items()}
    asking = call.engine.control
    request = asking.request(
        action.kind, execution_id, by=call.caller.name, idempotency_key=call.idempotency_key(), **fields
    )
    seconds = call.query.get("wait", DEFAULT_WAIT_SECONDS)
    found = asking(execution_id, request, wait_seconds=seconds)
    observability.logger().info("Asked", request=action.kind.__name__, outcome=found.outcome)
    body: dict[str, Any] = {"execution_id": execution_id, "state": found.state}
    if "step_id" in values:
        body["step_id"] = values["step_id"]
    if found.outcome != "accepted":
        remarks = {"done": "", "unchanged": " There was nothing left to change.", "repeated": " That was before."}
        return Answer(body={**body, "message": action.done + remarks[found.outcome]})
    location = EXECUTION.format(execution_id=execution_id)
    message = f"Accepted, and not decided within {seconds:g} s. GET {location} shows what becomes of it."
    return Answer(body={**body, "message": message}, status=202, headers={"Location": location})

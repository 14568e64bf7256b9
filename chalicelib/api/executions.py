"""Routes of executions: start, list and search, status, history. Layer: api."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib import observability
from chalicelib.api import bodies, paging, parameters
from chalicelib.api.answers import LIMIT_BYTES, Answer, Large, fit, fit_rows
from chalicelib.api.parameters import QuerySpec, Several
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.errors import InvalidInput, InvalidRequest
from chalicelib.domain.execution.events import EVENT_TYPES, EXECUTION_STATES
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.engine.queries import HistoryQuery
from chalicelib.engine.start import Started, StartRequest
from chalicelib.ports.executions import Summary, SummaryQuery

routes = Routes(__name__)

EXECUTIONS: Final = "/api/v1/workflows/executions"
EXECUTION: Final = EXECUTIONS + "/{execution_id}"
DEFAULT_EVENTS: Final = 100
LONGEST_DURATION_MS: Final = 10**13
ENDED: Final = frozenset({"completed", "skipped", "failed", "canceled"})

SEARCH: Final[QuerySpec] = {
    **paging.PAGE,
    "workflow_id": parameters.workflow_id,
    "states": Several(parameters.one_of(EXECUTION_STATES)),
    "created_from": parameters.instant,
    "created_to": parameters.instant,
    "completed_from": parameters.instant,
    "completed_to": parameters.instant,
    "min_duration_ms": parameters.integer(0, LONGEST_DURATION_MS),
    "max_duration_ms": parameters.integer(0, LONGEST_DURATION_MS),
    "tags": Several(parameters.tag),
}
HISTORY: Final[QuerySpec] = {
    **paging.PAGE,
    "event_types": Several(parameters.one_of(EVENT_TYPES)),
    "start_time": parameters.instant,
    "end_time": parameters.instant,
    "step_id": parameters.text(256),
}


@routes.on("POST", "/api/v1/workflows/{workflow_id}/execute", {"body": parameters.one_of(("envelope", "bare"))})
def execute(call: Call, workflow_id: str) -> Answer:
    """Start an execution. The body is an envelope or the bare input, by its keys or as ?body= says."""
    body = call.json() if call.body.strip() else {}
    form, remark = bodies.interpret(body, call.query.get("body"))
    options = bodies.read_envelope(body) if form == "envelope" else {"input": body}
    return _started(call, {**options, "workflow_id": workflow_id}, remark, interpreted_as=form)


@routes.on("POST", "/api/v1/workflows/start")
def start(call: Call) -> Answer:
    """Start an execution, the workflow's id in the body."""
    return _started(call, bodies.read_envelope(call.json(), required=("workflow_id",)))


@routes.on("GET", EXECUTIONS, SEARCH)
def search_executions(call: Call) -> Answer:
    """List executions, newest first; every filter given must hold. May lag behind by a second."""
    query = _summary_query(call)
    found = paging.find(
        lambda size, cursor: call.engine.queries.search(query, page_size=size, cursor=cursor), call.query
    )
    rows = [to_row(summary) for summary in found.items]
    return Answer(body=paging.listed("executions", rows, call.query, next_cursor=found.next_cursor))


@routes.on("GET", EXECUTION)
def get_status(call: Call, execution_id: str) -> Answer:
    """The status of an execution with every step run, exact as of now."""
    return Answer(body=fitting_status(call.engine.queries.status(execution_id)))


@routes.on("GET", EXECUTION + "/history", HISTORY)
def get_history(call: Call, execution_id: str) -> Answer:
    """What happened to an execution, event by event, oldest first. A page also ends at 4 MB."""
    size, cursor, page = paging.asked(call.query, DEFAULT_EVENTS)
    query = HistoryQuery(
        execution_id=execution_id,
        event_types=tuple(sorted(set(call.query.get("event_types", ())))),
        start_time=call.query.get("start_time"),
        end_time=call.query.get("end_time"),
        step_id=call.query.get("step_id"),
    )
    queries = call.engine.queries
    if page is None:
        found = queries.history(query, page_size=size, cursor=cursor)
    else:
        found = queries.history_page(query, page_size=size, page=page)
    body = paging.listed(
        "events", found.events, {"page_size": size, "page": page}, next_cursor=found.next_cursor, total=found.total
    )
    body["execution_id"] = execution_id
    fit(body, (_large(event, f"/events/{at}", "details") for at, event in enumerate(found.events)))
    return Answer(body=body)


def fitting_status(status: dict[str, Any], limit_bytes: int = LIMIT_BYTES) -> dict[str, Any]:
    """A status that can leave: large values, and then the first of very many steps, are left out and listed."""
    history = f"{EXECUTIONS}/{status['execution_id']}/history"
    values = [_large(status, "", name) for name in ("input", "output", "variables", "metadata")]
    for at, row in enumerate(status["steps"]):
        link = f"{history}?step_id={row['step_id']}"
        values += [_large(row, f"/steps/{at}", name, link) for name in ("input", "output", "error")]
    fit(status, values, limit_bytes)
    fit_rows(status, "steps", lambda row: row["state"] not in ENDED, history, limit_bytes)
    return status


def _large(holder: dict[str, Any], place: str, key: str, link: str | None = None) -> Large:
    return Large(pointer=f"{place}/{key}", holder=holder, key=key, link=link)


def _started(call: Call, options: dict[str, Any], remark: str = "", **more: Any) -> Answer:
    request = StartRequest(caller=call.caller.name, idempotency_key=call.idempotency_key(), **options)
    try:
        started: Started = call.engine.start(request)
    except InvalidInput as refused:
        if not remark:
            raise
        raise InvalidInput(f"{refused.message}. {remark}", refused.findings) from refused
    observability.logger().append_keys(execution_id=started.execution_id)
    observability.logger().info("Started" if started.created else "Started before")
    message = "Started." if started.created else "Started already, with the same input."
    body = {
        "execution_id": started.execution_id,
        "workflow_id": started.workflow_id,
        "workflow_version": started.workflow_version,
        "started_at": timestamp(started.started_at),
        "message": f"{message} {remark}".strip(),
        **more,
    }
    return Answer(body=body, status=201 if started.created else 200)


def _summary_query(call: Call) -> SummaryQuery:
    filters = {name: value for name, value in call.query.items() if name not in paging.PAGE}
    tags: dict[str, str] = {}
    for key, value in filters.pop("tags", ()):
        if tags.setdefault(key, value) != value:
            message = f"No execution has two values of the tag {key!r}: give one."
            raise InvalidRequest(message)
    return SummaryQuery(**{**filters, "states": tuple(sorted(set(filters.get("states", ())))), "tags": tags})


def to_row(summary: Summary) -> dict[str, Any]:
    """An execution as lists show it."""
    shown: dict[str, Any] = msgspec.structs.asdict(summary)
    for name in ("created_at", "started_at", "completed_at"):
        shown[name] = None if shown[name] is None else timestamp(shown[name])
    shown["error"] = None if summary.error is None else summary.error.to_dict()
    shown["version"] = shown.pop("commit_number")
    return shown

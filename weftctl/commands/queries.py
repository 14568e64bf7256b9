"""`weft status`, `history` and `list`: looking at executions. Layer: command line."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.domain.execution.events import EVENT_TYPES, EXECUTION_STATES, TERMINAL_STATES
from weftctl.completion import execution_ids, one_of, step_ids, workflow_ids
from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import show, stream
from weftctl.session import Session

if TYPE_CHECKING:
    from weftctl.client import WeftClient

FOLLOW_PAUSE_SECONDS = 1.0
LONGEST_SECONDS = 1e10
TIME = "An RFC 3339 time, such as 2026-01-31T09:00:00Z."


def status(
    session: Session, execution_id: Annotated[str, typer.Argument(metavar="EXEC", autocompletion=execution_ids)]
) -> ExitCode:
    """Show an execution with every step."""
    from weftctl.client import path
    from weftctl.rendering import tables

    found = session.client().get(path("workflows", "executions", execution_id))
    show(found, session.format, lambda: tables.status_with_hints(found))
    return ExitCode.OK


def history(
    session: Session,
    execution_id: Annotated[str, typer.Argument(metavar="EXEC", autocompletion=execution_ids)],
    *,
    event_type: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="EVENT", help="Only events of this type; repeatable.", autocompletion=one_of(EVENT_TYPES)
        ),
    ] = None,
    step: Annotated[
        str | None, typer.Option(metavar="STEP", help="Only events of this step.", autocompletion=step_ids)
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="From then on. " + TIME)] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before then. " + TIME)] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the earliest.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", metavar="", help="Go on until the execution has ended, one event a line.")
    ] = False,
) -> ExitCode:
    """Show what happened to an execution, event by event."""
    from weftctl.client import path
    from weftctl.rendering import tables

    _refuse_unknown("--type", event_type, EVENT_TYPES)
    if follow and limit is not None:
        raise UsageFailure("--follow and --limit exclude each other.", remedy="Leave one of them out.")
    filters = {
        "event_types": ",".join(event_type) if event_type else None,
        "step_id": step,
        "start_time": _time("--from", since),
        "end_time": _time("--to", until),
    }
    client = session.client()
    place = path("workflows", "executions", execution_id)
    if follow:
        for event in _followed(client, place, filters):
            stream(event, session.format, functools.partial(tables.event_line, event))
        return ExitCode.OK
    found = list(client.items(place + "/history", "events", filters, limit=limit))
    show({"execution_id": execution_id, "events": found}, session.format, lambda: tables.history(found))
    return ExitCode.OK


def list_executions(  # noqa: PLR0913  # one parameter an option
    session: Session,
    *,
    workflow: Annotated[
        str | None, typer.Option(metavar="ID", help="Only executions of this workflow.", autocompletion=workflow_ids)
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="Only in this state; repeatable.", autocompletion=one_of(EXECUTION_STATES)),
    ] = None,
    created_from: Annotated[str | None, typer.Option(metavar="TIME", help="Created then or later. " + TIME)] = None,
    created_to: Annotated[str | None, typer.Option(metavar="TIME", help="Created before then.")] = None,
    completed_from: Annotated[str | None, typer.Option(metavar="TIME", help="Ended then or later.")] = None,
    completed_to: Annotated[str | None, typer.Option(metavar="TIME", help="Ended before then.")] = None,
    min_duration: Annotated[
        float | None, typer.Option(min=0, max=LONGEST_SECONDS, metavar="SECONDS", help="Took at least so long.")
    ] = None,
    max_duration: Annotated[
        float | None, typer.Option(min=0, max=LONGEST_SECONDS, metavar="SECONDS", help="Took at most so long.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="With this tag; repeatable.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
) -> ExitCode:
    """List executions, the newest first."""
    from weftctl.rendering import tables

    _refuse_unknown("--state", state, EXECUTION_STATES)
    filters = {
        "workflow_id": workflow,
        "states": ",".join(state) if state else None,
        "created_from": _time("--created-from", created_from),
        "created_to": _time("--created-to", created_to),
        "completed_from": _time("--completed-from", completed_from),
        "completed_to": _time("--completed-to", completed_to),
        "min_duration_ms": _milliseconds(min_duration),
        "max_duration_ms": _milliseconds(max_duration),
        "tags": ",".join(_checked_tag(given) for given in tag) if tag else None,
    }
    found = list(session.client().items("/workflows/executions", "executions", filters, limit=limit))
    show({"executions": found}, session.format, lambda: tables.executions(found))
    return ExitCode.OK


def _followed(client: WeftClient, place: str, filters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Events as they come, each once. The state is read first: what an ended execution shows then is all there is."""
    seen = 0
    start = filters["start_time"]
    while True:
        ended = client.get(place)["state"] in TERMINAL_STATES
        for event in client.items(place + "/history", "events", {**filters, "start_time": start}):
            if event["sequence"] > seen:
                seen, start = event["sequence"], event["timestamp"]
                yield event
        if ended:
            return
        time.sleep(FOLLOW_PAUSE_SECONDS)  # between two looks at the service


def _refuse_unknown(option: str, given: list[str] | None, known: tuple[str, ...]) -> None:
    from difflib import get_close_matches

    for name in given or ():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
            raise UsageFailure(f"{option}: {name!r} is unknown.", remedy=remedy)


def _time(option: str, given: str | None) -> str | None:
    from weftctl.times import parse_time

    return None if given is None else parse_time(given, option=option).isoformat().replace("+00:00", "Z")


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _checked_tag(given: str) -> str:
    key, equals, _ = given.partition("=")
    if not key or not equals or "," in given:
        raise UsageFailure(f"--tag: {given!r} is not KEY=VALUE.", remedy="Give for example --tag team=billing.")
    return given

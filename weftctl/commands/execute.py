"""`weft execute`: start an execution and, if asked, watch it to its end. Layer: command line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.execution.events import TERMINAL_STATES
from weftctl.completion import execution_ids, file_after_at, one_of, versions, workflow_ids
from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import Format, say, show, stream, warn
from weftctl.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weftctl.client import WeftClient

# Between two looks at a running execution: quick ones are seen at once, slow ones cost the service little.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


def execute(
    session: Session,
    workflow_id: Annotated[str, typer.Argument(metavar="ID", autocompletion=workflow_ids)],
    *,
    input: Annotated[
        str, typer.Option(help="JSON text, @file, or a file's path.", metavar="INPUT", autocompletion=file_after_at)
    ] = "{}",
    wait: Annotated[
        bool, typer.Option("--wait", metavar="", help="Watch it to its end; exit 1 unless it completes.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="With --wait: stop watching after so long.")
    ] = None,
    execution_id: Annotated[
        str | None, typer.Option(metavar="X", help="Its id; the same id again starts nothing new.")
    ] = None,
    priority: Annotated[
        str | None,
        typer.Option(metavar="|".join(PRIORITIES), help="Priority of its tasks.", autocompletion=one_of(PRIORITIES)),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="V", help="Version of the workflow; else the default.", autocompletion=versions),
    ] = None,
) -> ExitCode:
    """Start an execution of a registered workflow."""
    from weftctl.client import path
    from weftctl.inputs import read_input
    from weftctl.rendering import tables

    if priority is not None and priority not in PRIORITIES:
        raise UsageFailure(f"--priority: {priority!r} is none.", remedy=f"Give one of {', '.join(PRIORITIES)}.")
    if timeout is not None and not wait:
        raise UsageFailure("--timeout only limits --wait.", remedy="Give --wait too, or leave --timeout out.")
    options = {"execution_id": execution_id, "priority": priority, "version": version}
    body = {"input": read_input(input)} | {name: value for name, value in options.items() if value is not None}
    client = session.client()
    started = client.post(path("workflows", workflow_id, "execute"), body, {"body": "envelope"})
    if not wait:
        show(started, session.format, lambda: tables.fields(started))
        return ExitCode.OK
    say(f"Started {started['execution_id']}")
    final = watch(client, started["execution_id"], timeout_seconds=timeout)
    show(final, session.format, lambda: tables.status_with_hints(final))
    return ExitCode.OK if final["state"] == "completed" else ExitCode.NOT_COMPLETED


def watch_execution(
    session: Session,
    execution_id: Annotated[str, typer.Argument(metavar="EXEC", autocompletion=execution_ids)],
    *,
    timeout: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="Stop watching after so long.")
    ] = None,
    websocket: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Address of the service's WebSocket, where it does not tell it itself."),
    ] = None,
) -> ExitCode:
    """Watch an execution to its end, live; exit 1 unless it completes. --format json prints a line a change."""
    from weftctl.rendering import tables
    from weftctl.watching import Changes, connector, websocket_url

    client = session.client()
    url = websocket or websocket_url(client.endpoint, client.console_config())
    changes = Changes(None if url is None else connector(url, client.identity), execution_id)
    streamed = session.format in (Format.JSON, Format.YAML)  # asked for, not only chosen for a pipe: that gets the end

    def tell(status: dict[str, Any]) -> None:
        if streamed:
            stream(status, session.format, lambda: "")

    try:
        final = watch(client, execution_id, timeout_seconds=timeout, pause=changes.wait, tell=tell)
    finally:
        changes.close()
    if not streamed:
        show(final, session.format, lambda: tables.status_with_hints(final))
    return ExitCode.OK if final["state"] == "completed" else ExitCode.NOT_COMPLETED


def _look_again(seconds: float, at_most: float) -> None:
    time.sleep(min(seconds, at_most))  # between two looks at the service, ever longer


def watch(
    client: WeftClient,
    execution_id: str,
    *,
    timeout_seconds: float | None,
    pause: Callable[[float, float], None] = _look_again,
    tell: Callable[[dict[str, Any]], None] = lambda _: None,
) -> dict[str, Any]:
    """Show the progress of an execution on stderr until it has ended, or the time is up. Returns its last status.

    ``pause`` waits so many seconds, and no longer than so many, before the next look. ``tell`` is given each status
    that is another than the one before.
    """
    from weftctl.rendering.progress import progress

    last: dict[str, Any] = {}
    with progress() as shown:
        for status in _statuses(client, execution_id, timeout_seconds, pause):
            shown.update(status)
            if status != last:
                tell(status)
            last = status
    if last["state"] not in TERMINAL_STATES:
        warn(
            f"{execution_id} is still {last['state']} after {timeout_seconds:g} s; it goes on. "
            f"Look again with: weft status {execution_id}"
        )
    return last


def _statuses(
    client: WeftClient, execution_id: str, timeout_seconds: float | None, wait: Callable[[float, float], None]
) -> Iterator[dict[str, Any]]:
    from weftctl.client import path

    place = path("workflows", "executions", execution_id)
    end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        status = client.get(place)
        yield status
        left = float("inf") if end is None else end - time.monotonic()
        if status["state"] in TERMINAL_STATES or left <= 0:
            return
        wait(pause, left)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

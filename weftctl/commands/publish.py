"""`weft publish`: telling every workflow that something happened. Layer: command line."""

from __future__ import annotations

from typing import Annotated

import typer

from weftctl.completion import file_after_at
from weftctl.failures import ExitCode
from weftctl.output import show
from weftctl.session import Session


def publish(
    session: Session,
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="The event's type: what workflows wait for.")],
    *,
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar="DATA", help="What it says: JSON, @file, or a file's path.", autocompletion=file_after_at
        ),
    ] = "null",
    correlation: Annotated[
        str | None, typer.Option("--correlation", metavar="TEXT", help="What it is about, such as an order's id.")
    ] = None,
) -> ExitCode:
    """Publish an event, for whatever waits for it, now or in the next 14 days, or starts by it."""
    from weftctl.client import path
    from weftctl.inputs import read_input
    from weftctl.rendering import tables

    body = {"event_type": event_type, "event_data": read_input(data, option="--data")}
    if correlation is not None:
        body["correlation"] = correlation
    answer = session.client().ask("POST", path("events"), body)
    show(answer.value, session.format, lambda: tables.fields(answer.value))
    return ExitCode.OK

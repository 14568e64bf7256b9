"""`weft dev`: the local stack in the foreground. Layer: command line."""

from __future__ import annotations

from typing import Annotated

import typer

from weftctl.failures import ExitCode
from weftctl.session import Session


def dev(
    session: Session,  # noqa: ARG001  # every command gets it
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where API and WebSocket listen, on 127.0.0.1.")] = 8080,
    reload: Annotated[
        bool, typer.Option("--reload", metavar="", help="Deploy again when the application changes.")
    ] = False,
) -> ExitCode:
    """Run the whole stack on this machine: embedded AWS, API, workers. Ctrl-C stops it; its data stays."""
    from weftctl.local.dev import main

    return ExitCode(main(port=port, reload=reload))

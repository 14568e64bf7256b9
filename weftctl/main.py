"""Entry point of the console script `weft`.

Layer: command line. The commands' modules import what they need when they run, so `weft run` does not wait for an HTTP
client, nor `weft status` for the engine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from weftctl.commands import (
    control,
    definitions,
    dev,
    execute,
    people,
    publish,
    queries,
    simulate,
    validate,
    visualize,
    worker,
)
from weftctl.failures import ExitCode
from weftctl.output import Format
from weftctl.session import (
    API_KEY,
    DEFAULT_ENDPOINT,
    ENDPOINT,
    FORMAT,
    TOKEN,
    Session,
    local_command,
    picture_command,
    service_command,
)


class PlainErrors(TyperGroup):
    """Usage errors as lines of text: a box around them wraps what a script or a log would look for."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command; standalone, exit with its code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.TyperException as error:
            error.show()  # type: ignore[attr-defined]  # every one that is raised has it
            sys.exit(error.exit_code)
        sys.exit(code)


app = typer.Typer(
    name="weft",
    cls=PlainErrors,
    help="Durable workflows: check them, run them in memory, and drive a Weft service.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DEFINITIONS, EXECUTIONS, CONTROL, HERE = "Definitions", "Executions", "Control of executions", "On this machine"
PEOPLE = "What waits for people"
app.command("validate", rich_help_panel=HERE)(local_command(validate.validate))
app.command("run", rich_help_panel=HERE)(local_command(simulate.run))
app.command("dev", rich_help_panel=HERE)(local_command(dev.dev))
app.command("worker", rich_help_panel=HERE)(service_command(worker.worker))
app.command("register", rich_help_panel=DEFINITIONS)(service_command(definitions.register))
app.command("workflows", rich_help_panel=DEFINITIONS)(service_command(definitions.workflows))
app.command("workflow", rich_help_panel=DEFINITIONS)(service_command(definitions.workflow))
app.command("delete", rich_help_panel=DEFINITIONS)(service_command(definitions.delete))
app.command("execute", rich_help_panel=EXECUTIONS)(service_command(execute.execute))
app.command("status", rich_help_panel=EXECUTIONS)(service_command(queries.status))
app.command("watch", rich_help_panel=EXECUTIONS)(service_command(execute.watch_execution))
app.command("history", rich_help_panel=EXECUTIONS)(service_command(queries.history))
app.command("list", rich_help_panel=EXECUTIONS)(service_command(queries.list_executions))
app.command("visualize", rich_help_panel=EXECUTIONS)(picture_command(visualize.visualize))
app.command("pause", rich_help_panel=CONTROL)(service_command(control.pause))
app.command("resume", rich_help_panel=CONTROL)(service_command(control.resume))
app.command("cancel", rich_help_panel=CONTROL)(service_command(control.cancel))
app.command("skip", rich_help_panel=CONTROL)(service_command(control.skip))
app.command("retry", rich_help_panel=CONTROL)(service_command(control.retry))
app.command("rerun", rich_help_panel=CONTROL)(service_command(control.rerun))
app.command("set", rich_help_panel=CONTROL)(service_command(control.set_variables))
app.command("signal", rich_help_panel=CONTROL)(service_command(control.signal))
app.command("confirm", rich_help_panel=CONTROL)(service_command(control.confirm))
app.command("tasks", rich_help_panel=PEOPLE)(service_command(people.tasks))
app.command("task", rich_help_panel=PEOPLE)(service_command(people.task))
app.command("submit", rich_help_panel=PEOPLE)(service_command(people.submit))
app.command("publish", rich_help_panel=CONTROL)(service_command(publish.publish))


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"weft {version('weft')}")
        raise typer.Exit


@app.callback()
def weft(
    context: typer.Context,
    *,
    endpoint: Annotated[str, typer.Option("--endpoint", envvar="WEFT_ENDPOINT", **ENDPOINT)] = DEFAULT_ENDPOINT,
    token: Annotated[str | None, typer.Option("--token", envvar="WEFT_TOKEN", **TOKEN)] = None,
    api_key: Annotated[str | None, typer.Option("--api-key", envvar="WEFT_API_KEY", **API_KEY)] = None,
    format: Annotated[Format | None, typer.Option("--format", **FORMAT)] = None,
    version: Annotated[  # noqa: ARG001  # its callback has printed it
        bool,
        typer.Option(
            "--version", metavar="", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Durable workflows: check them, run them in memory, and drive a Weft service."""
    context.obj = Session(endpoint=endpoint, token=token, api_key=api_key, format=format)


def run() -> None:
    """Run the command line of this process and exit with its code."""
    # Results are UTF-8 whatever the locale, as JSON has to be. A message may lose a character, but never its command.
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except Exception as error:
        if os.environ.get("WEFT_DEBUG"):
            raise
        typer.echo(f"Error: Weft itself failed, which is a bug: {type(error).__name__}: {error}", err=True)
        typer.echo("Set WEFT_DEBUG=1 to see where.", err=True)
        sys.exit(ExitCode.SERVICE)

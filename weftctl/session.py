"""What every command is given: the options that all commands share, and a client made of them when one is needed.

Layer: command line. The shared options may stand before the command's name or after it; after it wins. The
environment is read for the options before the name, so what is typed always wins over it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer

from chalicelib.domain.errors import InvalidRequest, WeftError
from weftctl.failures import CommandFailure, ExitCode, UsageFailure
from weftctl.output import Format, complain

if TYPE_CHECKING:
    from weftctl.client import WeftClient

P = ParamSpec("P")
DEFAULT_ENDPOINT = "http://localhost:8080"

FORMAT = {"help": "How to print the result: a table on a terminal, else JSON."}
ENDPOINT = {"help": "Address of the service.", "metavar": "URL"}
TOKEN = {"help": "Bearer token: a JWT, or dev:USER:GROUP,GROUP for a local service.", "metavar": "TOKEN"}
API_KEY = {"help": "Key of a machine, sent as X-Api-Key.", "metavar": "KEY"}


@dataclass(frozen=True, kw_only=True)
class Session:
    """One call of the command line. ``format`` None: a table on a terminal, else JSON."""

    endpoint: str = DEFAULT_ENDPOINT
    token: str | None = None
    api_key: str | None = None
    format: Format | None = None

    def client(self) -> WeftClient:
        """A client of the service. Raises ``UsageFailure`` when the endpoint is no http address."""
        from weftctl.client import WeftClient

        return WeftClient(self.endpoint, token=self.token, api_key=self.api_key)

    def with_given(self, options: dict[str, Any]) -> Session:
        """The same with every option of ``options`` that is not None in its place."""
        return replace(self, **{name: value for name, value in options.items() if value is not None})


def _option(name: str, kind: Any, about: dict[str, Any]) -> inspect.Parameter:
    flag = "--" + name.replace("_", "-")
    annotation = Annotated[kind | None, typer.Option(flag, show_default=False, **about)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


FORMAT_OPTIONS = (_option("format", Format, FORMAT),)
ADDRESS_OPTIONS = (
    _option("endpoint", str, ENDPOINT),
    _option("token", str, TOKEN),
    _option("api_key", str, API_KEY),
)
SERVICE_OPTIONS = (*ADDRESS_OPTIONS, *FORMAT_OPTIONS)


def local_command(
    command: Callable[Concatenate[Session, P], ExitCode],
) -> Callable[..., None]:
    """A command that needs no service: adds ``--format``, hands in the session, turns failures into exit codes."""
    return _command(command, FORMAT_OPTIONS)


def service_command(
    command: Callable[Concatenate[Session, P], ExitCode],
) -> Callable[..., None]:
    """A command that talks to the service: adds its address and credentials as well."""
    return _command(command, SERVICE_OPTIONS)


def picture_command(
    command: Callable[Concatenate[Session, P], ExitCode],
) -> Callable[..., None]:
    """A command that talks to the service, and whose ``--format`` is its own."""
    return _command(command, ADDRESS_OPTIONS)


def _usage_failure(error: WeftError) -> UsageFailure:
    """An error of the engine in this process: what it was asked for cannot be."""
    from weftctl.findings import lines_of

    findings = error.findings if isinstance(error, InvalidRequest) else ()
    return UsageFailure(error.message, details=lines_of(findings), code=error.code)


def _command(
    command: Callable[Concatenate[Session, P], ExitCode], shared: tuple[inspect.Parameter, ...]
) -> Callable[..., None]:
    @functools.wraps(command)
    def run(*, context: typer.Context, **given: Any) -> None:
        typed = {option.name: given.pop(option.name) for option in shared}
        session = (context.obj or Session()).with_given(typed)
        try:
            exit_code = command(session, **given)  # type: ignore[call-arg]  # the parameters are those of its signature
        except WeftError as error:
            failure = error if isinstance(error, CommandFailure) else _usage_failure(error)
            complain(failure)
            exit_code = failure.exit_code
        raise typer.Exit(exit_code)

    # typer reads the signature: the context in place of the session, and the shared options at the end.
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    first = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    run.__signature__ = inspect.Signature([first, *own, *shared])  # type: ignore[attr-defined]
    return run

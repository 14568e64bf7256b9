"""What the shell offers when somebody presses Tab: ids that the service knows, names that are fixed, files after ``@``.

Layer: command line. A shell waits for this, and whatever it prints ends up in the line being typed: the service is
asked once and not waited for long, and whatever goes wrong, nothing is offered and nothing is said. Where nothing is
offered, the shell completes the names of files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from weftctl.failures import ServiceFailure
from weftctl.session import DEFAULT_ENDPOINT

if TYPE_CHECKING:
    from weftctl.client import WeftClient

PATIENCE_SECONDS: Final = 1.5
MOST: Final = 100

Offer = tuple[str, str]
"""What may stand there, and what it is."""
Completer = Callable[[typer.Context, str], list[Offer]]

_VARIABLES: Final = {"endpoint": "WEFT_ENDPOINT", "token": "WEFT_TOKEN", "api_key": "WEFT_API_KEY"}


def _asking(look: Callable[[WeftClient, dict[str, Any]], Iterable[Offer]]) -> Completer:
    """A completer that offers what ``look`` finds in the service, given the parameters typed so far."""

    def complete(context: typer.Context, incomplete: str) -> list[Offer]:
        try:
            given = _given(context)
            return [offer for offer in look(_client(given), given) if offer[0].startswith(incomplete)]
        except Exception:  # noqa: BLE001 - a traceback would land in the line that somebody is typing
            return []

    return complete


def one_of(names: Iterable[str]) -> Callable[[str], list[Offer]]:
    """A completer that offers fixed names."""
    known = [(name, "") for name in names]

    def complete(incomplete: str) -> list[Offer]:
        return [offer for offer in known if offer[0].startswith(incomplete)]

    return complete


def file_after_at(incomplete: str) -> list[Offer]:
    """The files that ``@…`` may mean. What begins with nothing of the kind is left to the shell."""
    if not incomplete.startswith("@"):
        return []
    folder, _, start = incomplete[1:].rpartition("/")
    beginning = f"{folder}/" if incomplete[1:].startswith("/") or folder else ""
    try:
        found = sorted(Path(beginning or ".").expanduser().iterdir())
    except OSError:
        return []
    names = (f"{file.name}/" if file.is_dir() else file.name for file in found)
    return [(f"@{beginning}{name}", "") for name in names if name.startswith(start)]


def _workflows(client: WeftClient, _: dict[str, Any]) -> Iterator[Offer]:
    for row in client.get("/workflows", {"page_size": MOST})["workflows"]:
        yield row["workflow_id"], row.get("name") or ""


def _executions(client: WeftClient, _: dict[str, Any]) -> Iterator[Offer]:
    for row in client.get("/workflows/executions", {"page_size": MOST})["executions"]:
        yield row["execution_id"], f"{row['workflow_id']}, {row['state']}"


def _steps(client: WeftClient, given: dict[str, Any]) -> Iterator[Offer]:
    from weftctl.client import path

    rows = client.get(path("workflows", "executions", given["execution_id"]))["steps"]
    # The last run of a step says how it is; the step is named once.
    yield from {row["step_id"]: row["state"] for row in rows}.items()


def _versions(client: WeftClient, given: dict[str, Any]) -> Iterator[Offer]:
    from weftctl.client import path

    workflow_id = given.get("workflow_id") or given["workflow"]
    for row in client.get(path("workflows", workflow_id, "versions"))["versions"]:
        yield row["version"], ""


def _tasks(client: WeftClient, _: dict[str, Any]) -> Iterator[Offer]:
    for row in client.get("/tasks/human", {"page_size": MOST})["tasks"]:
        yield row["task_id"], f"{row['workflow_id']}, {row['step_id']}"


workflow_ids: Final = _asking(_workflows)
execution_ids: Final = _asking(_executions)
step_ids: Final = _asking(_steps)
versions: Final = _asking(_versions)
task_ids: Final = _asking(_tasks)


def _given(context: typer.Context) -> dict[str, Any]:
    """The parameters typed so far: those before the command's name, and after it, which win."""
    outer = context.parent.params if context.parent is not None else {}
    known = {name: os.environ.get(variable) for name, variable in _VARIABLES.items()}
    # An option at the end, whose value is being typed, keeps the arguments before it from being named.
    arguments = [each.name for each in context.command.params if each.param_type_name == "argument"]
    unnamed = dict(zip(arguments, context.args, strict=False))
    for params in (outer, unnamed, context.params):
        known |= {name: value for name, value in params.items() if value is not None}
    return known


def _client(given: dict[str, Any]) -> WeftClient:
    from weftctl.client import WeftClient

    return WeftClient(
        given["endpoint"] or DEFAULT_ENDPOINT,
        token=given["token"],
        api_key=given["api_key"],
        timeout_seconds=PATIENCE_SECONDS,
        pause=_no_second_try,
    )


def _no_second_try(_seconds: float) -> None:
    message = "A shell waits."
    raise ServiceFailure(message)

"""`weft tasks`, `task`, `submit`: what waits for people, and answering it. Layer: command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chalicelib.domain.definitions.model import PRIORITIES
from weftctl.commands.control import ACCEPTED, LONGEST_WAIT_SECONDS
from weftctl.completion import file_after_at, one_of, task_ids
from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import say, show
from weftctl.session import Session

TYPES = ("approve", "reject", "modify_data", "custom")
Task = Annotated[
    str, typer.Argument(metavar="TASK", help="The task's id; `weft tasks` shows it.", autocompletion=task_ids)
]


def tasks(
    session: Session,
    *,
    group: Annotated[str | None, typer.Option(metavar="G", help="Only what this group may answer.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="Every open task there is; for operators.")
    ] = False,
    priority: Annotated[
        list[str] | None,
        typer.Option(metavar="PRIORITY", help="Only of this priority; repeatable.", autocompletion=one_of(PRIORITIES)),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the most urgent.")] = 50,
) -> ExitCode:
    """List what waits for an answer of yours: the highest priority first, then what is due first."""
    from weftctl.rendering import tables

    if group is not None and everything:
        raise UsageFailure("--group and --all exclude each other.")
    unknown = [name for name in priority or () if name not in PRIORITIES]
    if unknown:
        raise UsageFailure(f"--priority: {unknown[0]!r} is unknown.", remedy=f"Known: {', '.join(PRIORITIES)}.")
    filters = {
        "group": group,
        "all": "true" if everything else None,
        "priority": ",".join(priority) if priority else None,
    }
    found = list(session.client().items("/tasks/human", "tasks", filters, limit=limit))
    show({"tasks": found}, session.format, lambda: tables.tasks(found))
    return ExitCode.OK


def task(session: Session, task_id: Task) -> ExitCode:
    """Look at one task: its form, and what there is to decide on."""
    from weftctl.client import path
    from weftctl.rendering import tables

    found = session.client().get(path("tasks", "human", task_id))
    show(found, session.format, lambda: tables.fields(found))
    return ExitCode.OK


def submit(  # one parameter an option
    session: Session,
    task_id: Task,
    *,
    action: Annotated[
        str,
        typer.Option(
            metavar="A",
            help="approve, reject, modify_data, or the id of a custom action.",
            autocompletion=one_of(TYPES[:-1]),
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="The form, {field: value}: JSON, @file, or a file's path.",
            autocompletion=file_after_at,
        ),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="R", help="Why, as for a rejection.")] = None,
    comments: Annotated[str | None, typer.Option(metavar="C", help="What else there is to say.")] = None,
    wait: Annotated[
        int | None,
        typer.Option(
            "--wait",
            metavar="SECONDS",
            min=0,
            max=LONGEST_WAIT_SECONDS,
            help="How long the service waits for the decision; 5 by default.",
        ),
    ] = None,
) -> ExitCode:
    """Answer a task. The first valid answer counts."""
    from weftctl.client import path
    from weftctl.inputs import read_input
    from weftctl.rendering import tables

    body: dict[str, Any] = {"action_type": action} if action in TYPES else {"action_type": "custom"}
    optional = {
        "custom_action_id": None if action in TYPES else action,
        "data": None if data is None else read_input(data, option="--data"),
        "reason": reason,
        "comments": comments,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    answer = session.client().ask("POST", path("tasks", "human", task_id, "submit"), body, {"wait": wait})
    if answer.status == ACCEPTED:
        say(f"Accepted, and not decided yet. Look again with: weft status {answer.value['execution_id']}")
    show(answer.value, session.format, lambda: tables.fields(answer.value))
    return ExitCode.OK

"""`weft pause`, `resume`, `cancel`, `skip`, `retry`, `rerun`, `set`, `signal`, `confirm`: taking executions in hand.

Layer: command line. Each asks once and prints the service's answer. What the present state forbids, the service
refuses (exit 3). What is accepted but not decided yet is said so, and is no error.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weftctl.completion import execution_ids, file_after_at, step_ids
from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import say, show
from weftctl.session import Session

ACCEPTED = 202
LONGEST_WAIT_SECONDS = 25
Exec = Annotated[str, typer.Argument(metavar="EXEC", help="The execution's id.", autocompletion=execution_ids)]
Step = Annotated[
    str,
    typer.Argument(
        metavar="STEP",
        help="The step's id; id[INDEX] in a map; or the id of one run of it.",
        autocompletion=step_ids,
    ),
]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; kept in the history.")]
Wait = Annotated[
    int | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        max=LONGEST_WAIT_SECONDS,
        help="How long the service waits for the decision; 5 by default.",
    ),
]


def pause(session: Session, execution_id: Exec, *, reason: Reason = None, wait: Wait = None) -> ExitCode:
    """Have an execution begin nothing new; what runs may finish."""
    return _post(session, wait, execution_id, "pause", body={"reason": reason})


def resume(session: Session, execution_id: Exec, *, reason: Reason = None, wait: Wait = None) -> ExitCode:
    """Have a paused execution go on."""
    return _post(session, wait, execution_id, "resume", body={"reason": reason})


def cancel(session: Session, execution_id: Exec, *, reason: Reason = None, wait: Wait = None) -> ExitCode:
    """End an execution now."""
    return _post(session, wait, execution_id, "cancel", body={"reason": reason})


def skip(session: Session, execution_id: Exec, step: Step, *, reason: Reason = None, wait: Wait = None) -> ExitCode:
    """End an open step as skipped, and go on after it. Its definition must allow that."""
    return _post(session, wait, execution_id, "skip", step, body={"reason": reason})


def retry(session: Session, execution_id: Exec, step: Step, *, reason: Reason = None, wait: Wait = None) -> ExitCode:
    """Run a step again that failed for good, also in an execution that failed with it."""
    return _post(session, wait, execution_id, "retry", step, body={"reason": reason})


def rerun(
    session: Session,
    execution_id: Exec,
    step: Step,
    *,
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="INPUT",
            help="Its input this time: JSON, @file, or a file's path.",
            autocompletion=file_after_at,
        ),
    ] = None,
    reason: Reason = None,
    wait: Wait = None,
) -> ExitCode:
    """Run again from a step that has ended, however it did."""
    from weftctl.inputs import read_input

    given = {} if input is None else {"input": read_input(input)}
    return _post(session, wait, execution_id, "rerun", step, body={"reason": reason}, given=given)


def confirm(session: Session, execution_id: Exec, step: Step, *, wait: Wait = None) -> ExitCode:
    """Let a step begin that waits to be confirmed."""
    return _post(session, wait, execution_id, "confirm", step, body={})


def signal(
    session: Session,
    execution_id: Exec,
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The signal's name.")],
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar="DATA", help="Its payload: JSON, @file, or a file's path.", autocompletion=file_after_at
        ),
    ] = "null",
    wait: Wait = None,
) -> ExitCode:
    """Send an execution a signal, for the step that waits for it, now or later."""
    from weftctl.inputs import read_input

    body = {"signal_name": name, "payload": read_input(data, option="--data")}
    return _post(session, wait, execution_id, "signal", body={}, given=body)


def set_variables(
    session: Session,
    execution_id: Exec,
    assignments: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="VALUE is JSON; what is no JSON is a text.")
    ],
    *,
    reason: Reason = None,
    wait: Wait = None,
) -> ExitCode:
    """Set variables of an execution, which every later expression sees."""
    variables = dict(_assignment(each) for each in assignments)
    return _ask(session, wait, "PUT", (execution_id, "variables"), {"variables": variables} | _kept(reason=reason))


def _post(
    session: Session,
    wait: int | None,
    *segments: str,
    body: dict[str, Any],
    given: dict[str, Any] | None = None,
) -> ExitCode:
    """POST to the execution's route; what is None in ``body`` is left out, what is ``given`` is not."""
    return _ask(session, wait, "POST", segments, _kept(**body) | (given or {}))


def _ask(session: Session, wait: int | None, method: str, segments: tuple[str, ...], body: dict[str, Any]) -> ExitCode:
    from weftctl.client import path
    from weftctl.rendering import tables

    place = path("workflows", "executions", *segments)
    answer = session.client().ask(method, place, body, {"wait": wait})
    if answer.status == ACCEPTED:
        say(f"Accepted, and not decided yet. Look again with: weft status {segments[0]}")
    value = answer.value or {"execution_id": segments[0]}
    show(value, session.format, lambda: tables.fields(value))
    return ExitCode.OK


def _kept(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _assignment(given: str) -> tuple[str, Any]:
    from chalicelib.domain import jsonvalue

    name, equals, text = given.partition("=")
    if not name or not equals:
        raise UsageFailure(f"{given!r} is not NAME=VALUE.", remedy="Give for example discount=0.5 or 'who=\"Ann\"'.")
    try:
        return name, jsonvalue.loads(text)
    except jsonvalue.JsonError:
        return name, text

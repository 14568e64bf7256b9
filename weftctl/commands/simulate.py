"""`weft run`: a definition, wholly in memory. Layer: command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from weftctl import interrupts
from weftctl.completion import file_after_at
from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import Format, say, show, warn
from weftctl.rendering.notifications import told
from weftctl.session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from weftctl.simulation.mocks import Mocks
    from weftctl.simulation.signals import Scripted

MOST_EXPLAINED = 20


def run(  # noqa: PLR0913  # one parameter an option
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A JSON or YAML definition; - reads stdin.")],
    *,
    input: Annotated[
        str, typer.Option(metavar="INPUT", help="JSON text, @file, or a file's path.", autocompletion=file_after_at)
    ] = "{}",
    others: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="FILE", help="A further definition, for workflows that this one starts."),
    ] = None,
    activities: Annotated[
        list[str] | None, typer.Option(metavar="MODULE", help="Import this module's activities; repeatable.")
    ] = None,
    mock: Annotated[str | None, typer.Option(metavar="FILE", help="Outcomes of mocked activities.")] = None,
    signals: Annotated[str | None, typer.Option(metavar="FILE", help="What happens from outside, and when.")] = None,
    start_at: Annotated[str | None, typer.Option(metavar="TIME", help="Where the virtual clock starts.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Stop there, finished or not.")] = None,
    execution_id: Annotated[str | None, typer.Option(metavar="X", help="The execution's id.")] = None,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Who answers human tasks.")] = None,
    groups: Annotated[str | None, typer.Option(metavar="A,B", help="The groups that the user is in.")] = None,
    no_virtual_time: Annotated[
        bool, typer.Option("--no-virtual-time", metavar="", help="Wait as long as it takes.")
    ] = False,
) -> ExitCode:
    """Run a definition in memory, with a clock that jumps to the next thing due. Prints one JSON object."""
    from weftctl.activities import load_activities
    from weftctl.activity_output import activities_to_stderr
    from weftctl.checking import read_checked
    from weftctl.inputs import read_input
    from weftctl.simulation.scenario import Scenario, simulate

    if start_at is not None and no_virtual_time:
        raise UsageFailure("--start-at sets the virtual clock, which --no-virtual-time does without.")
    interrupts.note()
    with activities_to_stderr():
        registry = load_activities(activities or ())
    scenario = Scenario(
        definition=read_checked(file),
        others=[read_checked(other) for other in others or ()],
        registry=registry,
        input=read_input(input),
        mocks=_mocks(mock),
        signals=_signals(signals),
        start_at=_time("--start-at", start_at),
        until=_time("--until", until),
        execution_id=_checked_id(execution_id),
        user=user,
        groups=tuple(group.strip() for group in (groups or "").split(",") if group.strip()),
        virtual_time=not no_virtual_time,
    )
    with activities_to_stderr():
        result = simulate(scenario, warn=warn)
    _explain(result)
    show(result, session.format or Format.JSON, lambda: _table(result))
    return ExitCode.OK if result["status"] == "completed" else ExitCode.NOT_COMPLETED


def _checked_id(execution_id: str | None) -> str | None:
    """The id, which must be one that the service would take too."""
    from chalicelib.api.parameters import execution_id as checked

    try:
        return None if execution_id is None else checked(execution_id)
    except ValueError as error:
        raise UsageFailure(f"--execution-id: it must {error}.") from error


def _mocks(file: str | None) -> Mocks:
    from weftctl.inputs import read_value
    from weftctl.simulation.mocks import Mocks, parse_mocks

    return Mocks({}) if file is None else parse_mocks(read_value(file), file=file)


def _signals(file: str | None) -> list[Scripted]:
    from weftctl.inputs import read_value
    from weftctl.simulation.signals import parse_signals

    return [] if file is None else parse_signals(read_value(file), file=file)


def _time(option: str, given: str | None) -> datetime | None:
    from weftctl.times import parse_time

    return None if given is None else parse_time(given, option=option)


def _explain(result: dict[str, Any]) -> None:
    """Say on stderr why the run did not simply complete."""
    for entry in result["refused"]:
        warn(f"refused at {entry['at']}: {entry['message']} [{entry['code']}]")
    if result["error"] is not None:
        say(f"{result['execution_id']} {result['status']}: {result['error']['code']}: {result['error']['message']}")
    for sent in result.get("notifications", [])[:MOST_EXPLAINED]:
        say(f"{sent['sent_at']} {told(sent)}")
    for entry in result["waiting_for"][:MOST_EXPLAINED]:
        say(f"{result['execution_id']} is {result['status']}: {entry['message']}")
    if len(result["waiting_for"]) > MOST_EXPLAINED:
        say(f"... and {len(result['waiting_for']) - MOST_EXPLAINED} more: see waiting_for.")
    for child in result["children"][:MOST_EXPLAINED]:
        _explain(child)


def _table(result: dict[str, Any]) -> Any:
    from weftctl.rendering import runs

    return runs.run(result)

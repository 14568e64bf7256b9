"""`weft visualize`: a picture of what is in a service, or of a definition file. Layer: command line."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from chalicelib.visualization.options import DIRECTIONS, FORMATS, LAYOUT_ALGORITHMS, MAX_DEPTH, MAX_NODES, SCALES
from chalicelib.visualization.rendering import KINDS, format_of
from weftctl.completion import execution_ids, one_of, versions, workflow_ids
from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import Format, say
from weftctl.session import Session

if TYPE_CHECKING:
    from chalicelib.visualization.options import Format as PictureFormat

STDOUT: Final = "-"
_DEFINITIONS: Final = (".json", ".yaml", ".yml")


def visualize(  # noqa: PLR0913  # one parameter an option
    session: Session,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[EXEC_OR_FILE]",
            help="An execution's id, or a definition's file; - reads stdin.",
            autocompletion=execution_ids,
        ),
    ] = None,
    *,
    workflow: Annotated[
        str | None, typer.Option(metavar="ID", help="A workflow of the service instead.", autocompletion=workflow_ids)
    ] = None,
    version: Annotated[
        str | None, typer.Option(metavar="V", help="The version of the workflow.", autocompletion=versions)
    ] = None,
    others: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="FILE", help="A further definition, for what a file starts; repeatable."),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(FORMATS),
            help="By the suffix of OUT if not given, else svg.",
            autocompletion=one_of(FORMATS),
        ),
    ] = None,
    out: Annotated[str | None, typer.Option("--out", "-o", metavar="OUT", help="The file; else stdout.")] = None,
    theme: Annotated[
        str | None, typer.Option(metavar="NAME", help="default, dark, light, colorful, or your own.")
    ] = None,
    layout_algorithm: Annotated[
        str | None,
        typer.Option("--layout", metavar="|".join(LAYOUT_ALGORITHMS), autocompletion=one_of(LAYOUT_ALGORITHMS)),
    ] = None,
    direction: Annotated[
        str | None, typer.Option(metavar="|".join(DIRECTIONS), autocompletion=one_of(DIRECTIONS))
    ] = None,
    depth: Annotated[
        int | None, typer.Option(min=0, max=MAX_DEPTH, help="Levels of sub-workflows that are drawn out.")
    ] = None,
    max_nodes: Annotated[int | None, typer.Option(min=1, max=MAX_NODES, help="Steps beyond it are left out.")] = None,
    scale: Annotated[
        float | None, typer.Option(min=SCALES[0], max=SCALES[1], help="Pixels of a PNG for one of the SVG, at most.")
    ] = None,
    show_elapsed_time: Annotated[bool | None, typer.Option(help="How long each step took.")] = None,
    highlight_current_step: Annotated[bool | None, typer.Option(help="Steps at work stand out.")] = None,
    show_input_output: Annotated[bool | None, typer.Option(help="What went into each step and came out.")] = None,
    show_unexecuted_steps: Annotated[bool | None, typer.Option(help="Steps that have not run, too.")] = None,
    include_metadata: Annotated[bool | None, typer.Option(help="What the definition says of each step.")] = None,
    include_timing: Annotated[bool | None, typer.Option(help="When each step started and ended.")] = None,
    include_metrics: Annotated[bool | None, typer.Option(help="The figures of the whole.")] = None,
) -> ExitCode:
    """Draw an execution, a workflow, or a definition file, which needs no service."""
    if (subject is None) == (workflow is None):
        raise UsageFailure("Give either EXEC_OR_FILE or --workflow ID.", remedy="See `weft visualize --help`.")
    chosen = _format(format, out, session)
    _refuse_unknown("--layout", layout_algorithm, LAYOUT_ALGORITHMS)
    _refuse_unknown("--direction", direction, DIRECTIONS)
    given = {
        "theme": theme,
        "layout_algorithm": layout_algorithm,
        "direction": direction,
        "depth": depth,
        "max_nodes": max_nodes,
        "scale": scale,
        "show_elapsed_time": show_elapsed_time,
        "highlight_current_step": highlight_current_step,
        "show_input_output": show_input_output,
        "show_unexecuted_steps": show_unexecuted_steps,
        "include_metadata": include_metadata,
        "include_timing": include_timing,
        "include_metrics": include_metrics,
    }
    options = {name: value for name, value in given.items() if value is not None}
    if subject is not None and _is_file(subject):
        _refuse_elsewhere("--version", version)
        content = _of_file(subject, others or (), chosen, options)
    else:
        _refuse_elsewhere("--with", others)
        content = _from_service(session, subject, workflow, version, {"format": chosen, **options})
    _write(content, chosen, out)
    return ExitCode.OK


def _format(given: str | None, out: str | None, session: Session) -> PictureFormat:
    """The format asked for, else the one that the file's name says, else SVG. A terminal shows no PNG."""
    named = None if out is None or out == STDOUT else format_of(out)
    if given is None and named is None and session.format is Format.JSON:  # it stood before the command's name
        given = "json"
    _refuse_unknown("--format", given, FORMATS)
    if given is None and out is not None and out != STDOUT:
        given = named
        if given is None:
            raise UsageFailure(
                f"{out}: its name does not say which format it is to have.",
                remedy=f"Give --format: {', '.join(FORMATS)}.",
            )
    chosen: PictureFormat = next((each for each in FORMATS if each == given), "svg")
    if chosen == "png" and out in (None, STDOUT) and sys.stdout.isatty():
        raise UsageFailure("A PNG is bytes, which no terminal shows.", remedy="Give -o FILE.png, or a pipe.")
    return chosen


def _refuse_unknown(option: str, given: str | None, known: Collection[str]) -> None:
    if given is not None and given not in known:
        raise UsageFailure(f"{option}: {given!r} is unknown.", remedy=f"Known: {', '.join(known)}.")


def _refuse_elsewhere(option: str, given: object) -> None:
    if given:
        message = (
            f"{option} goes with a workflow of the service." if option == "--version" else f"{option} goes with a file."
        )
        raise UsageFailure(message)


def _is_file(subject: str) -> bool:
    return subject == STDOUT or subject.endswith(_DEFINITIONS) or "/" in subject or Path(subject).is_file()


def _of_file(file: str, others: Collection[str], format: PictureFormat, given: dict[str, Any]) -> bytes:
    """The picture of a definition in a file, drawn here; ``others`` are those of its sub-workflows."""
    import os

    from chalicelib.settings import Settings
    from chalicelib.visualization.custom_themes import themes_with
    from chalicelib.visualization.options import Options
    from weftctl.checking import read_checked
    from weftctl.picturing import picture, subject_of

    known = themes_with(Settings.from_env(os.environ).themes)
    _refuse_unknown("--theme", given.get("theme"), known)
    if "theme" in given:
        given = {**given, "theme": known[given["theme"]]}
    options = Options(**given)
    definitions = [read_checked(each) for each in (file, *others)]
    return picture(subject_of(definitions[0], definitions, options.depth), options, format)


def _from_service(
    session: Session, execution_id: str | None, workflow_id: str | None, version: str | None, query: dict[str, Any]
) -> bytes:
    from weftctl.client import path

    asked = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    accept = KINDS[query["format"]].media_type
    if execution_id is not None:
        _refuse_elsewhere("--version", version)
        place = path("workflows", "executions", execution_id, "visualization")
        return session.client().download(place, asked, accept=accept)
    place = path("workflows", str(workflow_id), "visualization")
    return session.client().download(place, {**asked, "version": version}, accept=accept)


def _write(content: bytes, format: str, out: str | None) -> None:
    if out is None or out == STDOUT:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        Path(out).write_bytes(content)
    except OSError as error:
        raise UsageFailure(f"{out}: cannot be written: {error.strerror}.", remedy="Check the folder.") from error
    say(f"{out}: {format}, {len(content):,} bytes")

"""`weft register`, `workflows`, `workflow` and `delete`: definitions in the service. Layer: command line."""

from __future__ import annotations

from typing import Annotated

import typer

from weftctl.completion import versions as versions_of
from weftctl.completion import workflow_ids
from weftctl.failures import ExitCode
from weftctl.output import show, warn
from weftctl.session import Session


def register(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A JSON or YAML definition; - reads stdin.")],
) -> ExitCode:
    """Register a definition, or a new version of one."""
    from weftctl.findings import line_of
    from weftctl.inputs import read_definition
    from weftctl.rendering import tables

    document = read_definition(file)
    answer = session.client().post("/workflows", document)
    for finding in answer.get("warnings", ()):
        warn(line_of(finding))
    show(answer, session.format, lambda: tables.fields(answer))
    return ExitCode.OK


def workflows(
    session: Session,
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
) -> ExitCode:
    """List the registered workflows."""
    from weftctl.rendering import tables

    found = list(session.client().items("/workflows", "workflows", {}, limit=limit))
    show({"workflows": found}, session.format, lambda: tables.workflows(found))
    return ExitCode.OK


def workflow(
    session: Session,
    workflow_id: Annotated[str, typer.Argument(metavar="ID", autocompletion=workflow_ids)],
    *,
    version: Annotated[
        str | None, typer.Option(help="A version; the default one otherwise.", autocompletion=versions_of)
    ] = None,
    versions: Annotated[bool, typer.Option("--versions", metavar="", help="List the versions instead.")] = False,
) -> ExitCode:
    """Show a registered definition."""
    from weftctl.client import path
    from weftctl.rendering import tables

    client = session.client()
    if versions:
        listed = client.get(path("workflows", workflow_id, "versions"))
        show(listed, session.format, lambda: tables.versions(listed["versions"]))
        return ExitCode.OK
    place = path("workflows", workflow_id) if version is None else path("workflows", workflow_id, "versions", version)
    found = client.get(place)
    show(found, session.format, lambda: tables.definition(found))
    return ExitCode.OK


def delete(
    session: Session,
    workflow_id: Annotated[str, typer.Argument(metavar="ID", autocompletion=workflow_ids)],
    *,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Also while executions of it run; they go on.")
    ] = False,
) -> ExitCode:
    """Delete a workflow with all its versions."""
    from weftctl.client import path
    from weftctl.rendering import tables

    answer = session.client().delete(path("workflows", workflow_id), {"force": "true"} if force else {})
    result = answer or {"workflow_id": workflow_id, "message": f"Deleted {workflow_id}."}
    show(result, session.format, lambda: tables.fields(result))
    return ExitCode.OK

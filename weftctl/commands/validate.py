"""`weft validate`: everything wrong with definition files, at once. Layer: command line."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import typer

from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import show
from weftctl.session import Session


def validate(
    session: Session,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="JSON or YAML definitions; - reads stdin.")],
    *,
    activities: Annotated[
        list[str] | None, typer.Option(metavar="MODULE", help="Import this module's activities; repeatable.")
    ] = None,
) -> ExitCode:
    """Check definitions and print every finding, with statistics. Exit 2 if any has errors."""
    from weftctl.activities import known_activities
    from weftctl.activity_output import activities_to_stderr

    with activities_to_stderr():
        known = known_activities(activities or ())
    checked = [_check(file, known) for file in files]
    result = {
        "valid": all(each["valid"] for each in checked),
        "findings": [{"file": each["file"], **finding} for each in checked for finding in each["findings"]],
        "files": [{name: value for name, value in each.items() if name != "findings"} for each in checked],
    }
    show(result, session.format, lambda: _table(checked))
    return ExitCode.OK if result["valid"] else ExitCode.USAGE


def _check(file: str, known: Collection[str]) -> dict[str, Any]:
    """``{file, valid, workflow_id?, version?, errors, warnings, statistics, findings}`` of one file."""
    import msgspec

    from weftctl.checking import check_content
    from weftctl.inputs import read_file

    try:
        content = read_file(file)
    except UsageFailure as failure:
        finding = {"code": "Unreadable", "pointer": "", "message": failure.message, "hint": failure.remedy}
        return _judged(file, [{**finding, "severity": "error"}])
    report = check_content(content, file, known_activities=known)
    findings = [msgspec.to_builtins(finding) for finding in report.findings]
    named = report.definition
    identity = {} if named is None else {"workflow_id": named.id, "version": named.version}
    return _judged(file, findings, statistics=msgspec.to_builtins(report.statistics), **identity)


def _judged(file: str, findings: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    errors = sum(finding["severity"] == "error" for finding in findings)
    return {
        "file": file,
        "valid": not errors,
        **more,
        "errors": errors,
        "warnings": len(findings) - errors,
        "findings": findings,
    }


def _table(checked: list[dict[str, Any]]) -> Any:
    from weftctl.rendering import tables

    return tables.findings(checked)

"""Results as rich tables. Layer: command line.

Every value comes from outside and is shown as text, never read as rich's markup. A field that a result lacks is empty.
Tables are for reading: times are cut to whole seconds, and long values; the other formats have everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from chalicelib.domain import jsonvalue
from weftctl.rendering import waiting
from weftctl.times import seconds_between

STATE_STYLES = {
    "completed": "green",
    "running": "cyan",
    "failed": "red",
    "timed_out": "red",
    "partially_failed": "yellow",
    "canceled": "yellow",
    "skipped": "dim",
    "paused": "yellow",
    "waiting_for_event": "cyan",
    "waiting_for_timer": "cyan",
    "waiting_for_confirmation": "yellow",
    "waiting_for_human_intervention": "yellow",
}
# Columns that are of no use in pieces; the others give way on a narrow terminal.
UNBROKEN = frozenset(
    {
        "execution_id",
        "task_id",
        "step_id",
        "state",
        "created_at",
        "started_at",
        "updated_at",
        "seconds",
        "timestamp",
        "event_type",
    }
)
TIMES = frozenset({"deadline", "created_at", "started_at", "completed_at", "updated_at"})
LONGEST_CELL = 2_000
# The fraction of a second in an RFC 3339 time.
_FRACTION = re.compile(r"(?<=:\d\d)\.\d+")
Row = Mapping[str, Any]


def fields(value: Row) -> RenderableType:
    """One line a field."""
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold")
    for name, content in value.items():
        table.add_row(Text(name, style="bold"), _cell(name, content))
    return table


def listing(rows: Iterable[Row], columns: Mapping[str, str]) -> RenderableType:
    """A table of ``rows``; ``columns`` is {field: heading}."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, heading in columns.items():
        table.add_column(heading, overflow="fold", no_wrap=name in UNBROKEN)
    for row in rows:
        table.add_row(*(_cell(name, row.get(name)) for name in columns))
    return table


def workflows(rows: Iterable[Row]) -> RenderableType:
    """The workflows of a service."""
    return listing(rows, {"workflow_id": "ID", "version": "VERSION", "name": "NAME", "updated_at": "UPDATED"})


def versions(rows: Iterable[Row]) -> RenderableType:
    """The versions of one workflow."""
    return listing(rows, {"version": "VERSION", "created_at": "CREATED", "name": "NAME"})


def definition(value: Row) -> RenderableType:
    """A definition: its head, then its steps."""
    document = value.get("definition")
    body = document if isinstance(document, dict) else value
    head = {
        name: content
        for name, content in {**body, **value}.items()
        if content is not None and not isinstance(content, dict | list)
    }
    steps = [
        {"id": step.get("id"), "type": (step.get("step_type") or {}).get("type"), "name": step.get("name")}
        for step in body.get("steps") or ()
    ]
    return Group(fields(head), Text(), listing(steps, {"id": "STEP", "type": "TYPE", "name": "NAME"}))


def executions(rows: Iterable[Row]) -> RenderableType:
    """A list of executions."""
    columns = {
        "execution_id": "EXECUTION",
        "workflow_id": "WORKFLOW",
        "workflow_version": "VERSION",
        "state": "STATE",
        "created_at": "CREATED",
        "seconds": "SECONDS",
    }
    return listing(({**row, "seconds": seconds_between(row)} for row in rows), columns)


def tasks(rows: Iterable[Row]) -> RenderableType:
    """Human tasks that wait."""
    columns = {
        "task_id": "TASK",
        "name": "NAME",
        "priority": "PRIORITY",
        "deadline": "DUE",
        "groups": "GROUPS",
        "choices": "ACTIONS",
        "execution_id": "EXECUTION",
    }
    shown = (
        {**row, "groups": ", ".join(row.get("user_groups") or ()), "choices": ", ".join(row.get("actions") or ())}
        for row in rows
    )
    return listing(shown, columns)


STEP_COLUMNS = {
    "step_id": "STEP",
    "run": "RUN",
    "state": "STATE",
    "attempts": "ATTEMPTS",
    "started_at": "STARTED",
    "seconds": "SECONDS",
    "detail": "DETAIL",
    "error": "ERROR",
}


def status(value: Row) -> RenderableType:
    """An execution: its head, its steps, its output."""
    names = (
        "execution_id",
        "workflow_id",
        "workflow_version",
        "state",
        "started_at",
        "completed_at",
        "error",
        "output",
    )
    head = {name: value[name] for name in names if value.get(name) is not None}
    steps = [
        {
            **step,
            "error": _error_words(step.get("error")),
            "seconds": seconds_between(step),
            "detail": waiting.detail(step),
        }
        for step in value.get("steps") or ()
    ]
    filled = {name for step in steps for name in step if step[name]}
    columns = {name: title for name, title in STEP_COLUMNS.items() if name != "detail" or name in filled}
    return Group(
        fields({**head, "error": _error_words(head["error"])} if "error" in head else head),
        Text(),
        listing(steps, columns),
    )


def status_with_hints(value: Row) -> RenderableType:
    """An execution of a service: as ``status``, and the commands by which a person lets it go on."""
    return Group(status(value), *(Text(f"Go on with: {hint}", style="yellow") for hint in waiting.hints(value)))


def history(events: Iterable[Row]) -> RenderableType:
    """Events, one a line."""
    columns = {"sequence": "#", "timestamp": "TIME", "event_type": "EVENT", "step_id": "STEP", "details": "DETAILS"}
    return listing(events, columns)


def event_line(event: Row) -> str:
    """One event on one line of plain text."""
    parts = (event["sequence"], event["timestamp"], event["event_type"], event.get("step_id"), event.get("details"))
    return "  ".join(_text(part) for part in parts if part not in (None, {}))


def findings(files: Iterable[Row]) -> RenderableType:
    """What validation found, file by file."""
    parts: list[RenderableType] = []
    for file in files:
        verdict = Text("valid", style="green") if file["valid"] else Text("invalid", style="red")
        parts.append(Text.assemble((str(file["file"]), "bold"), ": ", verdict))
        parts.extend(_finding(finding) for finding in file["findings"])
        if file.get("statistics"):
            parts.append(Text("  " + _counts(file["statistics"]), style="dim"))
    return Group(*parts)


def _counts(statistics: Row) -> str:
    by_type = statistics["steps_by_type"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in by_type.items())
    steps = f"steps: {sum(by_type.values())}" + (f" ({kinds})" if kinds else "")
    return f"{steps}; transitions: {statistics['transitions']}; event handlers: {statistics['handlers']}"


def _finding(finding: Row) -> RenderableType:
    style = "red" if finding["severity"] == "error" else "yellow"
    line = Text.assemble(
        "  ", (f"{finding['severity']} {finding['code']}", style), f" at {finding['pointer'] or '(document)'}: "
    )
    line.append(str(finding["message"]))
    if finding.get("hint"):
        line.append(f"\n    {finding['hint']}", style="dim")
    return line


def _error_words(error: Any) -> str:
    return f"{error['code']}: {error['message']}" if isinstance(error, Mapping) else ""


def _cell(name: str, content: Any) -> Text:
    text = _text(content)
    if name in TIMES:
        text = _FRACTION.sub("", text)
    if len(text) > LONGEST_CELL:
        text = f"{text[:LONGEST_CELL]}… ({len(text):,} characters; --format json prints all of them)"
    return Text(text, style=STATE_STYLES.get(text, "") if name == "state" else "")


def _text(content: Any) -> str:
    if content is None:
        return ""
    return content if isinstance(content, str) else jsonvalue.dumps(content).decode()

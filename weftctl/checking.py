"""Definitions as the commands check them: for what runs in this version of Weft, with the activities known here.

Layer: command line.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from chalicelib.domain.definitions.definition import Report, check_definition
from chalicelib.domain.steps import RUNNABLE_FEATURES, RUNNABLE_STEP_TYPES
from chalicelib.settings import Settings
from weftctl.failures import UsageFailure
from weftctl.findings import lines_of
from weftctl.inputs import read_file

if TYPE_CHECKING:
    from chalicelib.domain.definitions.model import WorkflowDefinition

MEDIA_TYPES = {".json": "application/json", ".yaml": "application/yaml", ".yml": "application/yaml"}


def check_content(content: bytes, file: str, *, known_activities: Collection[str] | None) -> Report:
    """Everything wrong with the text of ``file``; its name's ending says which language it is in."""
    media_type = next((kind for ending, kind in MEDIA_TYPES.items() if file.endswith(ending)), None)
    return check_definition(
        content,
        known_activities=known_activities,
        known_calendars=_known_calendars(),
        runnable_step_types=RUNNABLE_STEP_TYPES,
        runnable_features=RUNNABLE_FEATURES,
        media_type=media_type,
    )


def read_checked(file: str) -> WorkflowDefinition:
    """The definition in ``file``. Raises ``UsageFailure`` with every error found in it."""
    return _valid(check_content(read_file(file), file, known_activities=None), file, f"See `weft validate {file}`.")


def checked_document(document: dict[str, Any]) -> WorkflowDefinition:
    """The definition that a document says. Raises ``UsageFailure`` with every error found in it."""
    report = check_definition(
        document,
        known_calendars=_known_calendars(),
        runnable_step_types=RUNNABLE_STEP_TYPES,
        runnable_features=RUNNABLE_FEATURES,
    )
    return _valid(report, f"The document {document.get('id')!r}", "")


def _known_calendars() -> Collection[str]:
    """The calendars that ``WEFT_CALENDARS`` registers. Raises ``SettingsError`` for a setting that cannot be read."""
    return Settings.from_env(os.environ).calendars


def _valid(report: Report, name: str, remedy: str) -> WorkflowDefinition:
    if report.definition is not None:
        return report.definition
    raise UsageFailure(
        f"{name} is no valid definition.", details=lines_of(report.errors), remedy=remedy, code="InvalidDefinition"
    )

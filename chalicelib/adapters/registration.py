"""What registering a version does to its workflow's row, alike for every store. Layer: adapters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chalicelib.domain.definitions.versions import Version, highest, parse_version
from chalicelib.domain.errors import Conflict
from chalicelib.ports.definitions import StoredDefinition, WorkflowEntry

LISTING: Final = "workflows"
"""The query that a cursor of the list of workflows is signed by."""


def entry_after(before: WorkflowEntry | None, definition: StoredDefinition, *, deleted: bool) -> WorkflowEntry:
    """The row once ``definition`` is registered. ``before`` is the row so far, ``deleted`` whether it is hidden.

    Name and description are those of the default version. A revived workflow starts over, but for its first date:
    versions from before its deletion count again only when they are registered again.
    """
    default = definition.version
    if before is not None and not deleted:
        default = highest([before.version, definition.version]) or default
    of_default = before if before is not None and default != definition.version else definition
    return WorkflowEntry(
        workflow_id=definition.workflow_id,
        name=of_default.name,
        version=default,
        created_at=definition.created_at if before is None else before.created_at,
        updated_at=definition.created_at if before is None else max(before.updated_at, definition.created_at),
        description=of_default.description,
    )


def highest_first(definitions: Iterable[StoredDefinition]) -> list[StoredDefinition]:
    """Sorted by precedence from the highest version down; builds of one version from the last in the alphabet."""
    return sorted(definitions, key=lambda definition: _precedence(definition.version), reverse=True)


def version_exists(definition: StoredDefinition) -> Conflict:
    """The error of registering a version again with other content."""
    return Conflict(
        f"Version {definition.version} of {definition.workflow_id} is registered with other content: "
        "a version never changes, give the new content a new one.",
        code="VersionExists",
    )


def _precedence(text: str) -> tuple[bool, Version | None, str]:
    version = parse_version(text)
    return version is not None, version, text

"""Where registered workflow definitions live. Layer: ports.

A version is immutable: the same version with other content is refused. The default is the highest version,
pre-releases apart. Deleting hides a workflow from lists and from starting; executions that run keep their version.
Versions from before a deletion stay hidden, and stay immutable, until the same content is registered again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import msgspec

from chalicelib.ports.pages import Page


class StoredDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """One version as registered: ``document`` is the normalised main dialect, ``digest`` its content hash (hex)."""

    workflow_id: str
    version: str
    name: str
    digest: str
    document: dict[str, Any]
    created_at: datetime
    description: str | None = None


class WorkflowEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One workflow in a list: its default version, and when it was first and last changed."""

    workflow_id: str
    name: str
    version: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None


class DefinitionStore(Protocol):
    """Versions of definitions, by workflow id and version."""

    def add(self, definition: StoredDefinition) -> bool:
        """Register a version. True when it is new, False when the same content is there already.

        Raises ``Conflict`` (code ``VersionExists``) when the version exists with another digest; of two racing
        writers with different content exactly one wins. A deleted workflow is revived by a new registration (also of
        content that it had: that is new then). Raises ``Unavailable`` when the store throttles; nothing is half done.
        """

    def get(self, workflow_id: str, version: str | None = None, *, deleted: bool = False) -> StoredDefinition | None:
        """A version, or the default one. ``deleted`` also finds those of a deleted workflow (for what still runs)."""

    def entry(self, workflow_id: str) -> WorkflowEntry | None:
        """The workflow's row, or None if unknown or deleted."""

    def versions(self, workflow_id: str) -> list[StoredDefinition]:
        """Every version, highest first, each with an empty ``document``. Unknown or deleted: an empty list."""

    def entries(self, *, page_size: int, cursor: str | None = None) -> Page[WorkflowEntry]:
        """Workflows by ascending id. Raises ``InvalidCursor``."""

    def delete(self, workflow_id: str, *, at: datetime) -> bool:
        """Hide the workflow and all its versions; False when it is unknown or deleted already."""

"""Definitions in memory. Layer: adapters."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

import msgspec

from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.registration import LISTING, entry_after, highest_first, version_exists
from chalicelib.ports import cursors
from chalicelib.ports.definitions import StoredDefinition, WorkflowEntry
from chalicelib.ports.pages import Page

_VERSIONS: Codec[StoredDefinition] = Codec(StoredDefinition)


class MemoryDefinitionStore:
    """``DefinitionStore`` in dicts. ``_visible`` has what is not deleted, the rest whatever was ever registered."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._versions: dict[tuple[str, str], StoredDefinition] = {}
        self._visible: dict[str, set[str]] = {}
        self._entries: dict[str, WorkflowEntry] = {}

    def add(self, definition: StoredDefinition) -> bool:
        definition = _VERSIONS.decode(_VERSIONS.encode(definition), form=_VERSIONS.form)
        workflow_id, version = definition.workflow_id, definition.version
        with self._lock:
            present = self._versions.get((workflow_id, version))
            if present is not None and present.digest != definition.digest:
                raise version_exists(definition)
            visible = self._visible.setdefault(workflow_id, set())
            if version in visible:
                return False
            self._versions.setdefault((workflow_id, version), definition)
            self._entries[workflow_id] = entry_after(self._entries.get(workflow_id), definition, deleted=not visible)
            visible.add(version)
        return True

    def get(self, workflow_id: str, version: str | None = None, *, deleted: bool = False) -> StoredDefinition | None:
        with self._lock:
            entry = self._entries.get(workflow_id)
            if version is None and entry is not None:
                version = entry.version
            if version is None or not (deleted or version in self._visible.get(workflow_id, ())):
                return None
            return self._versions.get((workflow_id, version))

    def entry(self, workflow_id: str) -> WorkflowEntry | None:
        with self._lock:
            return self._entries[workflow_id] if self._visible.get(workflow_id) else None

    def versions(self, workflow_id: str) -> list[StoredDefinition]:
        with self._lock:
            found = [self._versions[workflow_id, version] for version in self._visible.get(workflow_id, ())]
        return highest_first([msgspec.structs.replace(definition, document={}) for definition in found])

    def entries(self, *, page_size: int, cursor: str | None = None) -> Page[WorkflowEntry]:
        after = "" if cursor is None else cursors.unseal(LISTING, cursor)
        with self._lock:
            ids = sorted(name for name, visible in self._visible.items() if visible and name > after)
            found = [self._entries[name] for name in ids[: max(page_size, 1)]]
        more = len(ids) > len(found)
        return Page(found, cursors.seal(LISTING, found[-1].workflow_id) if more else None)

    def delete(self, workflow_id: str, *, at: datetime) -> bool:
        with self._lock:
            visible = self._visible.get(workflow_id)
            if not visible:
                return False
            visible.clear()
            self._entries[workflow_id] = msgspec.structs.replace(self._entries[workflow_id], updated_at=at)
        return True

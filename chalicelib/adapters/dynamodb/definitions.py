"""Versions of definitions in DynamoDB.

Layer: adapters. A workflow is an item of its own (``#`` for a version) beside the items of its versions. Registering
writes both in one transaction, under two conditions: the version is not there with other content, and the workflow is
as it was read. So no crash leaves one without the other, and of two writers the second reads again. A transaction costs
double, for something done a few times a day.

Deleting changes the workflow's item alone: it takes the workflow out of the index and raises its generation, which
hides every version registered before. Executions that run still find theirs.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Final

from chalicelib.adapters import instants
from chalicelib.adapters.aws import Aws
from chalicelib.adapters.bodies import Blobs, Bodies
from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.dynamodb.items import DefinitionItem
from chalicelib.adapters.dynamodb.table import ConditionFailed, Table
from chalicelib.adapters.registration import LISTING, entry_after, highest_first, version_exists
from chalicelib.domain.errors import Unavailable
from chalicelib.ports import cursors
from chalicelib.ports.definitions import StoredDefinition, WorkflowEntry
from chalicelib.ports.pages import Page
from chalicelib.settings import Settings

_WORKFLOW: Final = "#"
_KIND: Final = "workflow"
_ATTEMPTS: Final = 10
_INLINE_BYTES: Final = 300_000
_MOST_ENTRIES_A_PAGE: Final = 1_000
_LOWEST_VERSION: Final = "0"

_DOCUMENTS: Final[Codec[dict[str, object]]] = Codec(dict[str, object])


class DynamoDefinitionStore:
    """``DefinitionStore`` over the definitions table. Lists may lag by a second, everything else is consistent."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._table = Table(aws, settings.definitions_table, DefinitionItem)
        self._bodies = Bodies(blobs, inline_bytes=_INLINE_BYTES, lasting=True)

    def add(self, definition: StoredDefinition) -> bool:
        document = self._bodies.pack(_DOCUMENTS.encode(definition.document), form=_DOCUMENTS.form)
        for _ in range(_ATTEMPTS):
            workflow = self._table.get(definition.workflow_id, _WORKFLOW)
            present = self._table.get(definition.workflow_id, definition.version)
            if present is not None and present.digest != definition.digest:
                raise version_exists(definition)
            if present is not None and workflow is not None and _is_visible(present, workflow):
                return False
            version = present or _version_item(definition, document)
            version.generation = 1 if workflow is None else workflow.generation
            try:
                self._write(version, workflow, _workflow_after(workflow, definition))
            except ConditionFailed:
                continue  # somebody else registered or deleted meanwhile
            return True
        message = f"registering {definition.workflow_id}: others keep changing it"
        raise Unavailable(message)

    def get(self, workflow_id: str, version: str | None = None, *, deleted: bool = False) -> StoredDefinition | None:
        if version is not None and deleted:
            return self._load(workflow_id, version)
        workflow = self._table.get(workflow_id, _WORKFLOW)
        if workflow is None or (workflow.deleted and not deleted):
            return None
        generation = None if deleted else workflow.generation
        return self._load(workflow_id, version or str(workflow.default_version), generation)

    def entry(self, workflow_id: str) -> WorkflowEntry | None:
        workflow = self._table.get(workflow_id, _WORKFLOW)
        return None if workflow is None or workflow.deleted else _to_entry(workflow)

    def versions(self, workflow_id: str) -> list[StoredDefinition]:
        workflow = self._table.get(workflow_id, _WORKFLOW)
        if workflow is None or workflow.deleted:
            return []
        items = self._table.query(workflow_id, DefinitionItem.version >= _LOWEST_VERSION, only=_ALL_BUT_DOCUMENT)
        return highest_first(_to_definition(item, {}) for item in items if _is_visible(item, workflow))

    def entries(self, *, page_size: int, cursor: str | None = None) -> Page[WorkflowEntry]:
        page_size = min(max(page_size, 1), _MOST_ENTRIES_A_PAGE)
        after = None if cursor is None else DefinitionItem.workflow_id > cursors.unseal(LISTING, cursor)
        items = self._table.query(_KIND, after, index="workflows", limit=page_size + 1)
        found = [_to_entry(item) for item in islice(items, page_size + 1)]
        if len(found) <= page_size:
            return Page(found)
        return Page(found[:page_size], cursors.seal(LISTING, found[page_size - 1].workflow_id))

    def delete(self, workflow_id: str, *, at: datetime) -> bool:
        for _ in range(_ATTEMPTS):
            workflow = self._table.get(workflow_id, _WORKFLOW)
            if workflow is None or workflow.deleted or workflow.revision is None:
                return False
            as_read = DefinitionItem.revision == workflow.revision
            workflow.generation += 1
            workflow.revision += 1
            workflow.deleted = True
            workflow.kind = None
            workflow.updated_at = instants.to_text(at)
            try:
                self._table.put(workflow, as_read)
            except ConditionFailed:
                continue  # a version was registered meanwhile: delete that too
            return True
        message = f"deleting {workflow_id}: others keep changing it"
        raise Unavailable(message)

    def _load(self, workflow_id: str, version: str, generation: float | None = None) -> StoredDefinition | None:
        item = self._table.get(workflow_id, version)
        if item is None or version == _WORKFLOW or generation not in {None, item.generation}:
            return None
        form, raw = self._bodies.unpack(item.document)
        return _to_definition(item, _DOCUMENTS.decode(raw, form=form))

    def _write(self, version: DefinitionItem, before: DefinitionItem | None, after: DefinitionItem) -> None:
        is_new = DefinitionItem.version.does_not_exist()
        as_read = is_new if before is None else DefinitionItem.revision == before.revision
        self._table.put_together([(version, is_new | (DefinitionItem.digest == version.digest)), (after, as_read)])


_ALL_BUT_DOCUMENT: Final = [
    DefinitionItem.workflow_id,
    DefinitionItem.version,
    DefinitionItem.generation,
    DefinitionItem.name,
    DefinitionItem.description,
    DefinitionItem.created_at,
    DefinitionItem.digest,
]


def _is_visible(version: DefinitionItem, workflow: DefinitionItem) -> bool:
    return not workflow.deleted and version.generation == workflow.generation


def _version_item(definition: StoredDefinition, document: bytes) -> DefinitionItem:
    return DefinitionItem(
        definition.workflow_id,
        definition.version,
        name=definition.name,
        description=definition.description,
        created_at=instants.to_text(definition.created_at),
        digest=definition.digest,
        document=document,
    )


def _workflow_after(before: DefinitionItem | None, definition: StoredDefinition) -> DefinitionItem:
    deleted = before is not None and bool(before.deleted)
    entry = entry_after(None if before is None else _to_entry(before), definition, deleted=deleted)
    return DefinitionItem(
        definition.workflow_id,
        _WORKFLOW,
        kind=_KIND,
        generation=1 if before is None else before.generation,
        revision=1 if before is None or before.revision is None else before.revision + 1,
        deleted=False,
        name=entry.name,
        description=entry.description,
        default_version=entry.version,
        created_at=instants.to_text(entry.created_at),
        updated_at=instants.to_text(entry.updated_at),
    )


def _to_definition(item: DefinitionItem, document: dict[str, object]) -> StoredDefinition:
    return StoredDefinition(
        workflow_id=item.workflow_id,
        version=item.version,
        name=item.name,
        digest=item.digest or "",
        document=document,
        created_at=instants.from_text(item.created_at),
        description=item.description,
    )


def _to_entry(item: DefinitionItem) -> WorkflowEntry:
    return WorkflowEntry(
        workflow_id=item.workflow_id,
        name=item.name,
        version=item.default_version or "",
        created_at=instants.from_text(item.created_at),
        updated_at=instants.from_text(item.updated_at or item.created_at),
        description=item.description,
    )

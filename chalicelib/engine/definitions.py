"""Registered workflow definitions: register, read, delete, and load for deciding.

Layer: engine. A version never changes, so what was loaded once stays loaded, also of a deleted workflow: its running
executions go on. What is stored is the main dialect as it was understood, and its digest is of that: the same
definition in another form of writing is the same content.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from chalicelib.domain.definitions.definition import (
    LoadedDefinition,
    Report,
    check_definition,
    content_hash,
    load_definition,
    to_document,
)
from chalicelib.domain.definitions.findings import brief, error
from chalicelib.domain.definitions.model import WorkflowDefinition
from chalicelib.domain.errors import Conflict, Finding, InvalidDefinition, NotFound
from chalicelib.domain.steps import RUNNABLE_FEATURES, RUNNABLE_STEP_TYPES
from chalicelib.engine.announcing import Announcer
from chalicelib.engine.triggers import Triggers
from chalicelib.ports.definitions import DefinitionStore, StoredDefinition, WorkflowEntry
from chalicelib.ports.executions import SummaryStore
from chalicelib.ports.pages import Page
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings

Document = dict[str, Any] | str | bytes

_KEPT: Final = 128


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A registered version, whether this request ``created`` it, and what is doubtful about it."""

    workflow_id: str
    version: str
    created_at: datetime
    created: bool
    warnings: tuple[Finding, ...] = ()


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """The versions of a workflow, highest first, and which of them is the ``default``."""

    default: str
    versions: list[StoredDefinition]


class Definitions:
    """The definitions that executions are started from. ``known_activities`` are the activity types registered here."""

    def __init__(
        self,
        store: DefinitionStore,
        summaries: SummaryStore,
        clock: Clock,
        *,
        announcer: Announcer,
        known_activities: Collection[str],
        settings: Settings,
        triggers: Triggers,
    ) -> None:
        self._store = store
        self._summaries = summaries
        self._clock = clock
        self._announcer = announcer
        self._settings = settings
        self._triggers = triggers
        self._rules: dict[str, Any] = {
            "known_activities": known_activities,
            "known_calendars": settings.calendars,
            "runnable_step_types": RUNNABLE_STEP_TYPES,
            "runnable_features": RUNNABLE_FEATURES,
        }
        self._loaded = lru_cache(maxsize=_KEPT)(self._read)

    # --- changing ---------------------------------------------------------------------------------------------------

    def register(self, document: Document, media_type: str | None = None) -> Registered:
        """Register a version. The same content again changes nothing.

        Raises ``InvalidDefinition`` with every finding, ``PayloadTooLarge``, and ``Conflict`` (``VersionExists``) when
        the version exists with other content.
        """
        return self._add(load_definition(document, media_type=media_type, **self._rules))

    def update(self, workflow_id: str, document: Document, media_type: str | None = None) -> Registered:
        """Give a registered workflow a further version.

        Raises what ``register`` raises, ``NotFound`` for a workflow that is not there, and ``InvalidDefinition`` for a
        definition of another workflow.
        """
        loaded = load_definition(document, media_type=media_type, **self._rules)
        given = loaded.definition.id
        if given != workflow_id:
            message = f"The definition is of {brief(given)}, but the request of {brief(workflow_id)}"
            raise InvalidDefinition(message, [error("InvalidId", "/id", message, "Let both be the same.")])
        self._entry(workflow_id)
        return self._add(loaded)

    def delete(self, workflow_id: str, *, force: bool = False) -> None:
        """Hide a workflow with all its versions. What runs goes on.

        Raises ``NotFound``, and unless ``force``, ``Conflict`` (``ExecutionsRunning``) while executions run. Whether
        any do is read from the summaries, so one that began within the last second may be missed: it goes on too.
        """
        self._entry(workflow_id)
        if not force and self._summaries.any_open(workflow_id):
            message = f"Executions of {workflow_id!r} run. Wait for their end or cancel them, or force the deletion."
            raise Conflict(message, code="ExecutionsRunning")
        if not self._store.delete(workflow_id, at=self._clock.now()):
            raise _unknown(workflow_id)  # somebody else was faster
        self._triggers.deleted(workflow_id)
        self._announcer.deleted(workflow_id)

    # --- reading ----------------------------------------------------------------------------------------------------

    def validate(self, document: Document, media_type: str | None = None) -> Report:
        """Everything wrong or doubtful about a document. Never raises for bad content, and registers nothing."""
        return check_definition(document, media_type=media_type, **self._rules)

    def get(self, workflow_id: str, version: str | None = None) -> StoredDefinition:
        """A version, or the default one. Raises ``NotFound`` (``WorkflowNotFound``, ``VersionNotFound``)."""
        found = self._store.get(workflow_id, version)
        if found is None:
            self._entry(workflow_id)
            raise _unknown_version(workflow_id, version)
        return found

    def versions(self, workflow_id: str) -> Versions:
        """Every version, highest first, documents perhaps left out. Raises ``NotFound``."""
        return Versions(default=self._entry(workflow_id).version, versions=self._store.versions(workflow_id))

    def entries(self, *, page_size: int, cursor: str | None = None) -> Page[WorkflowEntry]:
        """Workflows by id, each with its default version. Raises ``InvalidCursor``."""
        return self._store.entries(page_size=page_size, cursor=cursor)

    def resolve(self, workflow_id: str, version: str | None = None) -> LoadedDefinition:
        """What to start: a version, or the default one. Raises ``NotFound``, also for a deleted workflow."""
        entry = self._entry(workflow_id)
        if version is None or version == entry.version:
            return self.load(workflow_id, entry.version)
        # A revived workflow hides the versions from before its deletion, and only the store knows which those are.
        self.get(workflow_id, version)
        return self.load(workflow_id, version)

    def load(self, workflow_id: str, version: str) -> LoadedDefinition:
        """A version for deciding, deleted or not; kept for the life of the process. Raises ``NotFound``."""
        return self._loaded(workflow_id, version)

    def _read(self, workflow_id: str, version: str) -> LoadedDefinition:
        stored = self._store.get(workflow_id, version, deleted=True)
        if stored is None:
            raise _unknown_version(workflow_id, version)
        # It was valid when it was registered: reading it again checks nothing but its shape.
        return LoadedDefinition(definition=msgspec.convert(stored.document, WorkflowDefinition), findings=())

    def _add(self, loaded: LoadedDefinition) -> Registered:
        definition = loaded.definition
        stored = StoredDefinition(
            workflow_id=definition.id,
            version=definition.version,
            name=definition.name,
            description=definition.description,
            digest=content_hash(definition),
            document=to_document(definition),
            created_at=self._clock.now(),
        )
        known = self._store.entry(definition.id) is not None
        created = self._store.add(stored)
        self._triggers.registered(definition)
        if created:
            self._announcer.registered(stored, updated=known)
        before = None if created else self._store.get(definition.id, definition.version)
        return Registered(
            workflow_id=definition.id,
            version=definition.version,
            created_at=(before or stored).created_at,
            created=created,
            warnings=loaded.findings,
        )

    def _entry(self, workflow_id: str) -> WorkflowEntry:
        entry = self._store.entry(workflow_id)
        if entry is None:
            raise _unknown(workflow_id)
        return entry


def _unknown(workflow_id: str) -> NotFound:
    return NotFound(f"There is no workflow {workflow_id!r}.", code="WorkflowNotFound")


def _unknown_version(workflow_id: str, version: str | None) -> NotFound:
    return NotFound(f"The workflow {workflow_id!r} has no version {version!r}.", code="VersionNotFound")

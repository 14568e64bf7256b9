"""The shape of every item: keys, indexes and attributes of the six tables, as pynamodb models.

Layer: adapters. `infra/tables.yaml` creates what is declared here; a test keeps the two equal. Attributes that are in
every write have short names: a write costs a unit for each KB, and names count.
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model


class Item(Model):
    """Base of the models. They describe items; the table's name, and the connection, are ``Table``'s."""

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """``key_schema``, ``attribute_definitions`` and ``global_secondary_indexes``, in DynamoDB's words."""
        return dict(cls._get_schema())


class CommitItem(Item):
    """One commit, written once."""

    execution_id = UnicodeAttribute(hash_key=True)
    n = NumberAttribute(range_key=True)
    """The commit's number."""
    t = NumberAttribute()
    """Its time, in microseconds since 1970."""
    s = NumberAttribute()
    """Sequence number of its first event."""
    c: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    """Ids of the commands it answers."""
    e = BinaryAttribute(legacy_encoding=False)
    """Its events: a body."""
    expires_at = NumberAttribute(null=True)
    """When DynamoDB may drop it, in seconds since 1970."""


class SnapshotItem(Item):
    """The newest snapshot of an execution."""

    execution_id = UnicodeAttribute(hash_key=True)
    n = NumberAttribute()
    """Number of the last commit folded into it."""
    v = NumberAttribute()
    """Version of ``evolve`` that folded it."""
    b = BinaryAttribute(legacy_encoding=False)
    """The state: a body."""
    expires_at = NumberAttribute(null=True)


class ByWorkflow(GlobalSecondaryIndex["SummaryItem"]):  # type: ignore[no-untyped-call]
    """Rows of one workflow by creation."""

    class Meta:
        index_name = "by_workflow"
        projection = AllProjection()

    workflow_shard = UnicodeAttribute(hash_key=True)
    created_key = UnicodeAttribute(range_key=True)


class Recent(GlobalSecondaryIndex["SummaryItem"]):  # type: ignore[no-untyped-call]
    """Keys of the rows of all workflows by creation. They never change, so a row costs one write here, once."""

    class Meta:
        index_name = "recent"
        projection = KeysOnlyProjection()

    month_shard = UnicodeAttribute(hash_key=True)
    created_key = UnicodeAttribute(range_key=True)


class SummaryItem(Item):
    """One row of a list of executions; or, with ``months`` alone, the months in which a workflow has rows."""

    execution_id = UnicodeAttribute(hash_key=True)
    n = NumberAttribute(null=True)
    """Number of the commit that the row shows."""
    b = BinaryAttribute(legacy_encoding=False, null=True)
    """The row: a body."""
    workflow_shard = UnicodeAttribute(null=True)
    """``<workflow>#open#<shard>`` until the execution has ended, then ``<workflow>#<yyyy-mm>#<shard>``."""
    month_shard = UnicodeAttribute(null=True)
    """``<yyyy-mm>#<shard>``."""
    created_key = UnicodeAttribute(null=True)
    """``<instant>#<execution id>``."""
    months = UnicodeSetAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    by_workflow = ByWorkflow()
    recent = Recent()


class Workflows(GlobalSecondaryIndex["DefinitionItem"]):  # type: ignore[no-untyped-call]
    """The workflows' own items, by id."""

    class Meta:
        index_name = "workflows"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    workflow_id = UnicodeAttribute(range_key=True)


class DefinitionItem(Item):
    """A version; or, with ``#`` for a version, the workflow itself."""

    workflow_id = UnicodeAttribute(hash_key=True)
    version = UnicodeAttribute(range_key=True)
    generation = NumberAttribute()
    """Grows with each deletion. A version is visible while it is of the workflow's generation."""
    name = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()

    digest = UnicodeAttribute(null=True)
    document = BinaryAttribute(legacy_encoding=False, null=True)
    """Of a version: a body."""

    kind = UnicodeAttribute(null=True)
    """Of a workflow: ``workflow`` while it is not deleted; the index has those alone."""
    revision = NumberAttribute(null=True)
    """Of a workflow: counts its writes, each conditional on the last."""
    default_version = UnicodeAttribute(null=True)
    deleted = BooleanAttribute(null=True)
    updated_at = UnicodeAttribute(null=True)

    workflows = Workflows()


class TimerItem(Item):
    """A timer, all of it in its key; or the sweeper's cursor."""

    bucket = UnicodeAttribute(hash_key=True)
    """``<minute>#<shard>``."""
    due = UnicodeAttribute(range_key=True)
    """``<instant>#<execution id>``."""
    minute = UnicodeAttribute(null=True)
    """Of the cursor: every earlier minute is empty."""


class EntryItem(Item):
    """An entry: one small value that is kept beside executions."""

    partition = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    v = NumberAttribute()
    """Another number after every write."""
    b = BinaryAttribute(legacy_encoding=False)
    """Its body."""
    expires_at = NumberAttribute(null=True)

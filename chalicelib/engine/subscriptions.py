"""Subscriptions beside those of definitions: made, listed and ended at run time.

Layer: engine. A subscription lies twice: by its id, to be listed, and in the index of what it subscribes to, where it
is found when that happens. The index goes first when it ends, and comes last when it begins: a crash in between leaves
one that is listed and can be ended or made again, never one that starts things unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any, Final

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.definitions.findings import error
from chalicelib.domain.definitions.model import Subscription
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.expressions import ExpressionSyntaxError, compile_expression, compile_mapping
from chalicelib.engine.subscription_index import partition_of
from chalicelib.ports.cursors import seal, unseal
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.pages import Page
from chalicelib.ports.system import Clock, Ids

_ALL: Final = "subscription"
_QUERY: Final = "subscriptions"


class OwnSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """``workflow_id`` is what ``subscription`` starts."""

    id: str
    workflow_id: str
    subscription: Subscription
    created_at: datetime
    created_by: str


class Subscriptions:
    """The subscriptions that were made at run time. ``resolve`` finds a workflow or raises ``NotFound``."""

    def __init__(
        self, entries: Entries, resolve: Callable[[str, str | None], LoadedDefinition], clock: Clock, ids: Ids
    ) -> None:
        self._entries = entries
        self._resolve = resolve
        self._clock = clock
        self._ids = ids

    def create(
        self, workflow_id: str, subscription: Subscription, *, by: str, idempotency_key: str | None = None
    ) -> OwnSubscription:
        """Have ``workflow_id`` started by what ``subscription`` names. The same key again gives the same one.

        Raises ``NotFound`` for the workflow, ``InvalidRequest`` for an expression that does not parse, ``Conflict``
        (``SubscriptionExists``) for a key that made another one.
        """
        _check(subscription)
        self._resolve(workflow_id, None)
        id = self._ids.new_id()
        if idempotency_key is not None:
            id = hashlib.sha256(jsonvalue.dumps([by, idempotency_key])).hexdigest()[:26]
        made = OwnSubscription(
            id=id, workflow_id=workflow_id, subscription=subscription, created_at=self._clock.now(), created_by=by
        )
        if not self._entries.add(_ALL, id, _body(made)):
            made = self._same(made)
        self._entries.put(partition_of(subscription), f"own#{id}", _body(made))
        return made

    def get(self, id: str) -> OwnSubscription:
        """One subscription. Raises ``NotFound`` (``SubscriptionNotFound``)."""
        entry = self._entries.get(_ALL, id)
        if entry is None:
            message = f"There is no subscription {id!r}."
            raise NotFound(message, code="SubscriptionNotFound")
        return _read(entry)

    def list(self, *, page_size: int, cursor: str | None = None) -> Page[OwnSubscription]:
        """A page of them in order of creation. Raises ``InvalidCursor``."""
        after = "" if cursor is None else unseal(_QUERY, cursor)
        found = list(islice(self._entries.read(_ALL, after=after), page_size + 1))
        more = len(found) > page_size
        items = [_read(entry) for entry in found[:page_size]]
        return Page(items, seal(_QUERY, items[-1].id) if more else None)

    def delete(self, id: str) -> None:
        """End it. Raises ``NotFound`` (``SubscriptionNotFound``)."""
        ended = self.get(id)
        self._entries.delete(partition_of(ended.subscription), f"own#{id}")
        self._entries.delete(_ALL, id)

    def _same(self, wanted: OwnSubscription) -> OwnSubscription:
        present = self.get(wanted.id)
        if (present.workflow_id, present.subscription) != (wanted.workflow_id, wanted.subscription):
            message = f"The Idempotency-Key made the subscription {wanted.id!r} already, which is another."
            raise Conflict(message, code="SubscriptionExists")
        return present


def _check(subscription: Subscription) -> None:
    try:
        if subscription.condition is not None:
            compile_expression(subscription.condition)
        compile_mapping(subscription.input_mapping)
    except ExpressionSyntaxError as refused:
        field = "condition" if subscription.condition is not None and not refused.pointer else "input_mapping"
        finding = error("InvalidExpression", f"/{field}{refused.pointer or ''}", str(refused))
        message = "The subscription has an expression that cannot be read."
        raise InvalidRequest(message, [finding]) from refused


def _body(made: OwnSubscription) -> dict[str, Any]:
    return {
        "id": made.id,
        "workflow_id": made.workflow_id,
        "subscription": msgspec.to_builtins(made.subscription),
        "created_at": timestamp(made.created_at),
        "created_by": made.created_by,
    }


def _read(entry: Entry) -> OwnSubscription:
    return msgspec.convert(entry.body, OwnSubscription)

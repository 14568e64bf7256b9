"""What starts workflows: for each subscription an entry under what it subscribes to.

Layer: engine. The entries are an index and no more: whether a definition's subscription still holds is asked of the
default version when it is about to start something. So entries are only ever written here; one that is stale, because
of a newer version, a deletion or two registrations at once, starts nothing and goes when it is met.

    subscriber#event#<name>      "*" for any    published events
    subscriber#workflow#<id>                    a workflow's completion
    subscriber#ending#<type>     "*" for any    how executions end, of whatever workflow

under ``definition#<workflow>#<digest>`` for those that stand in a definition, ``own#<id>`` for others.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.model import Subscription, WorkflowDefinition
from chalicelib.engine.event_index import in_key
from chalicelib.ports.entries import Entries

ENDINGS: Final = ("WorkflowCompleted", "WorkflowFailed", "WorkflowCanceled", "WorkflowTimedOut")
"""The engine's own events that can be subscribed to. A partial failure is a completion too, by its ``state``."""
_DOTTED: Final = {
    "workflow.*": "*",
    "workflow.completed": "WorkflowCompleted",
    "workflow.failed": "WorkflowFailed",
    "workflow.canceled": "WorkflowCanceled",
    "workflow.cancelled": "WorkflowCanceled",
    "workflow.timed_out": "WorkflowTimedOut",
    **{name: name for name in ENDINGS},
}


class SubscriptionIndex:
    """Keeps the index of subscriptions as definitions have them: one kind of ``Trigger``."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def registered(self, definition: WorkflowDefinition) -> None:
        """Enter what ``definition`` subscribes to. Again is harmless, and mends what a crash left out."""
        for subscription in definition.subscriptions:
            key = f"definition#{quote(definition.id, safe='')}#{digest(subscription)}"
            self._entries.put(partition_of(subscription), key, {"workflow_id": definition.id})

    def deleted(self, workflow_id: str) -> None:
        """Nothing: what a deleted workflow subscribed to starts nothing, and its entries go when they are met."""


def partition_of(subscription: Subscription) -> str:
    """Where the entry of a subscription lies."""
    if subscription.type == "workflow":
        return partition("workflow", subscription.workflow_id or "")
    name = subscription.event_name or ""
    return partition("ending", _DOTTED[name]) if name in _DOTTED else partition("event", name)


def partition(kind: Literal["event", "workflow", "ending"], name: str) -> str:
    """The partition of subscriptions to one thing; ``*`` is any."""
    return f"subscriber#{kind}#{name if name == '*' else in_key(name)}"


def digest(subscription: Subscription) -> str:
    """What tells the subscriptions of one definition apart: their content."""
    content: dict[str, Any] = msgspec.to_builtins(subscription)
    return hashlib.sha256(jsonvalue.canonical(content)).hexdigest()[:32]

"""Behind ``publisher``: commits as they go by in the table's stream.

Layer: events. All commits of an execution in a batch are published together, for one row and one request to the bus;
executions in the order of their first commit there, so that everything before a failure has been published.
"""

from __future__ import annotations

from typing import Any, Final

from chalicelib import bootstrap, observability
from chalicelib.domain.execution.events import Commit

Record = dict[str, Any]
_COUNTED: Final = {
    "WorkflowCreated": "ExecutionsStarted",
    "WorkflowCompleted": "ExecutionsCompleted",
    "WorkflowFailed": "ExecutionsFailed",
    "WorkflowTimedOut": "ExecutionsTimedOut",
}


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish the batch. From the first record that fails on, the shard comes again: its order is kept."""
    engine = bootstrap.engine()
    records = [record for record in event["Records"] if record.get("eventName") == "INSERT"]
    with observability.invocation(context):
        grouped, unreadable = _by_execution(records)
        for execution_id, batch in grouped.items():
            try:
                commits = [bootstrap.decoders().commit(record["dynamodb"]["NewImage"]) for record in batch]
                engine.publish.handle(execution_id, commits)
            except Exception as error:  # noqa: BLE001 - reported, and the shard comes again from here
                bootstrap.log_error(execution_id, error)
                return _from(batch[0])
            _count(commits)
    return {"batchItemFailures": []} if unreadable is None else _from(unreadable)


def _from(record: Record) -> dict[str, Any]:
    """The answer that has ``record`` and all after it delivered again."""
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}


def _by_execution(records: list[Record]) -> tuple[dict[str, list[Record]], Record | None]:
    """The records by execution up to the first that does not say which it is of, and that one."""
    grouped: dict[str, list[Record]] = {}
    for record in records:
        try:
            execution_id = str(record["dynamodb"]["Keys"]["execution_id"]["S"])
        except (KeyError, TypeError) as error:
            bootstrap.log_error("", error)
            return grouped, record
        grouped.setdefault(execution_id, []).append(record)
    return grouped, None


def _count(commits: list[Commit]) -> None:
    for commit in commits:
        for each in commit.events:
            if each.type in _COUNTED:
                observability.count(_COUNTED[each.type])

"""Behind ``publisher``: commits as they go by in the table's stream.

Layer: events. All commits of an execution in a batch are published together, for one row and one request to the bus;
executions in the order of their first commit there, so that everything before a failure has been published.
"""

from __future__ import annotations

from typing import Any, Final

from chalicelib import bootstrap, observability
from chalicelib.domain.execution.events import Commit

_COUNTED: Final = {
    "WorkflowCreated": "ExecutionsStarted",
    "WorkflowCompleted": "ExecutionsCompleted",
    "WorkflowFailed": "ExecutionsFailed",
    "WorkflowTimedOut": "ExecutionsTimedOut",
}


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish the batch. From the first record that fails on, the shard comes again: its order is kept."""
    engine = bootstrap.engine()
    records = [record for record in event["Records"] if record["eventName"] == "INSERT"]
    with observability.invocation(context):
        for execution_id, batch in _by_execution(records).items():
            try:
                commits = [bootstrap.decoders().commit(record["dynamodb"]["NewImage"]) for record in batch]
                engine.publish.handle(execution_id, commits)
            except Exception as error:  # noqa: BLE001 - reported, and the shard comes again from here
                bootstrap.log_error(execution_id, error)
                return {"batchItemFailures": [{"itemIdentifier": batch[0]["dynamodb"]["SequenceNumber"]}]}
            _count(commits)
    return {"batchItemFailures": []}


def _by_execution(records: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        grouped.setdefault(str(record["dynamodb"]["Keys"]["execution_id"]["S"]), []).append(record)
    return grouped


def _count(commits: list[Commit]) -> None:
    for commit in commits:
        for each in commit.events:
            if each.type in _COUNTED:
                observability.count(_COUNTED[each.type])

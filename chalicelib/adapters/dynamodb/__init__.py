"""Executions, definitions, timers and entries in DynamoDB. Layer: adapters.

`items` declares the tables, `table` talks to one, the other modules each keep one port's promises with it.
"""

from chalicelib.adapters.dynamodb.commits import decode_commit
from chalicelib.adapters.dynamodb.definitions import DynamoDefinitionStore
from chalicelib.adapters.dynamodb.entries import DynamoEntries
from chalicelib.adapters.dynamodb.executions import DynamoExecutionStore
from chalicelib.adapters.dynamodb.summaries import DynamoSummaryStore
from chalicelib.adapters.dynamodb.timers import DynamoTimerStore

__all__ = [
    "DynamoDefinitionStore",
    "DynamoEntries",
    "DynamoExecutionStore",
    "DynamoSummaryStore",
    "DynamoTimerStore",
    "decode_commit",
]

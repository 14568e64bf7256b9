"""The models and the deployed tables are the same. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.adapters.dynamodb.items import (
    CommitItem,
    DefinitionItem,
    EntryItem,
    Item,
    SnapshotItem,
    SummaryItem,
    TimerItem,
)
from tests.contract import resources

MODELS: dict[str, type[Item]] = {
    "commits": CommitItem,
    "definitions": DefinitionItem,
    "entries": EntryItem,
    "snapshots": SnapshotItem,
    "summaries": SummaryItem,
    "timers": TimerItem,
}


def keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {each["KeyType"]: each["AttributeName"] for each in schema}


def attributes(definitions: list[dict[str, str]]) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in definitions}


@pytest.mark.parametrize("name", MODELS)
def test_a_table_is_deployed_as_its_model_says(name: str) -> None:
    model, deployed = MODELS[name].schema(), resources.table(name)

    assert keys(deployed["KeySchema"]) == keys(model["key_schema"])
    assert attributes(deployed["AttributeDefinitions"]) == attributes(model["attribute_definitions"])


@pytest.mark.parametrize("name", MODELS)
def test_indexes_are_deployed_as_their_model_says(name: str) -> None:
    def of_model(index: dict[str, Any]) -> tuple[object, ...]:
        return keys(index["key_schema"]), index["projection"]["ProjectionType"]

    def as_deployed(index: dict[str, Any]) -> tuple[object, ...]:
        return keys(index["KeySchema"]), index["Projection"]["ProjectionType"]

    deployed = resources.table(name).get("GlobalSecondaryIndexes", [])
    model = MODELS[name].schema()["global_secondary_indexes"]
    assert {index["IndexName"]: as_deployed(index) for index in deployed} == {
        index["index_name"]: of_model(index) for index in model
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_table_drops_what_has_expired_when_its_items_expire(name: str) -> None:
    attribute = (resources.table(name).get("TimeToLiveSpecification") or {}).get("AttributeName")

    assert attribute == "expires_at" or not hasattr(MODELS[name], "expires_at")


def test_every_table_has_a_model() -> None:
    deployed = {each["TableName"] for each in resources.declared("AWS::DynamoDB::Table").values()}

    assert deployed == {resources.PREFIX + name for name in MODELS}

"""The meter's rules, against what DynamoDB Local said that the same requests consume. Layer: tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.costs.capacity import Schema, Units, read_one, read_together, refused, written
from bench.costs.record_capacity import FILE, TABLE
from bench.costs.sizes import item_bytes, value_bytes

RECORDED: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
INDEXED = Schema.from_declaration(TABLE)


@pytest.mark.parametrize("case", RECORDED["values"], ids=lambda case: json.dumps(case["value"]))
def test_value_has_the_recorded_size_when_it_is_of_any_type(case: dict[str, Any]) -> None:
    assert value_bytes(case["value"]) == case["bytes"]


@pytest.mark.parametrize("case", RECORDED["writes"], ids=lambda case: f"{case['case']}-{case['transactional']}")
def test_write_takes_the_recorded_units_when_indexes_follow(case: dict[str, Any]) -> None:
    units = written(INDEXED, case["before"], case["after"], transactional=case["transactional"])

    assert units == Units(write=case["units"])


@pytest.mark.parametrize("case", RECORDED["others"], ids=lambda case: f"{case['size']}-{case['consistent']}")
def test_read_takes_the_recorded_units_when_items_are_small_and_large(case: dict[str, Any]) -> None:
    item, consistent = {"k": {"S": "r"}, "p": {"S": "p" * case["size"]}}, case["consistent"]

    units = {
        "get": read_one(item, consistent=consistent).read,
        "get of nothing": read_one(None, consistent=consistent).read,
        "query": read_together([item], consistent=consistent).read,
    }

    assert units == case["units"]


def test_refused_write_takes_what_is_there_when_its_condition_fails() -> None:
    large = {"k": {"S": "x"}, "p": {"S": "p" * 3_000}}

    assert refused(None) == Units(write=1.0)
    assert refused(large) == Units(write=3.0)
    assert refused(large, transactional=True) == Units(write=6.0)


def test_names_count_when_an_item_is_measured() -> None:
    assert item_bytes({"name": {"S": "é"}, "n": {"N": "12"}}) == 4 + 2 + 1 + 2

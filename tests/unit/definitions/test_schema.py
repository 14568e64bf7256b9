"""The published JSON Schema: its copies are current, and it judges documents as the loader does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from msgspec import inspect

import chalicelib.domain.definitions as package
from chalicelib.domain.definitions.json_schema import evaluate
from chalicelib.domain.definitions.schema import SCHEMA_ID, _scalar, definition_schema
from chalicelib.domain.definitions.shapes import struct_info
from chalicelib.domain.definitions.supported import STEP_TYPES
from tests.unit.definitions.samples import Document, document, found, script, step

ROOT = Path(__file__).parents[3]
COPIES = [ROOT / "docs/definition.schema.json", Path(package.__path__[0]) / "definition.schema.json"]


def fits(given: Any) -> bool:
    """Whether a document fits the published schema."""
    schema = definition_schema()
    del schema["$schema"], schema["$id"]
    return evaluate(schema, given, most=1) == []


@pytest.mark.parametrize("path", COPIES, ids=["docs", "package"])
def test_the_copies_are_current(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8")) == definition_schema(), (
        "run: python -m chalicelib.domain.definitions.schema "
        + " ".join(str(each.relative_to(ROOT)) for each in COPIES)
    )


def test_the_schema_is_one_of_the_draft_it_names() -> None:
    schema = definition_schema()

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["$id"] == SCHEMA_ID


def test_the_schema_is_the_callers_own_when_it_is_changed() -> None:
    definition_schema()["title"] = "changed"

    assert definition_schema()["title"] == "Weft workflow definition"


def test_the_schema_knows_every_step_type() -> None:
    schema = definition_schema()
    names = [each["$ref"].rsplit("/", 1)[1] for each in schema["$defs"]["Step"]["properties"]["step_type"]["anyOf"]]

    assert sorted(schema["$defs"][name]["properties"]["type"]["const"] for name in names) == sorted(STEP_TYPES)


@pytest.mark.parametrize("name", ["hello-world.json", "order-fulfilment.yaml"])
def test_examples_fit_the_schema(name: str) -> None:
    assert fits(yaml.safe_load((ROOT / "examples" / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "given",
    [
        document(timeout=90),
        document(timeout="PT1M30S"),
        document(timeout={"secs": 90, "nanos": 0}),
        document(timeout=None, description=None, transitions=document()["transitions"]),
        document(edges=[{"from": "start", "to": "end"}]),
        document(edges=[{"from": "start", "to_step_id": "end", "condition": None}]),
        document(script("a", preconditions="$.input.x", postconditions=["$.result"])),
        document(retry_policy={"max_attempts": 3, "initial_interval_ms": 500, "max_interval": "PT1M"}),
        document(retry_policy={"max_retries": 3, "retry_intervals": [1, "PT5S"], "max_attempts": None}),
        document(default_error_policy={"type": "retry", "max_attempts": 3, "initial_interval": 1}),
        document(default_error_policy={"type": "retry", "retry": {"max_retries": 3}}),
        document(default_error_policy={}),
        document(step("t", "timer", timer_config={"type": "delay", "seconds": "$.input.x"})),
        document(step("t", "timer", timer_config={"type": "delay", "seconds": "PT5M"})),
        {**document(), "$schema": "./definition.schema.json", "created_at": "x", "updated_at": "y"},
    ],
)
def test_the_schema_accepts_what_is_accepted(given: Document) -> None:
    assert fits(given)
    assert found(given) == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        document(id="a/b"),
        document(id="a\n"),
        document(name=""),
        document(timeout="soon"),
        document(timeout=0),
        document(timeout=-1),
        document(timeout=1e12),
        document(timeout={"nanos": 1}),
        document(edges=[{"from": "start"}]),
        document(edges=[{"from": "start", "from_step_id": "start", "to": "end"}]),
        document(retry_policy={"initial_interval": 1}),
        document(retry_policy={"max_attempts": 3, "max_retries": 3}),
        document(retry_policy={"max_attempts": 3, "retry_intervals": []}),
        document(retry_policy={"max_attempts": 3, "initial_interval_ms": 1, "initial_interval": 1}),
        document(retry_policy={"max_attempts": 1.5}),
        document(default_error_policy={"type": "retry"}),
        document(default_error_policy={"type": "retry", "max_attempts": 3, "retry": {"max_attempts": 3}}),
        document(default_error_policy={"type": "fail_workflow", "max_attempts": 3}),
        document(step("t", "timer", timer_config={"type": "delay"})),
        document(step("t", "timer", timer_config={"type": "delay", "seconds": 1, "datetime": None})),
        document({"id": "a", "step_type": {"type": "activty"}}),
        document({"id": "a", "step_type": {}}),
        document(script("a", tags={"a": 1})),
        document(script("a", unknown=1)),
        document(script("a", preconditions=[""])),
        document(step("p", "parallel", branches=[])),
        document(execution_mode="fast"),
        document(input_type={"fields": [], "json_schema": {}}),
        document(input_type={"fields": [{"name": "a", "field_type": {"type": "enum"}}]}),
    ],
)
def test_the_schema_refuses_what_is_refused(given: Any) -> None:
    assert not fits(given)
    if isinstance(given, dict):
        assert found(given) != []


def test_a_type_without_a_form_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="no form in JSON Schema"):
        _scalar(inspect.NoneType())
    with pytest.raises(TypeError, match="is no struct"):
        struct_info(int)

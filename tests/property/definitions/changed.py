"""Definitions that are nearly those of ``examples``: mostly still valid, mostly no longer sensible.

Layer: tests. A change swaps a value for one that stands under the same name in some example, moves a number, doubles
or drops an entry of a list, or drops a field. One document in a few is a chain from the grammar of steps instead.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.property.definitions.strategies import Document, chains, json_values

_EXAMPLES = Path(__file__).parents[3] / "examples"
_DURATIONS = [0.001, 1, "PT5M", "P400D", {"secs": 5}]
_NUMBERS = [-1, 0, 1, 2, 3, 1_000, 10**9, 0.5]
_TEXTS = [
    "$.input",
    "$.input.missing",
    "$.context.n",
    "$.steps",
    "{% 1/0 %}",
    "true",
    "false",
    "$sum($.input)",
    "error",
]
Place = tuple[Any, Any]


def _read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def places(document: Any) -> Iterator[Place]:
    """Every value inside, as what holds it and the key or index there."""
    keys = document if isinstance(document, dict) else range(len(document))
    for key in keys:
        yield document, key
        if isinstance(document[key], dict | list):
            yield from places(document[key])


EXAMPLES: list[Document] = [
    found
    for path in sorted(_EXAMPLES.rglob("*.*"))
    if path.suffix in (".json", ".yaml") and isinstance(found := _read(path), dict) and "steps" in found
]
# What activities are given there would reach out; here they are all mocked.
ACTIVITY_TYPES = sorted({
    holder[key]
    for each in EXAMPLES
    for holder, key in places(each)
    if key == "activity_type" and isinstance(holder[key], str)
})  # fmt: skip


def _by_name() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for each in EXAMPLES:
        for holder, key in places(each):
            if isinstance(key, str) and holder[key] not in found.setdefault(key, []):
                found[key].append(holder[key])
    return found


_SEEN = _by_name()


@st.composite
def changed_examples(draw: st.DrawFn) -> Document:
    """An example with up to four changes."""
    document = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(0, 4))):
        holder, key = draw(st.sampled_from(list(places(document))))
        match draw(st.sampled_from(["swap", "swap", "swap", "value", "double", "drop", "exchange"])):
            case "swap" if key in _SEEN:
                holder[key] = copy.deepcopy(draw(st.sampled_from(_SEEN[key])))
            case "double" if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case "exchange" if isinstance(holder, list):
                other = draw(st.integers(0, len(holder) - 1))
                holder[key], holder[other] = holder[other], holder[key]
            case "drop":
                del holder[key]
            case _:
                holder[key] = copy.deepcopy(draw(_others_than(holder[key])))
    return document


def _others_than(value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int | float):
        return st.sampled_from([*_NUMBERS, *_DURATIONS])
    if isinstance(value, str):
        return st.sampled_from([*_TEXTS, *_DURATIONS])
    return json_values


documents = st.one_of(changed_examples(), changed_examples(), changed_examples(), chains())

_VALUES: dict[str, Any] = {
    "string": ["o-1", "o-declined", "", "A"],
    "number": [40, 0, -1, 0.5, 1_000_000],
    "integer": [2, 0, -1, 1_000],
    "boolean": [True, False],
    "datetime": ["2026-01-31T09:00:00Z"],
    "duration": ["PT5M"],
}


def inputs_for(document: Document) -> st.SearchStrategy[Any]:
    """Inputs, most of them of the type that the document says, as far as it says one."""
    declared = document.get("input_type")
    fields = declared.get("fields") if isinstance(declared, dict) else None
    return _object(fields) | _object(fields) | _object(fields) | json_values


def _object(fields: Any) -> st.SearchStrategy[Any]:
    rows = [each for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []
    return st.fixed_dictionaries({str(row.get("name")): _of_type(row.get("field_type")) for row in rows})


def _of_type(field_type: Any) -> st.SearchStrategy[Any]:
    field_type = field_type if isinstance(field_type, dict) else {"type": field_type}
    match field_type.get("type"):
        case "object":
            return _object(field_type.get("fields"))
        case "array":
            return st.lists(_of_type(field_type.get("items")), max_size=3)
        case "enum" if isinstance(values := field_type.get("values"), list) and values:
            return st.sampled_from(values)
        case name if isinstance(name, str) and name in _VALUES:
            return st.sampled_from(_VALUES[name])
        case _:
            return json_values

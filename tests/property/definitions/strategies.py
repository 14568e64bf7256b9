"""Definitions of any kind: valid ones by construction, twins in both dialects, and garbage.

Layer: tests.
"""

from __future__ import annotations

import string
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.shapes import Shape, field_shapes, shape_of, struct_info, tagged_members
from chalicelib.domain.definitions.variants import BY_FIELD, BY_TYPE

Document = dict[str, Any]

STEP_IDS = ["start", "a", "b", "c", "end"]
# What a text of each role may be; one in six is something else, so that both verdicts come up.
ROLES = {
    "id": ["sample", "a", "b-1", "x.y_z"],
    "expression": ["$.input.n > 0", "true", "$sum($.input.lines.price)", "$.steps.start.output.x"],
    "validation": ["$ > 0", "$length($) < 5"],
    "edge_condition": ["error", "error:Timeout", "$.result.ok", "true"],
    "mapping": ["plain", "$5.00", "$.input.n", "{% 1 + 1 %}", "$.context.a.b"],
    "step": STEP_IDS,
    "point": ["p", "q"],
    "cron": ["0 9 * * *", "*/5 * * * MON-FRI", "$.input.cron"],
    "timezone": ["UTC", "Europe/Berlin"],
    "datetime": ["2030-01-31T09:00:00Z", "$.input.when"],
    "calendar": ["CN", "US-NY"],
    "version": ["1.0.0", "2.0.0-rc.1+5"],
    "activity": ["example.Work", "http.request"],
    "delay": ["$.input.wait"],
}

# No text that would be taken for an expression.
texts = st.text(st.characters(exclude_characters="${", exclude_categories=["Cs"]), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
durations = (
    st.integers(1, 10_000)
    | st.floats(0.001, 10_000)
    | st.sampled_from(["PT5M", "P1DT2H", "PT0.5S", {"secs": 5, "nanos": 500_000_000}, {"secs": 1}])
)


def of_shape(shape: Shape, depth: int = 3) -> st.SearchStrategy[Any]:
    """Documents of the right shape for a part of the model; their meaning is another matter."""
    by_role = _of_role(shape)
    return _of_info(shape.info, depth) if by_role is None else by_role


def _of_role(shape: Shape) -> st.SearchStrategy[Any] | None:
    paths = st.sampled_from(["$.context.a", "$.output.b.c"])
    values = st.sampled_from(ROLES["mapping"]) | json_values
    match shape.role:
        case "duration":
            return durations
        case "delay":
            return durations | st.sampled_from(ROLES["delay"])
        case "targets":
            return st.dictionaries(st.sampled_from(["$", "x", "y z"]), paths, max_size=2)
        case "writes" | "variables":
            return st.dictionaries(paths, values, max_size=2)
        case "fields":
            return st.dictionaries(texts, values, max_size=2) | st.just("$.input")
        case "mapping" if isinstance(shape.info, inspect.AnyType):
            return st.dictionaries(texts, values, max_size=2)
        case role:
            return st.sampled_from(ROLES[role]) if role in ROLES else None


def _of_info(info: inspect.Type, depth: int) -> st.SearchStrategy[Any]:
    match info:
        case inspect.StructType(cls=cls):
            return of_struct(cls, depth - 1)
        case inspect.UnionType(types=types) as union:
            members: list[inspect.Type] = [*tagged_members(union).values()] or [*types]
            return st.one_of([of_shape(shape_of(member), depth) for member in members])
        case inspect.ListType(item_type=item, min_length=least):
            return st.lists(of_shape(shape_of(item), depth), min_size=least or 0, max_size=2)
        case inspect.DictType(value_type=value):
            return st.dictionaries(texts, of_shape(shape_of(value), depth), max_size=2)
        case inspect.AnyType():
            return json_values
        case other:
            return _scalar(other)


def of_struct(cls: type, depth: int = 3) -> st.SearchStrategy[Document]:
    """Documents of the right shape for a struct of the model, each optional field there or not."""
    return st.deferred(lambda: _of_struct(cls, depth))


@st.composite
def _of_struct(draw: st.DrawFn, cls: type, depth: int) -> Document:
    info = struct_info(cls)
    fields = field_shapes(info)
    required = [name for name, (field, _) in fields.items() if field.required]
    optional = [name for name in fields if name not in required]
    document: Document = {} if info.tag is None else {"type": info.tag}
    if cls in BY_TYPE:
        variants = BY_TYPE[cls]
        names = [name for name in variants.by_type if depth > 0 or name not in ("object", "array")]
        name = draw(st.sampled_from(names))
        variant = variants.by_type[name]
        document["type"] = name
        required, optional = list(variant.required), [*variant.optional, *variants.shared]
    elif cls in BY_FIELD:
        choice = BY_FIELD[cls]
        name = draw(st.sampled_from(list(choice.by_field)))
        required, optional = [name], [*choice.by_field[name], *choice.shared]
    chosen = draw(st.lists(st.sampled_from(optional), unique=True, max_size=4)) if optional and depth > 0 else []
    for name in (*required, *chosen):
        document[name] = draw(of_shape(fields[name][1], depth))
    return document


def _scalar(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.StrType(min_length=least):
            return st.text(min_size=least or 0, max_size=8)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=least, le=most):
            return st.integers(least if least is not None else 0, min(most or 100, 100))
        case inspect.FloatType(gt=above, ge=least, le=most):
            low = 0.001 if above is not None else (least or 0)
            return st.floats(low, min(most or 100, 100), allow_nan=False)
        case inspect.LiteralType(values=values):
            return st.sampled_from(sorted(values, key=str))
        case _:
            raise TypeError(f"no strategy for {info}")


def shaped_documents() -> st.SearchStrategy[Document]:
    """Whole documents of the right shape, mostly without sense."""
    return of_struct(model.WorkflowDefinition, 4)


@st.composite
def chains(draw: st.DrawFn) -> Document:
    """Valid definitions: a chain of steps with all the trimmings that need nothing else."""
    count = draw(st.integers(0, 4))
    kinds = st.one_of(
        of_struct(model.Script),
        of_struct(model.DataMapping),
        of_struct(model.Activity),
        of_struct(model.PublishEvent),
        of_struct(model.Timer),
        st.fixed_dictionaries({"type": st.just("wait"), "event_name": st.just("x")}, optional={"timeout": durations}),
    )
    steps: list[Document] = [{"id": "start", "step_type": {"type": "start"}}]
    for number in range(count):
        fields = draw(
            st.fixed_dictionaries(
                {"step_type": kinds},
                optional={
                    "name": texts,
                    "timeout": durations,
                    "skippable": st.booleans(),
                    "retry_policy": of_struct(model.RetryPolicy),
                    "preconditions": st.lists(st.sampled_from(["$.input.n > 0", "true"]), max_size=2),
                    "tags": st.dictionaries(texts, texts, max_size=2),
                },
            )
        )
        steps.append({"id": f"s{number}", **fields})
    steps.append({"id": "end", "step_type": {"type": "end"}})
    ids = [each["id"] for each in steps]
    transitions = [{"from_step_id": a, "to_step_id": b} for a, b in pairwise(ids)]
    return {
        "id": draw(st.text(string.ascii_letters + string.digits, min_size=1, max_size=8).map(lambda text: f"w{text}")),
        "name": draw(st.text(min_size=1, max_size=8)),
        "version": draw(st.sampled_from(ROLES["version"])),
        "steps": steps,
        "transitions": transitions,
        **draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "timeout": durations,
                    "description": texts,
                    "execution_mode": st.sampled_from(["standard", "inline"]),
                    "default_error_policy": of_struct(model.ErrorPolicy),
                    "schedule": of_struct(model.Schedule),
                    "monitoring_config": of_struct(model.MonitoringConfig),
                },
            )
        ),
    }


@st.composite
def broken(draw: st.DrawFn, documents: st.SearchStrategy[Document]) -> Any:
    """A document with one place replaced, removed or added."""
    document = msgspec.json.decode(msgspec.json.encode(draw(documents)))
    places: list[tuple[Any, Any]] = []
    pending: list[Any] = [document]
    while pending:
        value = pending.pop()
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        places.extend((value, key) for key in keys)
        pending.extend(value[key] for key in keys if isinstance(value[key], dict | list))
    holder, key = draw(st.sampled_from(places))
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            holder[key] = draw(json_values)
        case "remove":
            del holder[key]
        case _ if isinstance(holder, dict):
            holder[draw(st.sampled_from(["type", "timout", "id", "name", "fields", "from", ""]))] = draw(json_values)
        case _:
            holder.append(draw(json_values))
    return document

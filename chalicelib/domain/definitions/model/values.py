"""What the parts of a definition are made of: texts with a meaning, durations, types, retry and error policies.

Layer: domain. An annotation says what a text means (its *role*): reading, the JSON Schema, the checks of expressions
and references, and the graph all follow these annotations, so none of them keeps a list of fields of its own.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Json = Any

MAX_SECONDS = 3_155_760_000.0
"""The longest duration: 100 years. Beyond it, adding to a date may leave the calendar."""

ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"

Priority = Literal["highest", "high", "medium", "low", "lowest"]
PRIORITIES: tuple[Priority, ...] = ("highest", "high", "medium", "low", "lowest")

Identifier = Annotated[str, Meta(pattern=ID_PATTERN, extra={"role": "id"})]
Name = Annotated[str, Meta(min_length=1, max_length=256)]
# Of the whole workflow: it stands in lists beside the name.
Summary = Annotated[str, Meta(max_length=4_000)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]

Timeout = Annotated[float, Meta(gt=0, le=MAX_SECONDS, extra={"role": "duration"})]
Interval = Annotated[float, Meta(ge=0, le=MAX_SECONDS, extra={"role": "duration"})]

Expression = Annotated[str, Meta(min_length=1, extra={"role": "expression"})]
"""The whole text is an expression."""
Validation = Annotated[str, Meta(min_length=1, extra={"role": "validation"})]
"""The whole text is an expression in which ``$`` is the value of a form field."""
Template = Annotated[str, Meta(extra={"role": "template"})]
"""A text with expressions in ``{{ … }}``."""
EdgeCondition = Annotated[str, Meta(min_length=1, extra={"role": "edge_condition"})]
"""An expression, ``error`` or ``error:<code>``."""
Value = Annotated[str, Meta(extra={"role": "mapping"})]
"""A constant, or an expression by the rules of mappings."""
Mapping = Annotated[Json, Meta(extra={"role": "mapping"})]
"""A JSON value whose strings may be expressions."""
Fields = Annotated[Json, Meta(extra={"role": "fields"})]
"""{field: value or expression}, or one expression that gives the whole object."""
Targets = Annotated[dict[str, str], Meta(extra={"role": "targets"})]
"""{field of the result: path under ``$.context`` or ``$.output``}; the key ``$`` is the whole result."""
Writes = Annotated[dict[str, Json], Meta(extra={"role": "writes"})]
"""{path under ``$.context`` or ``$.output``: value or expression}."""
Variables = Annotated[dict[str, Json], Meta(extra={"role": "variables"})]
"""{name of a variable, or path under ``$.context``: value or expression}."""

StepId = Annotated[str, Meta(extra={"role": "step"})]
PointId = Annotated[str, Meta(extra={"role": "point"})]
WorkflowId = Annotated[str, Meta(pattern=ID_PATTERN, extra={"role": "id"})]
ActivityType = Annotated[str, Meta(min_length=1, max_length=256, extra={"role": "activity"})]
Cron = Annotated[str, Meta(extra={"role": "cron"})]
Zone = Annotated[str, Meta(extra={"role": "timezone"})]
Instant = Annotated[str, Meta(extra={"role": "datetime"})]
Calendar = Annotated[str, Meta(extra={"role": "calendar"})]
Semver = Annotated[str, Meta(max_length=256, extra={"role": "version"})]


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Frozen, by keyword, strict about unknown fields, and silent about defaults when written out."""


# --- types of values ------------------------------------------------------------------------------------------------

TypeName = Literal["string", "number", "integer", "boolean", "object", "array", "enum", "any", "datetime", "duration"]


class FieldType(Model, frozen=True, kw_only=True):
    """The type of a value: ``fields`` with object, ``items`` with array, ``values`` with enum."""

    type: TypeName
    fields: list[FieldDefinition] | None = None
    items: FieldType | None = None
    values: list[Json] | None = None


class FieldDefinition(Model, frozen=True, kw_only=True):
    """One named field of an object type."""

    name: Name
    field_type: FieldType
    description: str | None = None
    required: bool = False
    default: Json = None


class TypeDefinition(Model, frozen=True, kw_only=True):
    """Either ``fields``, or ``json_schema`` (raw, draft 2020-12), or ``value_type`` for a type that is no object."""

    fields: list[FieldDefinition] | None = None
    json_schema: dict[str, Json] | bool | None = None
    value_type: FieldType | None = None


# --- failure --------------------------------------------------------------------------------------------------------


class RetryPolicy(Model, frozen=True, kw_only=True):
    """Either form of a retry policy; exactly one of ``max_attempts`` and ``max_retries`` is set.

    ``max_attempts`` counts the first try, ``max_retries`` does not. ``*_interval`` and ``retry_intervals`` are seconds.
    ``jitter`` is the fraction (0 to 1) by which an interval may be shortened.
    """

    max_attempts: Count | None = None
    initial_interval: Interval = 1.0
    backoff_coefficient: Annotated[float, Meta(ge=1, le=1000)] = 2.0
    max_interval: Interval | None = None
    jitter: Annotated[float, Meta(ge=0, le=1)] = 0.0
    max_retries: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    retry_intervals: list[Interval] | None = None
    retry_condition: Expression | None = None
    non_retryable_errors: list[str] = []


class ErrorPolicy(Model, frozen=True, kw_only=True):
    """``type`` is fail_workflow, continue_workflow or retry (then ``retry`` holds the policy)."""

    type: Literal["fail_workflow", "continue_workflow", "retry"] = "fail_workflow"
    retry: RetryPolicy | None = None

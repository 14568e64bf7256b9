"""The step types, and the steps and transitions that make the graph.

Layer: domain. A step type is a struct tagged by ``type``; a new one is added here, to ``StepType``, and as a module in
the decider's registry.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib.domain.definitions.model.monitoring import MonitoringConfig
from chalicelib.domain.definitions.model.values import (
    ActivityType,
    Count,
    Cron,
    EdgeCondition,
    ErrorPolicy,
    Expression,
    Fields,
    Identifier,
    Instant,
    Mapping,
    Model,
    Name,
    PointId,
    Priority,
    RetryPolicy,
    Semver,
    StepId,
    Targets,
    Timeout,
    Value,
    WorkflowId,
    Writes,
    Zone,
)


class _StepType(Model, frozen=True, kw_only=True, tag_field="type"):
    """Base of the step types; in a document they are told apart by ``type``."""


class Start(_StepType, frozen=True, kw_only=True, tag="start"):
    """Entry of the graph."""


class End(_StepType, frozen=True, kw_only=True, tag="end"):
    """Exit of the graph. ``output_mapping`` is {field: value or expression} and replaces the output."""

    output_mapping: Fields = None
    result: Literal["completed", "failed"] = "completed"


class Activity(_StepType, frozen=True, kw_only=True, tag="activity"):
    """Runs a registered activity, a built-in one, or waits for a worker of ``task_list``."""

    activity_type: ActivityType
    input_mapping: Fields = None
    output_mapping: Targets | None = None
    retry_policy: RetryPolicy | None = None
    heartbeat_timeout: Timeout | None = None
    task_list: Identifier | None = None
    inline: bool | None = None
    priority: Priority | None = None
    timeout: Timeout | None = None


class DecisionCondition(Model, frozen=True, kw_only=True):
    """The first condition that is true wins."""

    condition: Expression
    transition_to: StepId


class Decision(_StepType, frozen=True, kw_only=True, tag="decision"):
    """Chooses one next step."""

    conditions: list[DecisionCondition]
    input_mapping: Fields = None
    default: StepId | None = None


class Branch(Model, frozen=True, kw_only=True):
    """One branch of a parallel step: a region from its entry to its exit."""

    name: Name
    entry_step_id: StepId
    exit_step_id: StepId


class StrategyN(Model, frozen=True, kw_only=True):
    """Join when ``n`` branches have completed."""

    n: Annotated[int, Meta(ge=1)]


class Parallel(_StepType, frozen=True, kw_only=True, tag="parallel"):
    """Runs branches side by side and joins them."""

    branches: Annotated[list[Branch], Meta(min_length=1)]
    completion_strategy: Literal["all", "any"] | StrategyN = "all"
    cancel_remaining: bool = True


class MapItems(_StepType, frozen=True, kw_only=True, tag="map"):
    """Runs one region per item."""

    items: Expression
    entry_step_id: StepId
    exit_step_id: StepId
    max_concurrency: Count | None = None
    tolerated_failure_percentage: Annotated[float, Meta(ge=0, le=100)] | None = None


class Wait(_StepType, frozen=True, kw_only=True, tag="wait"):
    """Waits for a signal or an event."""

    event_name: Name
    correlation: Expression | None = None
    timeout: Timeout | None = None
    timeout_step_id: StepId | None = None
    output_mapping: Targets | None = None


class TimerConfig(Model, frozen=True, kw_only=True):
    """``type`` is delay (``seconds``), cron (``expression``, ``timezone``) or datetime (``datetime``).

    Each value may be an expression instead, by the rules of mappings.
    """

    type: Literal["delay", "cron", "datetime"]
    seconds: Annotated[float | str, Meta(extra={"role": "delay"})] | None = None
    expression: Cron | None = None
    timezone: Zone | None = None
    datetime: Instant | None = None


class Timer(_StepType, frozen=True, kw_only=True, tag="timer"):
    """Fires once."""

    timer_config: TimerConfig


class Human(_StepType, frozen=True, kw_only=True, tag="human"):
    """Asks people."""

    intervention_point_id: PointId
    timeout: Timeout | None = None
    timeout_step_id: StepId | None = None
    output_mapping: Targets | None = None


class SubWorkflow(_StepType, frozen=True, kw_only=True, tag="sub_workflow"):
    """Starts a child execution."""

    workflow_id: WorkflowId
    workflow_version: Semver | None = None
    input_mapping: Fields = None
    output_mapping: Targets | None = None
    wait: bool = True


class PublishEvent(_StepType, frozen=True, kw_only=True, tag="event"):
    """Publishes an event, or signals another execution."""

    event_type: Name
    payload: Mapping = None
    correlation: Expression | None = None
    target: Value | None = None


class DataMapping(_StepType, frozen=True, kw_only=True, tag="data_mapping"):
    """Writes to ``$.context.…`` or ``$.output.…``: {target path: value or expression}."""

    mapping: Writes


class Script(_StepType, frozen=True, kw_only=True, tag="script"):
    """Evaluates one expression."""

    expression: Expression
    output_mapping: Targets | None = None


StepType = (
    Start
    | End
    | Activity
    | Decision
    | Parallel
    | MapItems
    | Wait
    | Timer
    | Human
    | SubWorkflow
    | PublishEvent
    | DataMapping
    | Script
)


class Transition(Model, frozen=True, kw_only=True):
    """An edge. ``condition`` is an expression, ``error`` or ``error:<code>``."""

    from_step_id: StepId
    to_step_id: StepId
    condition: EdgeCondition | None = None
    name: str | None = None
    description: str | None = None
    before_transition: Expression | None = None
    after_transition: Expression | None = None
    probability: Annotated[float, Meta(ge=0, le=1)] | None = None


class Step(Model, frozen=True, kw_only=True):
    """A node. ``timeout`` is seconds; ``preconditions`` and ``postconditions`` are expressions."""

    id: Identifier
    step_type: StepType
    name: str | None = None
    description: str | None = None
    skippable: bool = False
    requires_confirmation: bool = False
    timeout: Timeout | None = None
    retry_policy: RetryPolicy | None = None
    error_policy: ErrorPolicy | None = None
    preconditions: list[Expression] = []
    postconditions: list[Expression] = []
    compensation_step_id: StepId | None = None
    monitoring_config: MonitoringConfig | None = None
    tags: dict[str, str] = {}

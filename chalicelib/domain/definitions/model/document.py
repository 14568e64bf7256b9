"""The definition as a whole, with what starts it and what it reacts to.

Layer: domain.
"""

from __future__ import annotations

from typing import Literal

from chalicelib.domain.definitions.model.monitoring import MonitoringConfig
from chalicelib.domain.definitions.model.people import HumanInterventionPoint, Notification
from chalicelib.domain.definitions.model.steps import Step, Transition
from chalicelib.domain.definitions.model.values import (
    ActivityType,
    Cron,
    ErrorPolicy,
    Expression,
    Fields,
    Identifier,
    Mapping,
    Model,
    Name,
    Priority,
    RetryPolicy,
    Semver,
    StepId,
    Summary,
    Timeout,
    TypeDefinition,
    Value,
    Variables,
    WorkflowId,
    Zone,
)


class HandlerType(Model, frozen=True, kw_only=True):
    """What an event handler does; each ``type`` uses its own fields."""

    type: Literal[
        "goto_step",
        "execute_activity",
        "set_variable",
        "start_workflow",
        "cancel_workflow",
        "pause_workflow",
        "resume_workflow",
        "skip_step",
        "retry_step",
        "send_signal",
        "send_notification",
        "execute_script",
    ]
    step_id: StepId | None = None
    activity_type: ActivityType | None = None
    input_mapping: Fields = None
    variable_mapping: Variables | None = None
    workflow_id: WorkflowId | None = None
    reason: str | None = None
    target: Value | None = None
    signal_name: Name | None = None
    payload: Mapping = None
    notification: Notification | None = None
    script: Expression | None = None


class EventHandler(Model, frozen=True, kw_only=True):
    """A reaction to an event while the execution runs."""

    id: Identifier
    event_name: Name
    handler_type: HandlerType
    correlation: Expression | None = None
    condition: Expression | None = None
    priority: Priority | None = None
    timeout: Timeout | None = None


class Subscription(Model, frozen=True, kw_only=True):
    """Start me when an event arrives, or when another workflow completes. ``type`` is event or workflow."""

    type: Literal["event", "workflow"]
    event_name: Name | None = None
    workflow_id: WorkflowId | None = None
    condition: Expression | None = None
    input_mapping: Fields = None


class Schedule(Model, frozen=True, kw_only=True):
    """Start me on a cron schedule, in a time zone."""

    cron: Cron
    timezone: Zone = "UTC"


class WorkflowDefinition(Model, frozen=True, kw_only=True):
    """One version of a workflow. ``timeout`` is seconds for the whole execution."""

    id: Identifier
    name: Name
    version: Semver
    steps: list[Step]
    transitions: list[Transition] = []
    description: Summary | None = None
    input_type: TypeDefinition | None = None
    output_type: TypeDefinition | None = None
    human_intervention_points: list[HumanInterventionPoint] = []
    event_handlers: list[EventHandler] = []
    timeout: Timeout | None = None
    retry_policy: RetryPolicy | None = None
    default_error_policy: ErrorPolicy | None = None
    execution_mode: Literal["standard", "inline"] = "standard"
    subscriptions: list[Subscription] = []
    schedule: Schedule | None = None
    allow_cycles: bool = False
    compensate_on_cancel: bool = False
    monitoring_config: MonitoringConfig | None = None
    tags: dict[str, str] = {}

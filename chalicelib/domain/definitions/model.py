"""The model of a workflow definition, in the main dialect.

Layer: domain. A definition reaches this form only through ``parsing`` (syntax, both dialects, JSON Schema) and is
frozen from then on. Durations are seconds (float), whatever form the document used. Expressions stay text: they are
compiled, and cached, where they are used.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Json = Any
Mapping_ = dict[str, Any]
Priority = Literal["highest", "high", "medium", "low", "lowest"]
PRIORITIES: tuple[Priority, ...] = ("highest", "high", "medium", "low", "lowest")


class _Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Frozen, by keyword, strict about unknown fields, and silent about defaults when written out."""


# --- types of values ------------------------------------------------------------------------------------------------


class FieldType(_Model):
    """``type`` is string, number, integer, boolean, object, array, enum, any, datetime or duration."""

    type: str
    fields: list[FieldDefinition] | None = None
    items: FieldType | None = None
    values: list[Json] | None = None


class FieldDefinition(_Model):
    """One named field of an object type."""

    name: str
    field_type: FieldType
    description: str | None = None
    required: bool = False
    default: Json = None


class TypeDefinition(_Model):
    """Either ``fields``, or ``json_schema`` (raw, draft 2020-12), or ``value_type`` for a type that is no object."""

    fields: list[FieldDefinition] | None = None
    json_schema: dict[str, Json] | bool | None = None
    value_type: FieldType | None = None


# --- failure --------------------------------------------------------------------------------------------------------


class RetryPolicy(_Model):
    """Either form of a retry policy; exactly one of ``max_attempts`` and ``max_retries`` is set.

    ``max_attempts`` counts the first try, ``max_retries`` does not. ``*_interval`` and ``retry_intervals`` are seconds.
    ``jitter`` is the fraction (0 to 1) by which an interval may be shortened.
    """

    max_attempts: int | None = None
    initial_interval: float = 1.0
    backoff_coefficient: float = 2.0
    max_interval: float | None = None
    jitter: float = 0.0
    max_retries: int | None = None
    retry_intervals: list[float] | None = None
    retry_condition: str | None = None
    non_retryable_errors: list[str] = []


class ErrorPolicy(_Model):
    """``type`` is fail_workflow, continue_workflow or retry (then ``retry`` holds the policy)."""

    type: Literal["fail_workflow", "continue_workflow", "retry"] = "fail_workflow"
    retry: RetryPolicy | None = None


# --- step types -----------------------------------------------------------------------------------------------------


class _StepType(_Model, tag_field="type"):
    """Base of the step types; in a document they are told apart by ``type``."""


class Start(_StepType, tag="start"):
    """Entry of the graph."""


class End(_StepType, tag="end"):
    """Exit of the graph. ``output_mapping`` is {field: value or expression} and replaces the output."""

    output_mapping: Json = None
    result: Literal["completed", "failed"] = "completed"


class Activity(_StepType, tag="activity"):
    """Runs a registered activity, a built-in one, or waits for a worker of ``task_list``."""

    activity_type: str
    input_mapping: Json = None
    output_mapping: dict[str, str] | None = None
    retry_policy: RetryPolicy | None = None
    heartbeat_timeout: float | None = None
    task_list: str | None = None
    inline: bool | None = None
    priority: Priority | None = None
    timeout: float | None = None


class DecisionCondition(_Model):
    """The first condition that is true wins."""

    condition: str
    transition_to: str


class Decision(_StepType, tag="decision"):
    """Chooses one next step."""

    conditions: list[DecisionCondition]
    input_mapping: Json = None
    default: str | None = None


class Branch(_Model):
    """One branch of a parallel step: a region from its entry to its exit."""

    name: str
    entry_step_id: str
    exit_step_id: str


class StrategyN(_Model):
    """Join when ``n`` branches have completed."""

    n: int


class Parallel(_StepType, tag="parallel"):
    """Runs branches side by side and joins them."""

    branches: list[Branch]
    completion_strategy: Literal["all", "any"] | StrategyN = "all"
    cancel_remaining: bool = True


class MapItems(_StepType, tag="map"):
    """Runs one region per item."""

    items: str
    entry_step_id: str
    exit_step_id: str
    max_concurrency: int | None = None
    tolerated_failure_percentage: float | None = None


class Wait(_StepType, tag="wait"):
    """Waits for a signal or an event."""

    event_name: str
    correlation: str | None = None
    timeout: float | None = None
    timeout_step_id: str | None = None
    output_mapping: dict[str, str] | None = None


class TimerConfig(_Model):
    """``type`` is delay (``seconds``), cron (``expression``, ``timezone``) or datetime (``datetime``)."""

    type: Literal["delay", "cron", "datetime"]
    seconds: float | str | None = None
    expression: str | None = None
    timezone: str | None = None
    datetime: str | None = None


class Timer(_StepType, tag="timer"):
    """Fires once."""

    timer_config: TimerConfig


class Human(_StepType, tag="human"):
    """Asks people."""

    intervention_point_id: str
    timeout: float | None = None
    timeout_step_id: str | None = None
    output_mapping: dict[str, str] | None = None


class SubWorkflow(_StepType, tag="sub_workflow"):
    """Starts a child execution."""

    workflow_id: str
    workflow_version: str | None = None
    input_mapping: Json = None
    output_mapping: dict[str, str] | None = None
    wait: bool = True


class PublishEvent(_StepType, tag="event"):
    """Publishes an event, or signals another execution."""

    event_type: str
    payload: Json = None
    target: str | None = None


class DataMapping(_StepType, tag="data_mapping"):
    """Writes to ``$.context.…`` or ``$.output.…``: {target path: value or expression}."""

    mapping: dict[str, Json]


class Script(_StepType, tag="script"):
    """Evaluates one expression."""

    expression: str
    output_mapping: dict[str, str] | None = None


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


# --- people ---------------------------------------------------------------------------------------------------------


class FormField(_Model):
    """One field of the form of a human task. ``validation`` is an expression in which ``$`` is the value."""

    name: str
    field_type: FieldType
    label: str | None = None
    description: str | None = None
    required: bool = False
    default_value: Json = None
    validation: str | None = None


class HumanAction(_Model):
    """``type`` is approve, reject, modify_data or custom; ``custom`` has an ``id``."""

    type: Literal["approve", "reject", "modify_data", "custom"]
    id: str | None = None
    name: str | None = None
    description: str | None = None
    field_definitions: list[FormField] | None = None


class NotificationChannel(_Model):
    """``type`` is email, sms, in_app or webhook; each uses its own fields."""

    type: Literal["email", "sms", "in_app", "webhook"]
    recipients: list[str] | None = None
    cc: list[str] | None = None
    bcc: list[str] | None = None
    user_groups: list[str] | None = None
    url: str | None = None
    headers: dict[str, str] | None = None


class Notification(_Model):
    """``reminder_interval`` is hours."""

    channels: list[NotificationChannel]
    template: str | None = None
    immediate: bool = True
    reminder_interval: float | None = None
    max_reminders: int | None = None


class DeadlineType(_Model):
    """``type`` is relative (``hours``), absolute (``datetime``) or business_days (``days``, ``calendar_id``)."""

    type: Literal["relative", "absolute", "business_days"]
    hours: float | None = None
    datetime: str | None = None
    days: int | None = None
    calendar_id: str | None = None


class TimeoutStrategy(_Model):
    """``type`` is auto_approve, auto_reject (``reason``), escalate (``user_groups``) or custom (``step_id``)."""

    type: Literal["auto_approve", "auto_reject", "escalate", "custom"]
    reason: str | None = None
    user_groups: list[str] | None = None
    step_id: str | None = None


class Deadline(_Model):
    """When a human task is due, and what happens then."""

    deadline_type: DeadlineType
    timeout_strategy: TimeoutStrategy


class HumanInterventionPoint(_Model):
    """Form, permissions and deadline of a human step."""

    id: str
    step_id: str
    name: str
    allowed_actions: list[HumanAction]
    description: str | None = None
    user_groups: list[str] = []
    priority: Priority = "medium"
    notification: Notification | None = None
    deadline: Deadline | None = None


# --- events and monitoring ------------------------------------------------------------------------------------------


class HandlerType(_Model):
    """What an event handler does; ``type`` is one of L6's names, each using its own fields."""

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
    step_id: str | None = None
    activity_type: str | None = None
    input_mapping: Json = None
    variable_mapping: dict[str, Json] | None = None
    workflow_id: str | None = None
    reason: str | None = None
    target: str | None = None
    signal_name: str | None = None
    payload: Json = None
    notification: Notification | None = None
    script: str | None = None


class EventHandler(_Model):
    """A reaction to an event while the execution runs."""

    id: str
    event_name: str
    handler_type: HandlerType
    correlation: str | None = None
    condition: str | None = None
    priority: Priority | None = None
    timeout: float | None = None


class Subscription(_Model):
    """Start me when an event arrives, or when another workflow completes. ``type`` is event or workflow."""

    type: Literal["event", "workflow"]
    event_name: str | None = None
    workflow_id: str | None = None
    condition: str | None = None
    input_mapping: Json = None


class Schedule(_Model):
    """Start me on a cron schedule, in a time zone."""

    cron: str
    timezone: str = "UTC"


class Metric(_Model):
    """A metric of the user's own."""

    name: str
    metric_type: Literal["counter", "gauge", "histogram", "summary"]
    description: str | None = None
    labels: list[str] = []
    expression: str | None = None


class Observability(_Model):
    """How much an execution of this workflow logs and traces."""

    tracing_enabled: bool = False
    detailed_logging: bool = False
    log_level: str = "info"
    sampling_rate: float | None = None


class Alert(_Model):
    """An alert of the user's own."""

    name: str
    condition: str
    severity: Literal["critical", "error", "warning", "info"]
    description: str | None = None
    notification: Notification | None = None


class MonitoringConfig(_Model):
    """Metrics, observability and alerts."""

    metrics: list[Metric] = []
    observability: Observability | None = None
    alerts: list[Alert] = []
    track_data_changes: bool = False


# --- the document ---------------------------------------------------------------------------------------------------


class Transition(_Model):
    """An edge. ``condition`` is an expression, ``error`` or ``error:<code>``."""

    from_step_id: str
    to_step_id: str
    condition: str | None = None
    name: str | None = None
    description: str | None = None
    before_transition: str | None = None
    after_transition: str | None = None
    probability: float | None = None


class Step(_Model):
    """A node. ``timeout`` is seconds; ``preconditions`` and ``postconditions`` are expressions."""

    id: str
    step_type: StepType
    name: str | None = None
    description: str | None = None
    skippable: bool = False
    requires_confirmation: bool = False
    timeout: float | None = None
    retry_policy: RetryPolicy | None = None
    error_policy: ErrorPolicy | None = None
    preconditions: list[str] = []
    postconditions: list[str] = []
    compensation_step_id: str | None = None
    monitoring_config: MonitoringConfig | None = None
    tags: dict[str, str] = {}


class WorkflowDefinition(_Model):
    """One version of a workflow. ``timeout`` is seconds for the whole execution."""

    id: str
    name: str
    version: str
    steps: list[Step]
    transitions: list[Transition] = []
    description: str | None = None
    input_type: TypeDefinition | None = None
    output_type: TypeDefinition | None = None
    human_intervention_points: list[HumanInterventionPoint] = []
    event_handlers: list[EventHandler] = []
    timeout: float | None = None
    retry_policy: RetryPolicy | None = None
    default_error_policy: ErrorPolicy | None = None
    execution_mode: Literal["standard", "inline"] = "standard"
    subscriptions: list[Subscription] = []
    schedule: Schedule | None = None
    allow_cycles: bool = False
    compensate_on_cancel: bool = False
    monitoring_config: MonitoringConfig | None = None
    tags: dict[str, str] = {}

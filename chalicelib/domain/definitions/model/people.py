"""Human steps: forms, permissions, notifications and deadlines.

Layer: domain. Several structs here are told apart by ``type`` and hold the fields of every variant; which variant has
which fields stands in ``variants``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib.domain.definitions.model.values import (
    Calendar,
    FieldType,
    Identifier,
    Instant,
    Json,
    Model,
    Name,
    Priority,
    StepId,
    Template,
    Validation,
)

_MAX_HOURS = 876_600.0
Hours = Annotated[float, Meta(ge=0, le=_MAX_HOURS)]


class FormField(Model, frozen=True, kw_only=True):
    """One field of the form of a human task. ``validation`` is an expression in which ``$`` is the value."""

    name: Name
    field_type: FieldType
    label: str | None = None
    description: str | None = None
    required: bool = False
    default_value: Json = None
    validation: Validation | None = None


class HumanAction(Model, frozen=True, kw_only=True):
    """``type`` is approve, reject, modify_data or custom; ``custom`` has an ``id``. ``reason`` is the usual one."""

    type: Literal["approve", "reject", "modify_data", "custom"]
    id: Identifier | None = None
    name: str | None = None
    description: str | None = None
    reason: str | None = None
    field_definitions: list[FormField] | None = None


class NotificationChannel(Model, frozen=True, kw_only=True):
    """``type`` is email, sms, in_app or webhook; each uses its own fields."""

    type: Literal["email", "sms", "in_app", "webhook"]
    recipients: list[str] | None = None
    cc: list[str] | None = None
    bcc: list[str] | None = None
    user_groups: list[str] | None = None
    url: str | None = None
    headers: dict[str, str] | None = None


class Notification(Model, frozen=True, kw_only=True):
    """``reminder_interval`` is hours."""

    channels: Annotated[list[NotificationChannel], Meta(min_length=1)]
    template: Template | None = None
    immediate: bool = True
    reminder_interval: Annotated[float, Meta(gt=0, le=_MAX_HOURS)] | None = None
    max_reminders: Annotated[int, Meta(ge=0, le=1_000)] | None = None


class DeadlineType(Model, frozen=True, kw_only=True):
    """``type`` is relative (``hours``), absolute (``datetime``) or business_days (``days``, ``calendar_id``)."""

    type: Literal["relative", "absolute", "business_days"]
    hours: Hours | None = None
    datetime: Instant | None = None
    days: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    calendar_id: Calendar | None = None


class TimeoutStrategy(Model, frozen=True, kw_only=True):
    """``type`` is auto_approve, auto_reject (``reason``), escalate (``user_groups``) or custom (``step_id``)."""

    type: Literal["auto_approve", "auto_reject", "escalate", "custom"]
    reason: str | None = None
    user_groups: Annotated[list[str], Meta(min_length=1)] | None = None
    step_id: StepId | None = None


class Deadline(Model, frozen=True, kw_only=True):
    """When a human task is due, and what happens then."""

    deadline_type: DeadlineType
    timeout_strategy: TimeoutStrategy


class HumanInterventionPoint(Model, frozen=True, kw_only=True):
    """Form, permissions and deadline of a human step."""

    id: Identifier
    step_id: StepId
    name: str
    allowed_actions: list[HumanAction]
    description: str | None = None
    user_groups: list[str] = []
    priority: Priority = "medium"
    notification: Notification | None = None
    deadline: Deadline | None = None

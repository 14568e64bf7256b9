"""Which fields belong to which variant of the structs that are told apart by ``type`` or by what they hold.

Layer: domain. Reading a document and its JSON Schema both follow these tables.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.domain.definitions import model


class Variant(msgspec.Struct, frozen=True):
    """The fields one variant requires and those it may have."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class Variants(msgspec.Struct, frozen=True, kw_only=True):
    """The variants of one struct by the value of ``type``; ``shared`` fields may stand in each."""

    by_type: dict[str, Variant]
    shared: tuple[str, ...] = ()


class Choice(msgspec.Struct, frozen=True):
    """A struct without ``type``: exactly one of these fields is set, and with each come the optional ones."""

    by_field: dict[str, tuple[str, ...]]
    shared: tuple[str, ...] = ()


BY_TYPE: Final[dict[type, Variants]] = {
    model.FieldType: Variants(
        by_type={
            "string": Variant(),
            "number": Variant(),
            "integer": Variant(),
            "boolean": Variant(),
            "object": Variant((), ("fields",)),
            "array": Variant((), ("items",)),
            "enum": Variant(("values",)),
            "any": Variant(),
            "datetime": Variant(),
            "duration": Variant(),
        }
    ),
    model.TimerConfig: Variants(
        by_type={
            "delay": Variant(("seconds",)),
            "cron": Variant(("expression",), ("timezone",)),
            "datetime": Variant(("datetime",)),
        }
    ),
    model.DeadlineType: Variants(
        by_type={
            "relative": Variant(("hours",)),
            "absolute": Variant(("datetime",)),
            "business_days": Variant(("days",), ("calendar_id",)),
        }
    ),
    model.TimeoutStrategy: Variants(
        by_type={
            "auto_approve": Variant(),
            "auto_reject": Variant((), ("reason",)),
            "escalate": Variant(("user_groups",)),
            "custom": Variant(("step_id",)),
        }
    ),
    model.HumanAction: Variants(
        by_type={
            "approve": Variant(),
            "reject": Variant((), ("reason",)),
            "modify_data": Variant(("field_definitions",)),
            "custom": Variant(("id",), ("field_definitions",)),
        },
        shared=("name", "description"),
    ),
    model.NotificationChannel: Variants(
        by_type={
            "email": Variant(("recipients",), ("cc", "bcc")),
            "sms": Variant(("recipients",)),
            "in_app": Variant(("user_groups",)),
            "webhook": Variant(("url",), ("headers",)),
        }
    ),
    model.HandlerType: Variants(
        by_type={
            "goto_step": Variant(("step_id",)),
            "execute_activity": Variant(("activity_type",), ("input_mapping",)),
            "set_variable": Variant(("variable_mapping",)),
            "start_workflow": Variant(("workflow_id",), ("input_mapping",)),
            "cancel_workflow": Variant((), ("reason",)),
            "pause_workflow": Variant(),
            "resume_workflow": Variant(),
            "skip_step": Variant(("step_id",)),
            "retry_step": Variant(("step_id",)),
            "send_signal": Variant(("target", "signal_name"), ("payload",)),
            "send_notification": Variant(("notification",)),
            "execute_script": Variant(("script",)),
        }
    ),
    model.Subscription: Variants(
        by_type={"event": Variant(("event_name",)), "workflow": Variant(("workflow_id",))},
        shared=("condition", "input_mapping"),
    ),
    model.ErrorPolicy: Variants(
        by_type={
            "fail_workflow": Variant(),
            "continue_workflow": Variant(),
            "retry": Variant(("retry",)),
        }
    ),
}

BY_FIELD: Final[dict[type, Choice]] = {
    model.TypeDefinition: Choice({"fields": (), "json_schema": (), "value_type": ()}),
    model.RetryPolicy: Choice(
        {
            "max_attempts": ("initial_interval", "backoff_coefficient", "max_interval", "jitter"),
            "max_retries": ("retry_intervals", "jitter"),
        },
        shared=("retry_condition", "non_retryable_errors"),
    ),
}

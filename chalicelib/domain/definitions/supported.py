"""Names of what a definition may use: step types and features, for saying which of them run.

Layer: domain. The step types that run come from the decider's registry, as an argument; nothing here decides it.
"""

from __future__ import annotations

from typing import Final, get_args

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.shapes import struct_info

STEP_TYPES: Final[tuple[str, ...]] = tuple(str(struct_info(cls).tag) for cls in get_args(model.StepType))
FEATURES: Final[tuple[str, ...]] = (
    "event_handlers",
    "schedule",
    "subscriptions",
    "confirmation",
    "compensation",
    "human_intervention",
    "task_list",
    "heartbeat_timeout",
    "monitoring",
)


def step_type_name(step_type: model.StepType) -> str:
    """The name a step type has in a document, such as ``sub_workflow``."""
    return str(struct_info(type(step_type)).tag)

"""Intervention points: actions by name, ``timeout`` and ``timeout_action``, form fields with a text for a type.

Layer: domain.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.dialect.forms import priority
from chalicelib.domain.definitions.dialect.rewriting import Rewriting, externally_tagged
from chalicelib.domain.definitions.dialect.types import field_definitions
from chalicelib.domain.definitions.durations import to_seconds
from chalicelib.domain.definitions.origins import below

_ACTIONS = {"approve": "approve", "reject": "reject", "modifydata": "modify_data", "custom": "custom"}
_STRATEGIES = {"approve": "auto_approve", "reject": "auto_reject", "custom": "custom"}
_TIMED_OUT = "nobody answered in time"


def intervention_point(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A point with its actions and its deadline in the main form.

    A ``timeout`` without a ``timeout_action`` stays where it is: ``steps`` moves it to the human step.
    """
    if not isinstance(value, dict):
        return value
    result = dict(value)
    priority(result)
    actions = result.get("allowed_actions")
    if isinstance(actions, list):
        result["allowed_actions"] = [
            human_action(each, f"{pointer}/allowed_actions/{index}", rewriting) for index, each in enumerate(actions)
        ]
    if result.get("timeout_action") is not None and "deadline" not in result:
        _deadline(result, pointer, rewriting)
    for field in ("timeout", "timeout_action"):
        if field in result and result[field] is None:
            del result[field]
    return result


def human_action(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """An action as ``{type, …}``."""
    tagged = externally_tagged(value)
    if tagged is not None and tagged[0] in _ACTIONS and isinstance(tagged[1], dict):
        result = {"type": _ACTIONS[tagged[0]], **tagged[1]}
        if isinstance(value, dict):
            source = below(rewriting.origins.original(pointer), next(iter(value)))
            for field in tagged[1]:
                rewriting.origins.record(below(pointer, field), below(source, field))
    elif isinstance(value, dict):
        result = dict(value)
    else:
        return value
    if "field_definitions" in result:
        at = f"{pointer}/field_definitions"
        result["field_definitions"] = field_definitions(result["field_definitions"], at, rewriting)
    return result


def _deadline(point: dict[str, Any], pointer: str, rewriting: Rewriting) -> None:
    seconds = to_seconds(point.get("timeout"))
    tagged = externally_tagged(point["timeout_action"]) or _by_type(point["timeout_action"])
    strategy = _STRATEGIES.get(tagged[0]) if tagged else None
    if seconds is None or strategy is None or tagged is None:
        message = "A timeout_action needs a timeout and is Approve, Reject or Custom"
        rewriting.refuse("InvalidValue", f"{pointer}/timeout_action", message)
        del point["timeout_action"]
        point.pop("timeout", None)
        return
    body = tagged[1] if isinstance(tagged[1], dict) else {}
    chosen: dict[str, Any] = {"type": strategy}
    if strategy == "auto_reject":
        chosen["reason"] = body.get("reason", _TIMED_OUT)
    elif strategy == "custom":
        chosen["step_id"] = body.get("id")
    origin = rewriting.origins.original(pointer)
    rewriting.origins.record(f"{pointer}/deadline", f"{origin}/timeout_action")
    rewriting.origins.record(f"{pointer}/deadline/deadline_type", f"{origin}/timeout")
    rewriting.origins.record(f"{pointer}/deadline/deadline_type/hours", f"{origin}/timeout")
    rewriting.origins.record(f"{pointer}/deadline/timeout_strategy", f"{origin}/timeout_action")
    point["deadline"] = {
        "deadline_type": {"type": "relative", "hours": float(seconds) / 3600},
        "timeout_strategy": chosen,
    }
    del point["timeout"], point["timeout_action"]


def _by_type(action: Any) -> tuple[str, Any] | None:
    if isinstance(action, dict) and isinstance(action.get("type"), str):
        return action["type"], action
    return None

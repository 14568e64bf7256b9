"""Event handlers: ``event_type``, ``filter_condition`` and externally tagged actions.

Layer: domain.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.dialect.forms import in_seconds, priority
from chalicelib.domain.definitions.dialect.rewriting import Rewriting, externally_tagged, folded, rename
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.variants import BY_TYPE

_ACTIONS = {folded(name): name for name in BY_TYPE[model.HandlerType].by_type}


def event_handler(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A handler in the main form."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    rename(result, "event_type", "event_name", pointer, rewriting)
    rename(result, "filter_condition", "condition", pointer, rewriting)
    rename(result, "action", "handler_type", pointer, rewriting)
    if "handler_type" in result:
        result["handler_type"] = _handler_type(result["handler_type"], f"{pointer}/handler_type", rewriting)
    priority(result)
    in_seconds(result, "timeout")
    return result


def subscription(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A subscription, its type taken from what it names."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    rename(result, "event_type", "event_name", pointer, rewriting)
    if "type" not in result and ("event_name" in result) != ("workflow_id" in result):
        result = {"type": "event" if "event_name" in result else "workflow", **result}
    return result


def _handler_type(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    tagged = externally_tagged(value)
    if tagged is None or tagged[0] not in _ACTIONS or not isinstance(tagged[1], dict):
        return value
    name, body = _ACTIONS[tagged[0]], tagged[1]
    result = {"type": name, **body}
    if isinstance(value, dict):
        source = below(rewriting.origins.original(pointer), next(iter(value)))
        for field in body:
            rewriting.origins.record(below(pointer, field), below(source, field))
    if name == "set_variable" and body.keys() == {"name", "value"} and isinstance(body["name"], str):
        at = below(pointer, "variable_mapping", body["name"])
        rewriting.origins.record(at, rewriting.origins.original(f"{pointer}/value"))
        return {"type": name, "variable_mapping": {body["name"]: body["value"]}}
    if name == "send_signal":
        rename(result, "target_workflow_id", "target", pointer, rewriting)
    return result

"""Steps: a bare name as ``step_type`` with its settings in ``properties``, and the lenient forms of both dialects.

Layer: domain.
"""

from __future__ import annotations

from typing import Any, get_args

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.dialect import forms
from chalicelib.domain.definitions.dialect.monitoring import monitoring_config
from chalicelib.domain.definitions.dialect.rewriting import Rewriting, externally_tagged, folded, rename
from chalicelib.domain.definitions.durations import to_seconds
from chalicelib.domain.definitions.shapes import struct_info

_TAGS = tuple(str(struct_info(cls).tag) for cls in get_args(model.StepType))
_BARE = {**{folded(tag): tag for tag in _TAGS}, "humantask": "human"}
_TIMER_FIELDS = ("type", "seconds", "expression", "timezone", "datetime")


def step(value: Any, pointer: str, rewriting: Rewriting, points_by_step: dict[str, str]) -> Any:
    """A step in the main form, its ``transitions`` still inside.

    ``points_by_step`` gives the intervention point of a step that does not name one.
    """
    if not isinstance(value, dict):
        return value
    result = dict(value)
    _step_type(result, pointer, rewriting, points_by_step)
    forms.in_seconds(result, "timeout")
    forms.policies(result, pointer, rewriting)
    forms.listed(result, "preconditions", "postconditions")
    if "monitoring_config" in result:
        at = f"{pointer}/monitoring_config"
        result["monitoring_config"] = monitoring_config(result["monitoring_config"], at, rewriting)
    return result


def _step_type(body: dict[str, Any], pointer: str, rewriting: Rewriting, points_by_step: dict[str, str]) -> None:
    at = f"{pointer}/step_type"
    given = body.get("step_type")
    if isinstance(given, str) and folded(given) in _BARE:
        step_type = {"type": _BARE[folded(given)]}
        properties = body.get("properties")
        if isinstance(properties, dict) and "type" not in properties:
            del body["properties"]
            origin = rewriting.origins.original(pointer)
            for field in properties:
                rewriting.origins.record(f"{at}/{field}", f"{origin}/properties/{field}")
            step_type |= properties
        elif properties is None:
            body.pop("properties", None)
        _first_dialect(step_type, at, rewriting)
    elif isinstance(given, dict):
        step_type = dict(given)
        if body.get("properties") in (None, {}):
            body.pop("properties", None)
    else:
        if isinstance(given, str):
            body.pop("properties", None)  # the name is unknown, so nothing can be said about its settings
        return
    if step_type.get("type") == "human" and step_type.get("intervention_point_id") is None:
        _find_point(step_type, body.get("id"), points_by_step)
    _lenient(step_type, at, rewriting)
    body["step_type"] = step_type


def _find_point(step_type: dict[str, Any], step_id: Any, points_by_step: dict[str, str]) -> None:
    if isinstance(step_id, str) and step_id in points_by_step:
        step_type["intervention_point_id"] = points_by_step[step_id]


def _lenient(step_type: dict[str, Any], pointer: str, rewriting: Rewriting) -> None:
    """The forms a step type may have in either dialect."""
    forms.in_seconds(step_type, "timeout", "heartbeat_timeout")
    forms.policies(step_type, pointer, rewriting)
    forms.priority(step_type)
    config = step_type.get("timer_config")
    if isinstance(config, dict) and "seconds" in config:
        seconds = to_seconds(config["seconds"])
        step_type["timer_config"] = config if seconds is None else {**config, "seconds": seconds}


def _first_dialect(step_type: dict[str, Any], pointer: str, rewriting: Rewriting) -> None:
    """The forms of settings that only the first dialect has."""
    match step_type["type"]:
        case "parallel":
            _completion_strategy(step_type)
        case "wait":
            rename(step_type, "event_type", "event_name", pointer, rewriting)
        case "event":
            rename(step_type, "event_name", "event_type", pointer, rewriting)
        case "script":
            rename(step_type, "script", "expression", pointer, rewriting)
        case "timer":
            _timer_config(step_type, pointer, rewriting)


def _completion_strategy(step_type: dict[str, Any]) -> None:
    tagged = externally_tagged(step_type.get("completion_strategy"))
    if tagged is not None and tagged[0] in ("all", "any"):
        step_type["completion_strategy"] = tagged[0]
    elif tagged is not None and tagged[0] == "n":
        step_type["completion_strategy"] = {"n": tagged[1]}


def _timer_config(step_type: dict[str, Any], pointer: str, rewriting: Rewriting) -> None:
    """``timer_config`` with its ``type``: the settings may stand in ``properties`` itself, or be externally tagged."""
    at = f"{pointer}/timer_config"
    if "timer_config" not in step_type:
        config = {field: step_type.pop(field) for field in _TIMER_FIELDS[1:] if field in step_type}
        for field in config:
            rewriting.origins.record(f"{at}/{field}", rewriting.origins.original(f"{pointer}/{field}"))
        rewriting.origins.record(at, rewriting.origins.original(pointer))
        step_type["timer_config"] = config
    config = step_type["timer_config"]
    tagged = externally_tagged(config)
    if tagged is not None and tagged[0] in ("delay", "cron", "datetime") and isinstance(tagged[1], dict) and tagged[1]:
        origin = f"{rewriting.origins.original(at)}/{next(iter(config))}"
        for field in tagged[1]:
            rewriting.origins.record(f"{at}/{field}", f"{origin}/{field}")
        config = {"type": tagged[0], **tagged[1]}
    elif isinstance(config, dict) and "type" not in config:
        kinds = {"seconds": "delay", "expression": "cron", "datetime": "datetime"}
        found = [kind for field, kind in kinds.items() if field in config]
        config = {"type": found[0], **config} if len(found) == 1 else config
    step_type["timer_config"] = config

"""The forms both dialects allow: durations, retry and error policies, transitions, single texts for lists.

Layer: domain.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chalicelib.domain.definitions.dialect.rewriting import Rewriting, externally_tagged, folded, rename
from chalicelib.domain.definitions.durations import to_seconds
from chalicelib.domain.definitions.findings import brief

_POLICY_TYPES = {"failworkflow": "fail_workflow", "continueworkflow": "continue_workflow", "retry": "retry"}
_PRIORITIES = {
    "highest": "highest",
    "high": "high",
    "medium": "medium",
    "normal": "medium",
    "low": "low",
    "lowest": "lowest",
    "batch": "lowest",
}


def in_seconds(body: dict[str, Any], *fields: str) -> None:
    """Turn the durations in these fields into seconds, in place."""
    for field in fields:
        if field in body:
            seconds = to_seconds(body[field])
            body[field] = body[field] if seconds is None else seconds


def retry_policy(policy: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A retry policy with its intervals in seconds."""
    if not isinstance(policy, dict):
        return policy
    result = dict(policy)
    for field in ("initial_interval", "max_interval"):
        _from_milliseconds(result, field, pointer, rewriting)
    in_seconds(result, "initial_interval", "max_interval")
    if isinstance(result.get("retry_intervals"), list):
        intervals = [(each, to_seconds(each)) for each in result["retry_intervals"]]
        result["retry_intervals"] = [each if seconds is None else seconds for each, seconds in intervals]
    return result


def error_policy(policy: Any, pointer: str, rewriting: Rewriting) -> Any:
    """An error policy as ``{type, retry?}``: the fields of a ``retry`` policy may stand beside its type."""
    tagged = externally_tagged(policy)
    if tagged is not None and tagged[0] in _POLICY_TYPES and isinstance(tagged[1], dict):
        name, body = tagged
        result = {"type": _POLICY_TYPES[name], **body}
        if isinstance(policy, dict):
            original = rewriting.origins.original(pointer)
            for field in body:
                rewriting.origins.record(f"{pointer}/{field}", f"{original}/{next(iter(policy))}/{field}")
    elif isinstance(policy, dict):
        result = dict(policy)
    else:
        return policy
    beside = {field: each for field, each in result.items() if field not in ("type", "retry")}
    if result.get("type") == "retry" and "retry" not in result:
        for field in beside:
            del result[field]
            rewriting.origins.record(f"{pointer}/retry/{field}", rewriting.origins.original(f"{pointer}/{field}"))
        rewriting.origins.record(f"{pointer}/retry", rewriting.origins.original(pointer))
        result["retry"] = beside
    if "retry" in result:
        result["retry"] = retry_policy(result["retry"], f"{pointer}/retry", rewriting)
    return result


def policies(body: dict[str, Any], pointer: str, rewriting: Rewriting) -> None:
    """The retry and error policies of a definition, step or step type, in place."""
    if "retry_policy" in body:
        body["retry_policy"] = retry_policy(body["retry_policy"], f"{pointer}/retry_policy", rewriting)
    for field in ("error_policy", "default_error_policy"):
        if field in body:
            body[field] = error_policy(body[field], f"{pointer}/{field}", rewriting)


def transition(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A transition with ``from_step_id`` and ``to_step_id``."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    rename(result, "from", "from_step_id", pointer, rewriting)
    rename(result, "to", "to_step_id", pointer, rewriting)
    return result


def priority(body: dict[str, Any]) -> None:
    """A priority under its name in the main dialect, in place."""
    value = body.get("priority")
    if isinstance(value, str):
        body["priority"] = _PRIORITIES.get(folded(value), value)


def listed(body: dict[str, Any], *fields: str) -> None:
    """A single text where a list of texts is meant, in place."""
    for field in fields:
        if isinstance(body.get(field), str):
            body[field] = [body[field]]


def _from_milliseconds(policy: dict[str, Any], field: str, pointer: str, rewriting: Rewriting) -> None:
    given = f"{field}_ms"
    milliseconds: Any = policy.get(given)
    if milliseconds is None:
        policy.pop(given, None)
    elif not _is_number(milliseconds):
        rewriting.refuse("InvalidDuration", f"{pointer}/{given}", f"{brief(milliseconds)} is no number of milliseconds")
        del policy[given]
    elif policy.get(field) is not None:
        rewriting.refuse("ConflictingFields", f"{pointer}/{given}", f"{given!r} and {field!r} say the same twice")
        del policy[given]
    else:
        policy.pop(field, None)
        rename(policy, given, field, pointer, rewriting)
        policy[field] = milliseconds / 1000


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return -(10**15) < value < 10**15

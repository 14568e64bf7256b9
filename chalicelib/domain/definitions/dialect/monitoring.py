"""Monitoring in the first dialect: switches, names of metrics, and alert rules with names of channels.

Layer: domain.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.dialect.rewriting import Rewriting

_SEVERITIES = {"critical", "error", "warning", "info"}
_PERFORMANCE = (
    {"name": "execution_duration_seconds", "metric_type": "histogram", "description": "How long executions take"},
    {"name": "step_duration_seconds", "metric_type": "histogram", "description": "How long steps take"},
)


def monitoring_config(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A monitoring configuration in the main form."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    _observability(result, pointer, rewriting)
    _switch(result, "trace_data_flow", "track_data_changes", pointer, rewriting)
    _metrics(result, pointer, rewriting)
    rules = result.get("alert_rules")
    if isinstance(rules, list) and "alerts" not in result:
        del result["alert_rules"]
        rewriting.origins.record(f"{pointer}/alerts", f"{rewriting.origins.original(pointer)}/alert_rules")
        result["alerts"] = [_alert(each, f"{pointer}/alerts/{index}", rewriting) for index, each in enumerate(rules)]
    return result


def _switch(body: dict[str, Any], old: str, new: str, pointer: str, rewriting: Rewriting) -> None:
    if old in body and new not in body:
        body[new] = body.pop(old)
        rewriting.origins.record(f"{pointer}/{new}", f"{rewriting.origins.original(pointer)}/{old}")


def _observability(body: dict[str, Any], pointer: str, rewriting: Rewriting) -> None:
    if "enable_detailed_logging" in body and body.get("observability") is None:
        given = body.pop("enable_detailed_logging")
        body["observability"] = {"detailed_logging": given}
        origin = f"{rewriting.origins.original(pointer)}/enable_detailed_logging"
        rewriting.origins.record(f"{pointer}/observability", origin)
        rewriting.origins.record(f"{pointer}/observability/detailed_logging", origin)


def _metrics(body: dict[str, Any], pointer: str, rewriting: Rewriting) -> None:
    origin = rewriting.origins.original(pointer)
    if "metrics" in body:
        return
    metrics: list[Any] = []
    names = body.get("custom_metrics")
    if isinstance(names, list):
        del body["custom_metrics"]
        for index, name in enumerate(names):
            rewriting.origins.record(f"{pointer}/metrics/{index}", f"{origin}/custom_metrics/{index}")
            rewriting.origins.record(f"{pointer}/metrics/{index}/name", f"{origin}/custom_metrics/{index}")
            metrics.append({"name": name, "metric_type": "counter"})
    if isinstance(body.get("collect_performance_metrics"), bool):
        metrics.extend(dict(each) for each in _PERFORMANCE if body["collect_performance_metrics"])
        del body["collect_performance_metrics"]
    if metrics:
        body["metrics"] = metrics


def _alert(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    if not isinstance(value, dict):
        return value
    result = dict(value)
    severity = result.get("severity")
    if isinstance(severity, str) and severity.casefold() in _SEVERITIES:
        result["severity"] = severity.casefold()
    if "name" not in result and "id" in result:
        result["name"] = result["id"]
    names = result.get("notification_channels")
    if isinstance(names, list) and "notification" not in result and all(isinstance(name, str) for name in names):
        del result["notification_channels"]
        origin = f"{rewriting.origins.original(pointer)}/notification_channels"
        rewriting.origins.record(f"{pointer}/notification", origin)
        if names:
            result["notification"] = {"channels": [_channel(name) for name in names]}
    return result


def _channel(name: str) -> dict[str, Any]:
    """A channel by what its name looks like: an address, a URL, a telephone number, else a group of users."""
    if name.startswith(("http://", "https://")):
        return {"type": "webhook", "url": name}
    if "@" in name:
        return {"type": "email", "recipients": [name]}
    if name.startswith("+") and name[1:].replace(" ", "").isdigit():
        return {"type": "sms", "recipients": [name]}
    return {"type": "in_app", "user_groups": [name]}

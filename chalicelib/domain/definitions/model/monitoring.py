"""Metrics, observability and alerts of a workflow's own.

Layer: domain.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib.domain.definitions.model.people import Notification
from chalicelib.domain.definitions.model.values import Expression, Model, Name


class Metric(Model, frozen=True, kw_only=True):
    """A metric of the user's own."""

    name: Name
    metric_type: Literal["counter", "gauge", "histogram", "summary"]
    description: str | None = None
    labels: list[str] = []
    expression: Expression | None = None


class Observability(Model, frozen=True, kw_only=True):
    """How much an execution of this workflow logs and traces."""

    tracing_enabled: bool = False
    detailed_logging: bool = False
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    sampling_rate: Annotated[float, Meta(ge=0, le=1)] | None = None


class Alert(Model, frozen=True, kw_only=True):
    """An alert of the user's own."""

    name: Name
    condition: Expression
    severity: Literal["critical", "error", "warning", "info"]
    id: str | None = None
    description: str | None = None
    notification: Notification | None = None


class MonitoringConfig(Model, frozen=True, kw_only=True):
    """Metrics, observability and alerts."""

    metrics: list[Metric] = []
    observability: Observability | None = None
    alerts: list[Alert] = []
    track_data_changes: bool = False

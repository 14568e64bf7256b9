"""The route of figures: of the whole system, a workflow, or an execution, as JSON or for Prometheus. Layer: api."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chalicelib.api import parameters, prometheus
from chalicelib.api.answers import Answer, File
from chalicelib.api.parameters import Parser, QuerySpec
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.errors import InvalidRequest
from chalicelib.engine.overview import Overview

routes = Routes(__name__)

METRICS: Final[QuerySpec] = {
    "type": parameters.one_of(("system", "workflow", "execution")),
    "id": parameters.text(128),
    "format": parameters.one_of(("json", "prometheus")),
}
_OF_ONE: Final[dict[str, tuple[Parser, Callable[[Overview, str], dict[str, Any]]]]] = {
    "workflow": (parameters.workflow_id, Overview.workflow),
    "execution": (parameters.execution_id, Overview.execution),
}


@routes.on("GET", "/api/v1/metrics", METRICS)
def get_metrics(call: Call) -> Answer:
    """Figures of the whole system, or of the workflow or execution that ``id`` names."""
    kind = call.query.get("type", "system")
    found = _figures(call, kind)
    if call.query.get("format") == "prometheus":
        text = prometheus.exposition(kind, found)
        return Answer(body=File(content=text, media_type=prometheus.MEDIA_TYPE))
    return Answer(body=found)


def _figures(call: Call, kind: str) -> dict[str, Any]:
    named = call.query.get("id")
    if kind == "system":
        if named is not None:
            message = "The figures of the system belong to no id: say type=workflow or type=execution."
            raise InvalidRequest(message)
        return call.engine.overview.system()
    if named is None:
        message = f"Say which {kind}, by id."
        raise InvalidRequest(message)
    parse, look = _OF_ONE[kind]
    try:
        return look(call.engine.overview, parse(named))
    except ValueError as failure:
        message = f"id must {failure}."
        raise InvalidRequest(message) from failure

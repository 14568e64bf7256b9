"""Routes of workflow definitions: register, list, read, replace by a new version, delete, validate. Layer: api."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chalicelib.api import bodies, paging, parameters
from chalicelib.api.answers import Answer
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.errors import Finding, InvalidDefinition
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.engine.definitions import Registered
from chalicelib.ports.definitions import StoredDefinition, WorkflowEntry

routes = Routes(__name__)

WORKFLOWS: Final = "/api/v1/workflows"
WORKFLOW: Final = WORKFLOWS + "/{workflow_id}"


@routes.on("POST", WORKFLOWS)
def register_workflow(call: Call) -> Answer:
    """Register a definition, or a further version of one. Sending the same again changes nothing."""
    document = _document(call)
    registered = call.engine.definitions.register(document)
    return _registered(registered, status=201 if registered.created else 200)


@routes.on("GET", WORKFLOWS, paging.PAGE)
def list_workflows(call: Call) -> Answer:
    """List the workflows with their default versions, by id."""
    definitions = call.engine.definitions
    found = paging.find(lambda size, cursor: definitions.entries(page_size=size, cursor=cursor), call.query)
    rows = [_entry(entry) for entry in found.items]
    return Answer(body=paging.listed("workflows", rows, call.query, next_cursor=found.next_cursor))


@routes.on("POST", WORKFLOWS + "/validate")
def validate_workflow(call: Call) -> Answer:
    """Check a definition without registering it. The answer is 200 whatever is found."""
    try:
        report = call.engine.definitions.validate(_document(call))
    except InvalidDefinition as unreadable:
        return Answer(body={"valid": False, "findings": _findings(unreadable.findings), "statistics": None})
    statistics = msgspec.to_builtins(report.statistics)
    body = {"valid": not report.errors, "findings": _findings(report.findings), "statistics": statistics}
    return Answer(body=body)


@routes.on("GET", WORKFLOW, {"version": parameters.version})
def get_workflow(call: Call, workflow_id: str) -> Answer:
    """Read a definition: its default version, or the one asked for."""
    return _definition(call.engine.definitions.get(workflow_id, call.query.get("version")))


@routes.on("PUT", WORKFLOW)
def update_workflow(call: Call, workflow_id: str) -> Answer:
    """Give a workflow a new version. What runs stays on the version it started with."""
    document = _document(call)
    return _registered(call.engine.definitions.update(workflow_id, document), status=200)


@routes.on("DELETE", WORKFLOW, {"force": parameters.flag})
def delete_workflow(call: Call, workflow_id: str) -> Answer:
    """Delete a workflow with all its versions; while executions of it run, only with force. Those go on."""
    call.engine.definitions.delete(workflow_id, force=call.query.get("force", False))
    return Answer(body={"workflow_id": workflow_id, "message": f"Deleted {workflow_id}."})


@routes.on("GET", WORKFLOW + "/versions")
def list_versions(call: Call, workflow_id: str) -> Answer:
    """List the versions of a workflow, highest first."""
    found = call.engine.definitions.versions(workflow_id)
    rows = [_version(stored, is_default=stored.version == found.default) for stored in found.versions]
    return Answer(body={"workflow_id": workflow_id, "versions": rows})


@routes.on("GET", WORKFLOW + "/versions/{version}")
def get_version(call: Call, workflow_id: str, version: str) -> Answer:
    """Read one version of a definition."""
    return _definition(call.engine.definitions.get(workflow_id, version))


def _document(call: Call) -> dict[str, Any]:
    bodies.refuse_larger(call.body, call.engine.settings.max_definition_bytes, "The definition")
    return bodies.definition(call.body, call.headers)


def _definition(stored: StoredDefinition) -> Answer:
    """The document, with the service's own marks: sent back to be registered, they are read over."""
    created_at = timestamp(stored.created_at)
    return Answer(body={**stored.document, "created_at": created_at, "updated_at": created_at})


def _findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(finding) for finding in findings]


def _registered(registered: Registered, *, status: int) -> Answer:
    name = f"{registered.workflow_id} {registered.version}"
    body: dict[str, Any] = {
        "workflow_id": registered.workflow_id,
        "version": registered.version,
        "created_at": timestamp(registered.created_at),
        "message": f"Registered {name}." if registered.created else f"{name} is registered already.",
    }
    if registered.warnings:
        body["warnings"] = _findings(registered.warnings)
    return Answer(body=body, status=status)


def _entry(entry: WorkflowEntry) -> dict[str, Any]:
    return {
        "id": entry.workflow_id,
        "workflow_id": entry.workflow_id,
        "name": entry.name,
        "version": entry.version,
        "description": entry.description,
        "created_at": timestamp(entry.created_at),
        "updated_at": timestamp(entry.updated_at),
    }


def _version(stored: StoredDefinition, *, is_default: bool) -> dict[str, Any]:
    return {
        "workflow_id": stored.workflow_id,
        "version": stored.version,
        "name": stored.name,
        "description": stored.description,
        "created_at": timestamp(stored.created_at),
        "is_default": is_default,
    }

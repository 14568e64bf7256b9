"""The published description and the application say the same. Layer: tests."""

from __future__ import annotations

import re
import tomllib
from typing import Any, get_args

import msgspec
import pytest
from openapi_spec_validator import validate

import app as application
import chalicelib
from chalicelib.api import (
    bodies,
    callers,
    console,
    control,
    events,
    executions,
    external_work,
    gateway,
    health,
    human_tasks,
    metrics,
    notifications,
    problems,
    roles,
    visualization,
    workflows,
)
from chalicelib.domain.definitions.model import Priority
from chalicelib.domain.errors import Finding
from chalicelib.domain.execution.events import EVENT_TYPES, EXECUTION_STATES, STEP_STATES
from chalicelib.visualization.graph import Edge, EdgeKind, Graph, Node, Region
from chalicelib.visualization.options import DIRECTIONS, FORMATS, LAYOUT_ALGORITHMS, Options
from chalicelib.visualization.themes import DEFAULT
from tests.functional.api import contract

BLUEPRINTS = (
    health.routes,
    console.routes,
    workflows.routes,
    executions.routes,
    visualization.routes,
    control.routes,
    events.routes,
    human_tasks.routes,
    notifications.routes,
    callers.routes,
    external_work.routes,
    metrics.routes,
)
OUTSIDE = {"/", gateway.GREEDY}


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = contract.document()["components"]["schemas"]
    return found


def test_the_description_is_valid() -> None:
    validate(contract.document())


def test_every_route_is_described_and_nothing_else() -> None:
    routes = {
        (method, path) for path, methods in application.app.routes.items() if path not in OUTSIDE for method in methods
    }

    assert routes == contract.operations().keys()


def test_every_query_parameter_is_described_and_nothing_else() -> None:
    taken = {route: set(spec) for blueprint in BLUEPRINTS for route, spec in blueprint.queries.items()}
    described = {
        route: {each["name"] for each in operation["parameters"] if each["in"] == "query"}
        for route, operation in contract.operations().items()
    }

    assert taken == described


def test_every_path_parameter_is_described() -> None:
    for (_, path), operation in contract.operations().items():
        named = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
        assert sorted(named) == sorted(re.findall(r"\{(\w+)\}", path))


def test_every_operation_names_the_role_that_it_needs() -> None:
    for route, operation in contract.operations().items():
        role = roles.REQUIRED[route]
        assert ("security" in operation) is (role is None)
        assert role is None or f"the role `{role}`" in operation["description"]


def test_operations_are_named_once() -> None:
    names = [operation["operationId"] for operation in contract.operations().values()]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ("ExecutionState", EXECUTION_STATES),
        ("StepState", STEP_STATES),
        ("EventType", EVENT_TYPES),
        ("Priority", get_args(Priority)),
    ],
)
def test_every_value_is_described_when_a_text_is_one_of_several(schema: str, values: tuple[str, ...]) -> None:
    assert schemas()[schema]["enum"] == list(values)


def test_every_field_of_an_envelope_is_described() -> None:
    assert set(schemas()["Envelope"]["properties"]) == set(bodies.ENVELOPE)
    assert set(schemas()["StartRequest"]["properties"]) == {"workflow_id", *bodies.ENVELOPE}


def test_every_action_and_field_of_a_control_request_is_described() -> None:
    fields = schemas()["ControlRequest"]["properties"]

    assert fields["action"]["enum"] == list(control.ACTIONS)
    assert set(fields) == {"action", "reason", "step_id", "input", "variables"}
    assert set(schemas()["SignalRequest"]["properties"]) == {"signal_name", "payload"}


@pytest.mark.parametrize(
    ("schema", "struct"), [("Graph", Graph), ("GraphNode", Node), ("GraphEdge", Edge), ("GraphRegion", Region)]
)
def test_every_field_of_a_graph_is_described(schema: str, struct: type[msgspec.Struct]) -> None:
    described = schemas()[schema]
    optional = {field.name for field in msgspec.structs.fields(struct) if field.default is msgspec.UNSET}

    assert set(described["properties"]) == set(struct.__struct_fields__)
    assert set(described["required"]) == set(struct.__struct_fields__) - optional


def test_every_option_of_a_picture_is_described_with_its_default() -> None:
    described = {
        each["name"]: each["schema"]["default"]
        for each in contract.operations()["GET", "/api/v1/workflows/executions/{execution_id}/visualization"][
            "parameters"
        ]
        if each["in"] == "query"
    }
    defaults = {field.name: field.default for field in msgspec.structs.fields(Options)}

    assert described == {**defaults, "theme": DEFAULT.name, "format": "svg"}
    assert schemas()["GraphEdge"]["properties"]["kind"]["enum"] == list(get_args(EdgeKind))
    for name, known in (("PictureFormat", FORMATS), ("LayoutAlgorithm", LAYOUT_ALGORITHMS), ("Direction", DIRECTIONS)):
        assert contract.document()["components"]["parameters"][name]["schema"]["enum"] == list(known)


def test_every_field_of_a_finding_is_described() -> None:
    assert set(schemas()["Finding"]["properties"]) == set(Finding.__struct_fields__)


def test_every_status_of_a_problem_is_described_where_it_may_occur() -> None:
    # Two belong to no operation: a path without a route, and a message that only the WebSocket knows.
    possible = {status for status, _ in problems.STATUSES.values()} - {405, 501} | {500}
    described = {int(status) for operation in contract.operations().values() for status in operation["responses"]}

    assert {status for status in described if status >= 400} == possible


def test_every_example_of_an_answer_is_one() -> None:
    checked = 0
    for operation in contract.operations().values():
        for response in operation["responses"].values():
            for content in contract.followed(response).get("content", {}).values():
                if "example" in content:
                    schema = {"$ref": contract.URI + content["schema"]["$ref"]}
                    contract.assert_valid(schema, content["example"])
                    checked += 1
    assert checked > 5


def test_the_version_is_the_project_s() -> None:
    project = tomllib.loads((contract.DOCUMENT.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert contract.document()["info"]["version"] == chalicelib.__version__ == project["version"]


def test_an_answer_is_found_out_when_it_is_not_as_described() -> None:
    with pytest.raises(AssertionError, match="status"):
        contract.check("GET", "/health", 200, "application/json", {"status": "fine", "stage": None, "version": "1"})
    with pytest.raises(AssertionError, match="not documented"):
        contract.check("GET", "/health", 418, "application/json", {})

"""A workflow that asks people, and who they are. Layer: tests."""

from __future__ import annotations

from typing import Any

from tests.functional.api.service import Reply, Service
from tests.unit.execution.asking import ask, point
from tests.unit.execution.play import workflow

TASKS = "/api/v1/tasks/human"
ANN = {"Authorization": "Bearer dev:ann:sales"}
BOB = {"Authorization": "Bearer dev:bob:sales,directors"}
EVE = {"Authorization": "Bearer dev:eve:warehouse"}
OPERATOR = {"Authorization": "Bearer dev:olaf:weft-operators"}
ADMIN = {"Authorization": "Bearer dev:ada:weft-admins"}
APPROVER = {"Authorization": "Bearer dev:amy:weft-approvers"}
NOBODY = {"Authorization": "Bearer dev:nat"}


def asking(workflow_id: str = "w", *, groups: tuple[str, ...] = ("sales",), **fields: Any) -> dict[str, Any]:
    """A workflow whose one step asks ``groups``; ``fields`` are those of the point."""
    return workflow(
        ask(of={"output_mapping": {"$": "$.output.answer"}}),
        transitions=[("start", "ask"), ("ask", "end")],
        human_intervention_points=[point(user_groups=list(groups), **fields)],
    ) | {"id": workflow_id}


def listed(service: Service, headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    reply = service.call("GET", TASKS + query, headers=headers)
    assert reply.status == 200, reply.body
    rows: list[dict[str, Any]] = reply.body["tasks"]
    return rows


def submit(service: Service, task_id: str, headers: dict[str, str], action: str = "approve", **body: Any) -> Reply:
    return service.call("POST", f"{TASKS}/{task_id}/submit", {"action_type": action, **body}, headers=headers)


def the_task(service: Service, headers: dict[str, str] = ANN) -> str:
    """The id of the one task that waits."""
    (row,) = listed(service, headers)
    return str(row["task_id"])

"""Views on their way out: what is left out of one that is too large. Layer: tests."""

from __future__ import annotations

from typing import Any

from chalicelib.api.fitting_views import fitting_view
from chalicelib.engine.queries import travelling_size

LARGE = "x" * 5_000


def task(name: str, state: str, **fields: Any) -> dict[str, Any]:
    return {"step_id": name, "state": state, "input": None, "result": None, "error": None, "children": [], **fields}


def view(*tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"execution_id": "e-1", "tasks": list(tasks), "graph": {"nodes": []}, "metrics": None, **fields}


def test_a_view_stays_as_it_is_when_it_fits() -> None:
    whole = view(task("a", "completed", result=LARGE))

    assert "truncated" not in fitting_view(whole)
    assert whole["tasks"][0]["result"] == LARGE


def test_values_are_left_out_wherever_they_are_when_a_view_is_too_large() -> None:
    found = fitting_view(
        view(
            task("a", "completed", children=[task("b", "completed", result=LARGE)]),
            execution_status={"input": LARGE},
            graph={"nodes": [{"id": "a", "output": LARGE}]},
            history={"events": [{"details": {"text": LARGE}}]},
        ),
        1_000,
    )

    assert {entry["pointer"] for entry in found["truncated"]} >= {
        "/tasks/0/children/0/result",
        "/execution_status/input",
        "/graph/nodes/0/output",
        "/history/events/0/details",
    }
    assert found["tasks"][0]["children"][0]["result"] is None


def test_the_first_tasks_that_have_ended_are_left_out_when_there_are_too_many() -> None:
    tasks = [task(f"step-{number}", "running" if number == 0 else "completed") for number in range(1_000)]

    found = fitting_view(view(*tasks), 50_000)

    assert travelling_size(found) <= 50_000
    assert found["tasks"][0]["step_id"] == "step-0"
    assert found["tasks"][-1]["step_id"] == "step-999"
    (entry,) = found["truncated"]
    assert (entry["pointer"], entry["rows"]) == ("/tasks", 1_000 - len(found["tasks"]))
    assert entry["link"] == "/api/v1/workflows/executions/e-1/history"

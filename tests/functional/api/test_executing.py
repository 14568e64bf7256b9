"""Starting executions over HTTP, and what is seen of them. Layer: tests."""

from __future__ import annotations

import pytest

from tests.functional.api.definitions import echo, hello
from tests.functional.api.service import Service


@pytest.fixture
def service(service: Service) -> Service:
    """With two workflows registered."""
    assert service.post("", hello()).status == 201
    assert service.post("", echo()).status == 201
    return service


def test_an_execution_completes_when_started_with_an_envelope(service: Service) -> None:
    started = service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1", "priority": "high"})
    service.work()
    status = service.get("/executions/e-1")

    assert started.status == 201
    assert started.body["execution_id"] == "e-1"
    assert started.body["interpreted_as"] == "envelope"
    assert (status.body["state"], status.body["output"]) == ("completed", {"message": "World"})
    assert status.body["priority"] == "high"
    assert [step["step_id"] for step in status.body["steps"]] == ["start", "greet", "end"]

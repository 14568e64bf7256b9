"""Every command prints JSON when it is asked for, and YAML too. Layer: tests."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft
from tests.functional.cli.test_service_commands import EXECUTION, event, status, step
from weftctl.commands import execute
from weftctl.main import app

pytestmark = pytest.mark.functional

EXAMPLE = str(Path(__file__).parents[3] / "examples" / "hello-world.json")
FOUND: dict[str, Any] = {"execution_id": "e1", "state": "running", "message": "Done."}
CONTROLLED = [
    ["pause", "e1"],
    ["resume", "e1"],
    ["cancel", "e1"],
    ["skip", "e1", "a"],
    ["retry", "e1", "a"],
    ["rerun", "e1", "a"],
    ["confirm", "e1", "a"],
    ["signal", "e1", "--name", "go"],
    ["set", "e1", "a=1"],
]
OTHERS = [
    ["validate", EXAMPLE],
    ["run", EXAMPLE, "--input", '{"name": "Ann"}'],
    ["register", EXAMPLE],
    ["workflows"],
    ["workflow", "hello"],
    ["workflow", "hello", "--versions"],
    ["delete", "hello"],
    ["execute", "hello"],
    ["execute", "hello", "--wait"],
    ["status", "e1"],
    ["history", "e1"],
    ["list"],
    ["watch", "e1"],
    ["tasks"],
    ["task", "t1"],
    ["submit", "t1", "--action", "approve"],
    ["publish", "paid"],
    ["visualize", EXAMPLE],
]
# They serve until they are stopped, and have no result.
WITHOUT_RESULT = {"dev", "worker"}


@pytest.fixture(autouse=True)
def _answers(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "FIRST_PAUSE_SECONDS", 0.001)
    for words in CONTROLLED:
        action, *step_id = [words[0], *(word for word in words[2:3] if not word.startswith("-") and "=" not in word)]
        service.on("POST", "/".join([EXECUTION, action, *step_id]), FOUND)
    service.on("PUT", f"{EXECUTION}/variables", FOUND)
    service.on("POST", "/workflows", {"workflow_id": "hello", "version": "1.0.0", "message": "Registered."})
    service.on("GET", "/workflows", {"workflows": []})
    service.on("GET", "/workflows/hello", {"id": "hello", "version": "1.0.0", "steps": []})
    service.on("GET", "/workflows/hello/versions", {"workflow_id": "hello", "versions": []})
    service.on("DELETE", "/workflows/hello", {"workflow_id": "hello", "message": "Deleted."})
    service.on("POST", "/workflows/hello/execute", FOUND)
    service.on("GET", EXECUTION, status("completed", step("a", "completed")))
    service.on("GET", f"{EXECUTION}/history", {"events": [event(1, "WorkflowCreated")]})
    service.on("GET", "/workflows/executions", {"executions": []})
    service.on("GET", "/tasks/human", {"tasks": []})
    service.on("GET", "/tasks/human/t1", {"task_id": "t1"})
    service.on("POST", "/tasks/human/t1/submit", FOUND)
    service.on("POST", "/events", {"event_id": "1"})


def test_every_command_is_tried_when_there_is_a_new_one() -> None:
    assert {each.name for each in app.registered_commands} == {
        words[0] for words in [*CONTROLLED, *OTHERS]
    } | WITHOUT_RESULT


@pytest.mark.parametrize("words", [*CONTROLLED, *OTHERS], ids=" ".join)
def test_the_result_is_json_when_that_is_asked_for(weft_at: Weft, words: list[str]) -> None:
    called = weft_at(*words, "--format", "json")

    assert called.exit_code == 0, called.err
    assert isinstance(json.loads(called.out), dict)


@pytest.mark.parametrize("words", [words for words in [*CONTROLLED, *OTHERS] if words[0] != "visualize"], ids=" ".join)
def test_the_result_is_yaml_when_that_is_asked_for(weft_at: Weft, words: list[str]) -> None:
    called = weft_at(*words, "--format", "yaml")

    assert called.exit_code == 0, called.err
    assert isinstance(yaml.safe_load(called.out), dict)


def test_nothing_but_the_result_is_on_stdout_when_a_command_fails(weft_at: Weft) -> None:
    called = weft_at("status", "unknown", "--format", "json")

    assert (called.exit_code, called.out) == (3, "")
    assert "Error" in called.err


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_each_change_is_one_document_when_an_execution_is_watched(
    weft_at: Weft, service: FakeService, format: str
) -> None:
    changes = [
        status("running", step("a", "running")),
        status("running", step("a", "completed"), step("b", "running")),
        status("completed", step("a", "completed"), step("b", "completed")),
    ]
    service.on("GET", EXECUTION, changes[0], changes[0], changes[1], changes[1], changes[2])

    called = weft_at("watch", "e1", "--format", format)

    if format == "json":
        assert [json.loads(line) for line in called.out.splitlines()] == changes
    else:
        assert list(yaml.safe_load_all(called.out)) == changes


def test_one_document_is_printed_when_no_format_was_asked_for(weft_at: Weft, service: FakeService) -> None:
    service.on("GET", EXECUTION, status("running"), status("completed"))

    assert json.loads(weft_at("watch", "e1").out)["state"] == "completed"


def test_every_command_takes_a_format_when_it_has_a_result() -> None:
    for each in app.registered_commands:
        if each.callback is not None and each.name not in WITHOUT_RESULT:
            assert "format" in inspect.signature(each.callback).parameters, each.name

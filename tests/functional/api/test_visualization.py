"""Pictures and views over HTTP. Layer: tests."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.api import answers
from chalicelib.visualization.custom_themes import CustomTheme
from tests.functional.api.asking import NOBODY
from tests.functional.api.service import BASE, LOCAL, START, Reply, Service
from tests.unit.execution.play import activity, chain, workflow
from tests.unit.execution.test_waiting import wait

VIEW = "/api/v1/visualize/w"


def picture(service: Service, query: str = "", *, of: str = "/executions/e-1", **headers: str) -> Reply:
    return service.get(f"{of}/visualization{query}", **headers)


def states(reply: Reply) -> dict[str, str | None]:
    return {node["id"]: node["state"] for node in reply.body["graph"]["nodes"]}


def family(*, version: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A workflow ``w`` whose step ``sub`` starts the workflow ``child``, which waits for ``go``."""
    of = {"type": "sub_workflow", "workflow_id": "child", "workflow_version": version}
    sub = {"id": "sub", "step_type": {name: value for name, value in of.items() if value is not None}}
    return chain(sub), chain(wait()) | {"id": "child", "name": "Child"}


@pytest.mark.parametrize(
    ("format", "media_type", "beginning"),
    [
        ("dot", "text/vnd.graphviz", 'digraph "w" {'),
        ("mermaid", "text/vnd.mermaid", "---\ntitle:"),
        ("svg", "image/svg+xml", "<svg"),
        ("html", "text/html", "<!DOCTYPE html>"),
    ],
)
def test_a_picture_has_its_media_type_when_a_format_is_asked_for(
    waiting: Service, format: str, media_type: str, beginning: str
) -> None:
    reply = picture(waiting, f"?format={format}")

    assert reply.status == 200
    assert reply.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert reply.body.startswith(beginning)
    assert "waiting for an event" in reply.body.lower()
    assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_a_picture_is_svg_when_no_format_is_asked_for(waiting: Service) -> None:
    assert picture(waiting).headers["content-type"] == "image/svg+xml; charset=utf-8"


@pytest.mark.parametrize("accept", ["image/png", "image/avif,image/webp,image/apng,*/*;q=0.8"])
def test_a_png_is_sent_as_bytes_when_the_request_takes_them(waiting: Service, accept: str) -> None:
    reply = picture(waiting, "?format=png", Accept=accept)

    assert reply.status == 200
    assert reply.headers["content-type"] == "image/png"
    assert reply.body.startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "text/html,image/png"}])
def test_a_png_is_refused_with_a_remedy_when_the_request_does_not_take_it(
    waiting: Service, headers: dict[str, str]
) -> None:
    reply = picture(waiting, "?format=png", **headers)

    assert (reply.status, reply.body["code"]) == (406, "NotAcceptable")
    assert "ask for image/png by the header Accept" in reply.body["detail"]


def test_only_its_own_script_may_run_when_a_page_is_opened(waiting: Service) -> None:
    page, drawing = picture(waiting, "?format=html"), picture(waiting, "?format=svg")

    (script,) = re.findall(r"<script>(.*?)</script>", page.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page.headers["content-security-policy"]
    assert "script-src 'none';" in drawing.headers["content-security-policy"]


def test_a_theme_of_ones_own_is_used_when_the_setting_has_it() -> None:
    themes = {"house": CustomTheme(base="dark", background_color="#010203")}
    service = Service(msgspec.structs.replace(LOCAL, themes=themes)).begin(chain())

    assert 'bgcolor="#010203"' in picture(service, "?format=dot&theme=house").body
    assert "colorful, house" in picture(service, "?format=dot&theme=pink").body["detail"]


@pytest.mark.parametrize("format", ["svg", "html", "dot", "mermaid", "json"])
def test_every_option_is_taken_when_all_are_given(waiting: Service, format: str) -> None:
    query = (
        f"?format={format}&theme=light&show_elapsed_time=false&highlight_current_step=false&show_input_output=true"
        "&include_metadata=true&include_timing=true&include_metrics=true&show_unexecuted_steps=false"
        "&layout_algorithm=layered&direction=LR&max_nodes=10&depth=0&scale=1.5"
    )

    assert picture(waiting, query).status == 200


def test_a_picture_is_refused_when_it_is_too_large_to_leave(waiting: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LIMIT_BYTES", 1_000)

    reply = picture(waiting)

    assert (reply.status, reply.body["code"]) == (413, "PayloadTooLarge")
    assert "max_nodes" in reply.body["detail"]


def test_json_says_everything_when_an_execution_waits(waiting: Service) -> None:
    reply = picture(waiting, "?format=json&include_metrics=true")

    assert reply.status == 200
    body = reply.body
    assert (body["view_type"], body["workflow_id"], body["execution_id"]) == ("execution", "w", "e-1")
    assert body["node_states"] == {"start": "completed", "w": "waiting_for_event", "end": "not_started"}
    assert states(reply) == body["node_states"]
    assert body["execution_status"]["state"] == "waiting_for_event"
    assert "steps" not in body["execution_status"]
    assert [task["run_id"] for task in body["tasks"]] == ["start#1", "w#1"]
    assert body["graph"]["state"] == "waiting_for_event"
    assert [edge["taken"] for edge in body["graph"]["edges"]] == [True, False]
    assert body["graph"]["metrics"]["runs_by_state"] == {"completed": 1, "waiting_for_event": 1}
    assert "input" not in body["graph"]["nodes"][0]


def test_inputs_and_outputs_are_there_when_they_are_asked_for(service: Service) -> None:
    service.begin(chain(), input={"n": 7})

    reply = picture(service, "?format=json&show_input_output=true&include_metadata=true")

    assert [node["input"] for node in reply.body["graph"]["nodes"]] == [{"n": 7}, {"n": 7}]
    assert reply.body["tasks"][0]["input"] == {"n": 7}
    assert reply.body["execution_status"]["input"] == {"n": 7}


def test_elapsed_time_goes_up_to_now_when_a_step_is_open(waiting: Service) -> None:
    waiting.clock.advance_to(START + timedelta(seconds=90))

    (node,) = [node for node in picture(waiting, "?format=json").body["graph"]["nodes"] if node["current"]]

    assert (node["id"], node["elapsed_ms"]) == ("w", 90_000)


def test_the_version_that_runs_is_drawn_when_there_is_a_newer_one(waiting: Service) -> None:
    assert waiting.post("", chain(activity("other")) | {"version": "2.0.0"}).status == 201

    of_execution = picture(waiting, "?format=json").body
    newest = picture(waiting, "?format=json", of="/w").body
    first = picture(waiting, "?format=json&version=1.0.0", of="/w").body

    assert of_execution["graph"]["workflow_version"] == "1.0.0"
    assert "w" in of_execution["node_states"]
    assert newest["node_states"] == {"start": "defined", "other": "defined", "end": "defined"}
    assert "w" in first["node_states"]


def test_the_version_that_ran_is_drawn_when_its_workflow_is_deleted(waiting: Service) -> None:
    assert waiting.call("DELETE", f"{BASE}/w?force=true").status == 200

    assert picture(waiting, "?format=json").body["graph"]["workflow_version"] == "1.0.0"
    assert picture(waiting, of="/w").status == 404


def test_a_definition_has_no_states_when_there_is_no_execution(waiting: Service) -> None:
    body = picture(waiting, "?format=json&include_metrics=true", of="/w").body

    assert (body["view_type"], body["execution_id"], body["tasks"]) == ("definition", None, [])
    assert "execution_status" not in body
    assert {node["state"] for node in body["graph"]["nodes"]} == {None}
    assert body["graph"]["metrics"]["steps_by_type"] == {"end": 1, "start": 1, "wait": 1}


def test_the_child_is_drawn_out_when_the_depth_reaches_it(service: Service) -> None:
    parent, child = family()
    assert service.post("", child).status == 201
    service.begin(parent)

    reply = picture(service, "?format=json")

    assert states(reply)["sub/w"] == "waiting_for_event"
    assert states(reply)["sub/end"] == "not_started"
    (region,) = reply.body["graph"]["regions"]
    assert (region["kind"], region["owner"], region["label"]) == ("sub_workflow", "sub", "Child 1.0.0")
    (task,) = [task for task in reply.body["tasks"] if task["step_id"] == "sub"]
    assert [each["step_id"] for each in task["children"]] == ["start", "w"]
    assert {each["workflow_id"] for each in task["children"]} == {"child"}
    assert picture(service, "?format=json&depth=0").body["graph"]["regions"] == []


def test_the_version_of_the_child_is_its_own_when_it_has_begun(service: Service) -> None:
    parent, child = family()
    assert service.post("", child).status == 201
    service.begin(parent)
    assert service.post("", chain(activity("later")) | {"id": "child", "version": "2.0.0"}).status == 201

    assert "sub/w" in states(picture(service, "?format=json"))
    assert "sub/later" in states(picture(service, "?format=json", of="/w"))


def test_the_child_has_no_states_yet_when_it_has_not_begun(service: Service) -> None:
    parent, child = family()
    assert service.post("", child).status == 201
    start = {"id": "first", "step_type": {"type": "wait", "event_name": "go"}}
    parent = workflow(start, parent["steps"][1], transitions=[("start", "first"), ("first", "sub"), ("sub", "end")])
    service.begin(parent)

    assert states(picture(service, "?format=json"))["sub/w"] == "not_started"


def test_a_sub_workflow_stays_a_node_when_its_definition_is_not_there(service: Service) -> None:
    parent, _ = family()
    assert service.post("", parent).status == 201

    assert set(states(picture(service, "?format=json", of="/w"))) == {"start", "sub", "end"}


def test_steps_are_left_out_when_they_never_ran_or_are_too_many(waiting: Service) -> None:
    executed = picture(waiting, "?format=json&show_unexecuted_steps=false").body["graph"]
    few = picture(waiting, "?format=json&max_nodes=1").body["graph"]

    assert ([node["id"] for node in executed["nodes"]], executed["omitted"]) == (["start", "w"], 1)
    assert ([node["id"] for node in few["nodes"]], few["omitted"]) == (["start"], 2)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?format=gif", "format must be one of svg, png, dot, mermaid, json, html"),
        ("?theme=pink", "There is no theme 'pink'. Choose one of default, dark, light, colorful"),
        ("?layout_algorithm=dagre", "layout_algorithm must be one of auto, layered, graphviz"),
        ("?direction=up", "direction must be one of TB, LR"),
        ("?max_nodes=0", "max_nodes must be a whole number from 1 to 5000"),
        ("?scale=5", "scale must be a number from 0.25 to 4"),
        ("?scale=nan", "scale must be a number from 0.25 to 4"),
        ("?depth=9", "depth must be a whole number from 0 to 5"),
        ("?version=1.0.0", "no query parameter 'version'"),
    ],
)
def test_options_are_refused_when_they_cannot_be(waiting: Service, query: str, words: str) -> None:
    reply = picture(waiting, query)

    assert reply.status == 400
    assert words in reply.body["detail"]


def test_nothing_is_drawn_when_there_is_no_such_thing(waiting: Service) -> None:
    assert picture(waiting, of="/nowhere").body["code"] == "WorkflowNotFound"
    assert picture(waiting, of="/executions/e-2").body["code"] == "ExecutionNotFound"


def test_nothing_is_drawn_when_the_caller_may_not_look(waiting: Service) -> None:
    for path in ("/w", "/executions/e-1"):
        assert picture(waiting, of=path, **NOBODY).status == 403
    assert waiting.call("GET", VIEW, headers=NOBODY).status == 403


# --- views ------------------------------------------------------------------------------------------------------------


def test_a_view_is_of_the_definition_when_no_execution_is_named(waiting: Service) -> None:
    body = waiting.call("GET", VIEW).body

    assert (body["view_type"], body["graph"]["view_type"]) == ("definition", "definition")
    assert body["metrics"]["steps"] == 3


def test_a_view_has_what_was_asked_for_when_it_is_of_an_execution(waiting: Service) -> None:
    path = f"{VIEW}?type=execution&execution_id=e-1&history=true&io=true&metrics=false&completed_tasks=false"

    body = waiting.call("GET", path).body

    assert body["metrics"] is None
    assert [task["step_id"] for task in body["tasks"]] == ["w"]
    assert body["history"]["events"][0]["event_type"] == "WorkflowCreated"
    assert body["execution_status"]["variables"] == {}
    assert "output" in body["graph"]["nodes"][0]


def test_a_view_has_no_open_tasks_when_they_are_not_wanted(waiting: Service) -> None:
    body = waiting.call("GET", f"{VIEW}?execution_id=e-1&active_tasks=false").body

    assert [task["step_id"] for task in body["tasks"]] == ["start"]


def test_a_view_of_the_system_has_its_figures(waiting: Service) -> None:
    body = waiting.call("GET", f"{VIEW}?type=system").body

    assert body["view_type"] == "system"
    assert body["metrics"] == waiting.call("GET", "/api/v1/metrics?type=system").body


def test_large_values_are_left_out_when_a_view_would_be_too_large(service: Service) -> None:
    step = {"id": "big", "step_type": {"type": "script", "expression": "$.input.text"}}
    service.begin(chain(step), input={"text": "x" * 1_500_000})

    body = picture(service, "?format=json&show_input_output=true").body

    places = {entry["pointer"] for entry in body["truncated"]}
    assert places <= {
        f"{holder}/{name}"
        for holder in (
            "/execution_status",
            *(f"/graph/nodes/{n}" for n in range(3)),
            *(f"/tasks/{n}" for n in range(3)),
        )
        for name in ("input", "output", "result", "variables")
    }
    assert len(places) >= 2


def test_a_view_is_refused_when_the_execution_is_missing_or_anothers(waiting: Service) -> None:
    missing = waiting.call("GET", f"{VIEW}?type=execution")
    other = waiting.call("GET", "/api/v1/visualize/other?execution_id=e-1")

    assert (missing.status, missing.body["detail"]) == (400, "A view of an execution needs its execution_id.")
    assert (other.status, other.body["code"]) == (404, "ExecutionNotFound")


def test_tasks_are_a_tree_when_steps_run_in_items(service: Service) -> None:
    inner = {"id": "one", "step_type": {"type": "script", "expression": "$.item"}}
    each = {
        "id": "each",
        "step_type": {"type": "map", "items": "$.input.numbers", "entry_step_id": "one", "exit_step_id": "one"},
    }
    service.begin(workflow(each, inner, transitions=[("start", "each"), ("each", "end")]), input={"numbers": [1, 2, 3]})

    reply = picture(service, "?format=json")

    (task,) = [task for task in reply.body["tasks"] if task["step_id"] == "each"]
    assert [(child["step_id"], child["index"]) for child in task["children"]] == [("one", 0), ("one", 1), ("one", 2)]
    (region,) = reply.body["graph"]["regions"]
    assert (region["kind"], region["counts"], region["total"]) == ("map", {"completed": 3}, 3)

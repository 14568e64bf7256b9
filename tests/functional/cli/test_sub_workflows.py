"""Sub-workflows in memory, as `weft run` and tests of workflows see them. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.cli.runs import Json, Ran, Weft, activity, chain
from weftctl.testing import RequestRefused, WorkflowRun, WorkflowTestEnvironment

pytestmark = pytest.mark.functional


def sub(step_id: str = "ship", workflow_id: str = "child", **fields: Any) -> Json:
    own = {name: fields.pop(name) for name in list(fields) if name.endswith(("mapping", "version")) or name == "wait"}
    return {"id": step_id, "step_type": {"type": "sub_workflow", "workflow_id": workflow_id, **own}, **fields}


def nap(seconds: float = 60) -> Json:
    return {"id": "nap", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": seconds}}}


def wait(step_id: str = "go") -> Json:
    return {"id": step_id, "step_type": {"type": "wait", "event_name": step_id}}


CHILD = chain(
    nap(),
    activity("pack", input_mapping={"n": "$.input.n"}, output_mapping={"box": "$.output.box"}),
    id="child",
    input_type={"fields": [{"name": "n", "field_type": {"type": "integer"}, "required": True}]},
)
MOCKS = {"pack": {"result_expression": "{'box': $.input.n * 10}"}}


def begin(parent: Json, *others: Json, mocks: Any = MOCKS, input: Any = None, **fields: Any) -> WorkflowRun:
    environment = WorkflowTestEnvironment(parent, *(others or (CHILD,)), mocks=mocks)
    return environment.start({"n": 4} if input is None else input, execution_id="p", **fields)


def error_of(run: WorkflowRun) -> Json:
    error = run.result()["error"]
    assert error is not None
    return dict(error)


# --- there and back ---------------------------------------------------------------------------------------------------


def test_child_gets_its_input_mapped_in_and_its_output_mapped_out() -> None:
    mappings: Json = {"input_mapping": {"n": "$.input.n + 1"}, "output_mapping": {"box": "$.output.shipped"}}

    run = begin(chain(sub(**mappings)))
    result = run.result()

    assert (result["status"], result["output"]) == ("completed", {"shipped": 50})
    assert result["duration_seconds"] == 60
    (child,) = result["children"]
    assert (child["execution_id"], child["workflow_id"], child["status"]) == ("p:ship:1:1", "child", "completed")
    assert child["output"] == {"box": 50}
    assert [row["step_id"] for row in child["steps"]] == ["start", "nap", "pack", "end"]
    assert run.step("ship")["child_execution_id"] == "p:ship:1:1"
    assert all("child_execution_id" not in row for row in child["steps"])


def test_version_that_is_asked_for_runs_when_there_is_a_higher_one() -> None:
    higher = {**CHILD, "version": "2.0.0"}
    assert [
        begin(chain(sub(**asked)), CHILD, higher).result()["children"][0]["events"][0]["details"]["workflow_version"]
        for asked in ({"workflow_version": "1.0.0"}, {})
    ] == ["1.0.0", "2.0.0"]


def test_parent_goes_on_at_once_when_it_does_not_wait() -> None:
    run = begin(chain(sub(wait=False, output_mapping={"execution_id": "$.output.started"})))
    assert run.state == "completed"

    result = run.result()

    assert result["output"] == {"started": "p:ship:1:1"}
    assert result["duration_seconds"] == 0
    assert result["children"][0]["status"] == "completed"


def test_children_of_children_are_shown_in_the_same_shape() -> None:
    run = begin(chain(sub(workflow_id="middle")), chain(sub("inner"), id="middle"), CHILD)

    (middle,) = run.result()["children"]

    assert middle["children"][0]["execution_id"] == "p:ship:1:1:inner:1:1"
    assert middle.keys() == middle["children"][0].keys() == run.result().keys()


def test_hundred_children_run_side_by_side_when_a_map_begins_them() -> None:
    each = {"id": "each", "step_type": {"type": "map", "items": "$.input.items", "entry_step_id": "ship",
                                        "exit_step_id": "ship"}}  # fmt: skip
    parent = chain(each)
    parent["steps"].append(sub(input_mapping={"n": "$.item"}))
    parent["steps"][2]["step_type"]["output_mapping"] = {"all": "$.steps.each.output"}

    result = begin(parent, input={"items": list(range(100))}).result()

    assert (result["status"], result["duration_seconds"]) == ("completed", 60)
    assert [item["box"] for item in result["output"]["all"]] == [n * 10 for n in range(100)]
    assert len(result["children"]) == 100


# --- failing ----------------------------------------------------------------------------------------------------------


FAILING = {"pack": {"error": {"code": "Broken", "message": "no box"}}}


def test_step_fails_with_the_childs_error_when_the_child_fails() -> None:
    error = error_of(begin(chain(sub()), mocks=FAILING))

    assert error["code"] == "SubWorkflowFailed"
    assert error["details"] == {
        "execution_id": "p:ship:1:1",
        "workflow_id": "child",
        "state": "failed",
        "error": {"code": "Broken", "message": "no box"},
    }


def test_step_fails_when_the_child_times_out_or_is_cancelled() -> None:
    timed_out = error_of(begin(chain(sub()), {**CHILD, "timeout": 30}))
    assert (timed_out["details"]["state"], timed_out["details"]["error"]["code"]) == ("timed_out", "Timeout")

    run = begin(chain(sub()))
    run.children[0].cancel(reason="not today")
    canceled = error_of(run)
    assert canceled["details"]["state"] == "canceled"
    assert canceled["details"]["error"]["message"] == "the execution was cancelled: not today"


def test_step_completes_when_the_child_has_partially_failed() -> None:
    lenient = {**CHILD, "default_error_policy": {"type": "continue_workflow"}}

    result = begin(chain(sub()), lenient, mocks=FAILING).result()

    assert (result["status"], result["children"][0]["status"]) == ("completed", "partially_failed")


def test_every_attempt_has_a_child_of_its_own_when_the_step_is_tried_again() -> None:
    mocks = {"pack": {"sequence": [FAILING["pack"], {"result": {"box": 7}}]}}
    policy = {"max_attempts": 3, "initial_interval": 10}

    result = begin(chain(sub(retry_policy=policy)), mocks=mocks).result()

    assert (result["status"], result["duration_seconds"]) == ("completed", 130)
    assert [(child["execution_id"], child["status"]) for child in result["children"]] == [
        ("p:ship:1:1", "failed"),
        ("p:ship:1:2", "completed"),
    ]


@pytest.mark.parametrize(
    ("step", "input", "code", "words"),
    [
        (sub(workflow_id="absent"), {}, "WorkflowNotFound", "There is no workflow 'absent'."),
        (sub(workflow_version="7.0.0"), {"n": 1}, "VersionNotFound", "The workflow 'child' has no version '7.0.0'."),
        (sub(input_mapping={"n": "$.input.n"}), {"n": "x"}, "InvalidInput", "does not fit the input type of 'child'"),
    ],
)
def test_step_fails_clearly_when_the_child_cannot_be_started(step: Json, input: Json, code: str, words: str) -> None:
    run = begin(chain({**step, "retry_policy": {"max_attempts": 3}}), input=input)

    error = error_of(run)

    assert error["code"] == "SubWorkflowFailed"
    assert words in error["message"]
    assert (error["details"]["state"], error["details"]["error"]["code"]) == ("refused", code)
    assert run.result()["children"] == []
    assert run.step("ship")["attempts"] == 1


def test_findings_are_told_when_the_childs_input_is_wrong() -> None:
    (finding,) = error_of(begin(chain(sub()), input={"n": "x"}))["details"]["error"]["details"]

    assert "$.input.n" in finding["message"]


def test_recursion_ends_with_a_clear_error_when_it_goes_too_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_MAX_SUB_WORKFLOW_DEPTH", "3")
    looping = chain({**sub(workflow_id="flow"), "skippable": True, "preconditions": ["true"]})

    error = error_of(begin(looping))

    depth = 0
    while error["code"] == "SubWorkflowFailed":
        error, depth = error["details"]["error"], depth + 1
    assert (depth, error["code"]) == (3, "LimitExceeded")


# --- taken in hand ----------------------------------------------------------------------------------------------------


def test_children_are_cancelled_when_their_parent_is() -> None:
    run = begin(chain(sub(workflow_id="middle")), chain(sub("inner"), id="middle"), CHILD)

    run.cancel()

    middle = run.children[0]
    assert [each.state for each in (run, middle, middle.children[0])] == ["canceled"] * 3
    (canceled,) = middle.history("WorkflowCanceled")
    assert canceled["details"]["reason"] == "the execution around it, p, wants it"


def test_child_is_cancelled_when_its_step_times_out_is_skipped_or_runs_again() -> None:
    parent = chain(activity("a"), sub(timeout=30, skippable=True))
    mocks = {**MOCKS, "a": {"result": 1}}

    timed_out = begin(parent, mocks=mocks)
    assert error_of(timed_out)["code"] == "Timeout"
    skipped = begin(parent, mocks=mocks)
    skipped.skip("ship")
    rerun = begin(parent, mocks=mocks)
    rerun.rerun("a")

    assert [run.children[0].state for run in (timed_out, skipped, rerun)] == ["canceled"] * 3
    assert [child.execution_id for child in rerun.children] == ["p:ship:1:1", "p:ship:2:1"]
    assert rerun.children[1].state == "running"


def test_family_is_paused_and_resumed_together() -> None:
    run = begin(chain(sub(workflow_id="middle")), chain(sub("inner"), id="middle"), CHILD)
    middle = run.children[0]
    inner = middle.children[0]

    run.pause()
    assert [each.state for each in (run, middle, inner)] == ["paused"] * 3
    run.advance(600)
    assert inner.state == "paused"
    run.resume()

    assert run.result()["status"] == "completed"
    assert run.result()["duration_seconds"] == 600


def test_childs_own_pause_holds_its_parent_up_and_outlives_a_resume() -> None:
    run = begin(chain(sub()))
    child = run.children[0]

    child.pause()
    run.pause()
    run.resume()
    run.until_idle()

    assert (run.state, child.state) == ("running", "paused")
    assert run.waiting_for[0]["message"] == "ship waits for its child execution 'p:ship:1:1'"
    child.resume()
    assert run.result()["status"] == "completed"


def test_parent_is_not_told_again_when_it_has_acted_on_the_failure() -> None:
    mocks = {"pack": {"sequence": [FAILING["pack"], {"result": {"box": 7}}]}}
    run = begin(chain(sub()), mocks=mocks)
    run.until_idle()
    assert run.state == "failed"

    run.children[0].retry("pack")

    assert (run.state, run.children[0].state) == ("failed", "completed")
    run.retry("ship")
    assert run.result()["status"] == "completed"
    assert [child.execution_id for child in run.children] == ["p:ship:1:1", "p:ship:2:1"]


def test_signals_reach_a_child_by_its_id() -> None:
    run = begin(chain(sub()), chain(wait(), id="child"), mocks={})

    run.children[0].signal("go", 1)
    assert run.result()["status"] == "completed"
    with pytest.raises(RequestRefused):
        run.children[0].signal("go", 2)


# --- on the command line ----------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    found = []
    for name, document in (("parent.json", chain(sub())), ("child.json", CHILD)):
        (tmp_path / name).write_text(json.dumps(document))
        found.append(str(tmp_path / name))
    (tmp_path / "mocks.json").write_text(json.dumps(MOCKS))
    return [*found, str(tmp_path / "mocks.json")]


def test_children_are_printed_when_weft_run_is_given_their_definitions(weft: Weft, files: list[str]) -> None:
    parent, child, mocks = files

    ran = Ran(weft("run", parent, "--with", child, "--mock", mocks, "--input", '{"n": 2}', "--execution-id", "p"))

    assert (ran.exit_code, ran.result["children"][0]["output"]) == (0, {"box": 20})


def test_remedy_is_named_when_a_definition_is_not_given(weft: Weft, files: list[str]) -> None:
    ran = Ran(weft("run", files[0], "--input", '{"n": 2}'))

    assert ran.exit_code == 1
    assert "'ship' starts the workflow 'child', which is not given: add it by --with" in ran.err


def test_what_a_child_waits_for_is_said_when_the_run_can_go_no_further(weft: Weft, tmp_path: Path) -> None:
    names = []
    for name, document in (("p.json", chain(sub())), ("c.json", chain(wait(), id="child"))):
        (tmp_path / name).write_text(json.dumps(document))
        names.append(str(tmp_path / name))

    ran = Ran(weft("run", names[0], "--with", names[1], "--execution-id", "p"))

    assert ran.exit_code == 1
    assert "p is running: ship waits for its child execution 'p:ship:1:1'" in ran.err
    assert "p:ship:1:1 is waiting_for_event: go waits for the signal or event 'go'" in ran.err

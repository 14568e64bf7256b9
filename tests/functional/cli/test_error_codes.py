"""Every error code that the language promises comes out of a workflow, and a transition answers it by its name.

Layer: tests. Each is made in a ``WorkflowTestEnvironment``; what only a defect or dying workers lead to is brought
about by breaking the engine from inside.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityCanceled
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.execution.commands import CompleteTask
from chalicelib.engine.attempts import Attempts
from chalicelib.engine.committing import Committer
from tests.functional.cli.runs import Json, activity, chain
from weftctl.testing import WorkflowTestEnvironment

pytestmark = pytest.mark.functional

PAGE = Path(__file__).resolve().parents[3] / "docs" / "definition-language.md"
TEXT = {"fields": [{"name": "x", "field_type": {"type": "string"}, "required": True}]}


def decision(**fields: Any) -> Json:
    conditions = [{"condition": "false", "transition_to": "end"}]
    return {"id": "s", "step_type": {"type": "decision", "conditions": conditions, **fields}}


def leading_to_an_end(step: Json) -> Json:
    flow = chain(step)
    flow["transitions"] = flow["transitions"][:1]
    return flow


def asking() -> Json:
    point = {"id": "p", "step_id": "s", "name": "Ask", "allowed_actions": [{"type": "reject"}]}
    step = {"id": "s", "step_type": {"type": "human", "intervention_point_id": "p"}}
    return {**chain(step), "human_intervention_points": [point]}


def cyclic() -> Json:
    flow = chain({"id": "s", "step_type": {"type": "script", "expression": "1"}}, allow_cycles=True)
    flow["transitions"][-1]["condition"] = "false"
    flow["transitions"].append({"from_step_id": "s", "to_step_id": "s"})
    return flow


def canceled(_input: Any, _context: ActivityContext) -> Any:
    raise ActivityCanceled("the attempt is over")


def failed(_input: Any) -> Any:
    raise ValueError("something is wrong")


WAITS = {"id": "s", "step_type": {"type": "wait", "event_name": "x", "timeout": 5}}
SCRIPT = {"id": "s", "step_type": {"type": "script", "expression": "$.input.text + 1"}}
SLOW = {"delay": 60, "result": 1}
CHILD = {**chain(activity("c")), "id": "child"}
PARENT = chain({"id": "s", "step_type": {"type": "sub_workflow", "workflow_id": "child"}})
REJECTED = {"at": 1, "human": {"step_id": "s", "action": "reject", "reason": "no"}}

CASES: dict[str, tuple[Json, Json, list[Json]]] = {
    # code: definition, mocks, signals
    "ActivityError": (chain(activity("s")), {"s": failed}, []),
    "ActivityNotFound": (chain(activity("s", "shop.Nowhere")), {}, []),
    "Timeout": (chain(WAITS), {}, []),
    "HeartbeatTimeout": (chain(activity("s")), {"s": SLOW}, []),
    "Canceled": (chain(activity("s")), {"s": canceled}, []),
    "Rejected": (asking(), {}, [REJECTED]),
    "NoConditionMatched": (leading_to_an_end(decision()), {}, []),
    "ExpressionError": (chain(SCRIPT), {}, []),
    "PreconditionFailed": (chain(activity("s", preconditions=["false"])), {}, []),
    "PostconditionFailed": (chain(activity("s", postconditions=["false"])), {"s": {"result": 1}}, []),
    "InvalidInput": (chain(activity("s", "example.ReserveStock", input_mapping={"sku": ""})), {}, []),
    "SubWorkflowFailed": (PARENT, {"c": failed}, []),
    "PayloadTooLarge": (chain(activity("s")), {"s": lambda _input: "x" * 3_000}, []),
}
"""Codes of a step that fails."""
CASES["HeartbeatTimeout"][0]["steps"][1]["step_type"]["heartbeat_timeout"] = 5


def ended(flow: Json, mocks: Json, signals: list[Json]) -> Json:
    environment = WorkflowTestEnvironment(flow, CHILD, mocks=mocks)
    return environment.start({"text": "x"}, signals=signals).result()


@pytest.mark.filterwarnings("ignore:.*:UserWarning")  # mocks that a definition has no use for
@pytest.mark.parametrize("code", sorted(CASES))
def test_step_fails_with_its_code(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_MAX_PAYLOAD_BYTES", "2500")

    result = ended(*CASES[code])

    assert (result["status"], result["error"]["code"]) == ("failed", code), result["error"]
    assert result["error"]["message"]
    (step,) = [row for row in result["steps"] if row["step_id"] == "s"]
    assert step["error"]["code"] == code


def no_transition() -> Json:
    flow = chain({"id": "s", "step_type": {"type": "script", "expression": "1"}})
    flow["transitions"][-1]["condition"] = "false"
    return flow


@pytest.mark.parametrize(
    ("code", "flow"),
    [
        ("NoTransition", no_transition()),
        ("InvalidOutput", chain(output_type=TEXT)),
        ("LimitExceeded", cyclic()),
        ("Timeout", chain(activity("s"), timeout=5)),
    ],
)
def test_execution_fails_with_its_code(code: str, flow: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_MAX_STEP_RUNS", "20")

    result = ended(flow, {"s": SLOW} if code == "Timeout" else {}, [])

    assert result["status"] == ("timed_out" if code == "Timeout" else "failed")
    assert result["error"]["code"] == code


def test_start_is_refused_when_the_input_does_not_fit() -> None:
    with pytest.raises(InvalidInput) as refused:
        WorkflowTestEnvironment(chain(input_type=TEXT)).start({"x": 5})

    assert refused.value.code == "InvalidInput"


def test_step_fails_when_its_task_is_dead_lettered(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("the worker dies of it")

    monkeypatch.setattr(Attempts, "run", die)

    with pytest.warns(UserWarning, match="the worker dies of it"):
        result = ended(chain(activity("s", "example.PrepareGreeting")), {}, [])

    assert result["error"]["code"] == "TaskDeadLettered"


def test_execution_fails_visibly_when_it_cannot_be_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Committer._decide_all

    def poisoned(self: Any, state: Any, commands: Any) -> Any:
        if any(isinstance(command, CompleteTask) and command.run_id == "s#1" for command in commands):
            raise RuntimeError("a defect")
        return real(self, state, commands)

    monkeypatch.setattr(Committer, "_decide_all", poisoned)

    flow = chain(activity("done", compensation_step_id="undo", inline=False), activity("s"))
    flow["steps"].append(activity("undo"))
    mocks = {step: {"result": step} for step in ("done", "s", "undo")}
    with pytest.warns(UserWarning, match="a defect"):
        result = ended(flow, mocks, [])

    assert (result["status"], result["error"]["code"]) == ("failed", "EngineError")
    assert [row["state"] for row in result["steps"] if row["step_id"] == "undo"] == ["completed"]


def test_every_documented_code_has_a_test() -> None:
    text = PAGE.read_text()
    listed = text[text.index("The codes of the engine:") :].split(";", 1)[0]
    others = {"NoTransition", "InvalidOutput", "LimitExceeded", "TaskDeadLettered", "EngineError"}

    assert set(re.findall(r"`(\w+)`", listed)) == CASES.keys() | others


@pytest.mark.parametrize("spelling", ["TIMEOUT", "timeout", "Time_Out"])
def test_code_is_answered_however_it_is_spelt(spelling: str) -> None:
    flow = chain(WAITS)
    answer = {"from_step_id": "s", "to_step_id": "end", "condition": f"error:{spelling}"}
    flow["transitions"].append(answer)

    assert ended(flow, {}, [])["status"] == "completed"

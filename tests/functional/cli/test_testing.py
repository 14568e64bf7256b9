"""``weftctl.testing``: workflows inside a user's own tests. Layer: tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import yaml

from chalicelib.activities import ActivityContext, ActivityError
from chalicelib.domain.errors import InvalidInput, NotFound
from tests.functional.cli.runs import Json, activity, chain
from weftctl.failures import UsageFailure
from weftctl.testing import RequestRefused, WorkflowRun, WorkflowTestEnvironment

pytestmark = pytest.mark.functional

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def timer(step_id: str, seconds: Any) -> Json:
    return {"id": step_id, "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": seconds}}}


def wait(step_id: str, event_name: str, **fields: Any) -> Json:
    return {"id": step_id, "step_type": {"type": "wait", "event_name": event_name, **fields}}


def napping(*, seconds: Any = 3600, **fields: Any) -> WorkflowRun:
    """A run of an hour's timer and an activity."""
    return WorkflowTestEnvironment(
        chain(timer("nap", seconds), activity("pay")), mocks={"pay": {"result": 1}}, **fields
    ).start()


# --- starting -------------------------------------------------------------------------------------------------------


def test_the_whole_result_is_given_when_a_run_completes() -> None:
    run = WorkflowTestEnvironment(chain(activity("pay")), mocks={"pay": {"result": 1}}).start(
        {"n": 7}, execution_id="e1"
    )
    result = run.result()
    assert (result["execution_id"], result["status"], result["refused"]) == ("e1", "completed", [])
    assert run.step("pay")["input"] == {"n": 7}
    assert [row["step_id"] for row in run.steps] == ["start", "pay", "end"]
    assert result["events"] == run.history()
    assert [event["event_type"] for event in run.history("WorkflowStarted", "WorkflowCompleted")] == [
        "WorkflowStarted",
        "WorkflowCompleted",
    ]


def test_the_input_is_an_empty_object_unless_it_is_given() -> None:
    env = WorkflowTestEnvironment(chain())
    assert env.start().step("start")["input"] == {}
    assert env.start(None).step("start")["input"] is None


@pytest.mark.parametrize("form", [str, Path])
@pytest.mark.parametrize(("name", "dump"), [("flow.json", json.dumps), ("flow.yaml", yaml.safe_dump)])
def test_a_definition_is_read_from_a_file(
    tmp_path: Path, form: Callable[[str], Any], name: str, dump: Callable[[Any], str]
) -> None:
    (tmp_path / name).write_text(dump(chain()))
    assert WorkflowTestEnvironment(form(str(tmp_path / name))).start().state == "completed"


def test_the_workflow_that_is_named_runs_when_there_are_several() -> None:
    env = WorkflowTestEnvironment(chain(), {**chain(activity("pay")), "id": "other"}, mocks={"pay": {"result": 1}})
    assert env.start().result()["workflow_id"] == "flow"
    assert env.start(workflow_id="other", version="1.0.0").result()["workflow_id"] == "other"
    with pytest.raises(NotFound):
        env.start(workflow_id="another")


def test_a_faulty_definition_is_refused_with_every_finding(tmp_path: Path) -> None:
    broken = chain()
    broken["transitions"][0]["to_step_id"] = "nowhere"
    with pytest.raises(UsageFailure, match="document 'flow' is no valid definition") as caught:
        WorkflowTestEnvironment(broken)
    assert any("[UnknownStep]" in line for line in caught.value.details)
    (tmp_path / "flow.json").write_text(json.dumps(broken))
    with pytest.raises(UsageFailure, match=r"flow\.json is no valid definition"):
        WorkflowTestEnvironment(tmp_path / "flow.json")


def test_an_environment_needs_a_definition() -> None:
    with pytest.raises(UsageFailure, match="at least one definition"):
        WorkflowTestEnvironment()


def test_an_input_that_does_not_fit_is_refused() -> None:
    fields = [{"name": "n", "field_type": {"type": "integer"}, "required": True}]
    with pytest.raises(InvalidInput):
        WorkflowTestEnvironment(chain(input_type={"fields": fields})).start({"n": "x"})


# --- mocks ----------------------------------------------------------------------------------------------------------


def test_a_function_is_called_with_the_input_and_the_context() -> None:
    seen: list[Any] = []

    def pay(input: Json, context: ActivityContext) -> Json:
        seen.append((input, context.step_id, context.attempt))
        if context.attempt == 1:
            raise ActivityError("Busy", "later", retryable=True)
        return {"paid": input["amount"]}

    step = activity(
        "pay", input_mapping={"amount": "$.input.n"}, retry_policy={"max_retries": 1, "retry_intervals": [60]}
    )
    run = WorkflowTestEnvironment(chain(step), mocks={"shop.Do": pay}).start({"n": 7})
    assert run.waiting_for[0]["due_at"] == "2026-01-01T00:01:00.000Z"
    run.until_idle()
    assert run.step("pay")["output"] == {"paid": 7}
    assert seen == [({"amount": 7}, "pay", 1), ({"amount": 7}, "pay", 2)]


def test_a_mock_object_and_a_coroutine_are_functions_too() -> None:
    double = Mock(return_value=2)

    async def triple(input: Any) -> int:
        return 3

    mocks = {"a": double, "b": triple}
    run = WorkflowTestEnvironment(chain(activity("a"), activity("b", inline=True)), mocks=mocks).start()
    assert [row["output"] for row in run.result()["steps"][1:3]] == [2, 3]
    double.assert_called_once()


def test_a_sequence_may_mix_functions_and_outcomes() -> None:
    failure = {"error": {"code": "Busy", "message": "later"}}
    step = activity("pay", retry_policy={"max_attempts": 3, "initial_interval": 1})
    run = WorkflowTestEnvironment(chain(step), mocks={"pay": {"sequence": [failure, lambda input: 5]}}).start()
    assert run.result()["steps"][1]["output"] == 5
    assert run.step("pay")["attempts"] == 2


def test_every_fault_of_the_mocks_is_reported_at_once() -> None:
    with pytest.raises(UsageFailure, match="mocks is no valid mock file") as caught:
        WorkflowTestEnvironment(chain(activity("pay")), mocks={"pay": {"reslt": 1}, "shop.Do": lambda: 1})
    assert len(caught.value.details) == 2


def test_a_warning_is_given_when_a_mock_names_nothing() -> None:
    with pytest.warns(UserWarning, match="'pya' names neither a step nor an activity type") as caught:
        WorkflowTestEnvironment(chain(activity("pay")), mocks={"pya": {"result": 1}})
    assert caught[0].filename == __file__


def test_a_defect_of_the_engine_fails_the_execution_visibly(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise LookupError("a defect")

    monkeypatch.setattr("chalicelib.domain.steps.timer.TimerStep.start", broken)
    with pytest.warns(UserWarning, match="LookupError: a defect"):
        run = napping()
    assert run.error is not None
    assert run.error["code"] == "EngineError"


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [3600, 3600.0, "PT1H", timedelta(hours=1)])
def test_time_passes_only_when_it_is_told(hour: Any) -> None:
    env = WorkflowTestEnvironment(chain(timer("nap", "PT2H")))
    run = env.start()
    run.advance(hour)
    assert (run.state, env.now) == ("running", T0 + timedelta(hours=1))
    env.advance(hour)
    assert (run.state, env.now) == ("completed", T0 + timedelta(hours=2))
    run.advance(hour)
    assert env.now == T0 + timedelta(hours=3)


def test_a_timer_fires_to_the_second() -> None:
    run = napping()
    run.advance(3599.999)
    assert run.step("nap")["state"] == "waiting_for_timer"
    run.advance(0.001)
    assert run.state == "completed"


@pytest.mark.parametrize("start_at", ["2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)])
def test_the_clock_stands_where_it_is_told(start_at: Any) -> None:
    env = WorkflowTestEnvironment(chain(), start_at=start_at)
    assert env.now == datetime(2026, 3, 1, 10, tzinfo=UTC)
    env.advance_to("2026-03-02T00:00:00Z")
    env.advance_to(datetime(2026, 3, 1, tzinfo=UTC))
    assert env.now == datetime(2026, 3, 2, tzinfo=UTC)


def test_a_time_or_duration_that_is_none_is_refused() -> None:
    env = WorkflowTestEnvironment(chain())
    for wrong in ("tomorrow", -1, True):
        with pytest.raises(UsageFailure, match="is no duration"):
            env.advance(wrong)
    with pytest.raises(UsageFailure, match="is no time with an offset"):
        env.advance_to("tomorrow")
    with pytest.raises(UsageFailure, match="start_at: 2026-01-01T00:00:00 has no time zone"):
        WorkflowTestEnvironment(chain(), start_at=T0.replace(tzinfo=None))


def test_a_delayed_outcome_is_known_when_its_time_has_come() -> None:
    run = WorkflowTestEnvironment(chain(activity("pay")), mocks={"pay": {"result": 1, "delay": 60}}).start()
    run.advance(59)
    assert run.waiting_for[0]["message"] == "pay waits for the outcome of its activity"
    run.advance(1)
    assert run.state == "completed"


def test_a_run_is_idle_when_only_others_can_go_on_with_it() -> None:
    env = WorkflowTestEnvironment(chain(timer("nap", 60), wait("paid", "payment")))
    run = env.start()
    run.until_idle()
    assert (run.state, env.now) == ("waiting_for_event", T0 + timedelta(seconds=60))
    assert run.result()["waiting_for"] == run.waiting_for


def test_runs_share_the_clock_of_their_environment() -> None:
    env = WorkflowTestEnvironment(chain(timer("nap", 60), wait("paid", "payment")))
    first = env.start()
    env.advance(30)
    second = env.start()
    env.advance(30)
    assert (first.state, second.state) == ("waiting_for_event", "running")
    first.until_idle()  # what else there is may have something to say to it
    assert (first.state, second.state) == ("waiting_for_event", "waiting_for_event")
    second.signal("payment")
    assert (first.state, second.state) == ("waiting_for_event", "completed")
    assert first.execution_id != second.execution_id


def test_a_timer_of_many_years_is_as_good_as_any() -> None:
    run = WorkflowTestEnvironment(chain(timer("nap", "P5000D"))).start()
    assert (run.result()["status"], run.result()["duration_seconds"]) == ("completed", 5000 * 86_400)


# --- requests -------------------------------------------------------------------------------------------------------


def test_a_signal_is_taken_at_once_and_names_who_sent_it() -> None:
    run = WorkflowTestEnvironment(chain(wait("paid", "payment"))).start(user="ann")
    run.signal("payment", {"amount": 7})
    assert run.step("paid")["output"] == {"amount": 7}
    assert run.history("SignalReceived")[0]["details"]["by"] == "ann"


def test_a_paused_run_goes_on_when_it_is_resumed() -> None:
    run = napping()
    run.pause(reason="lunch")
    run.until_idle()
    run.advance("P30D")
    assert (run.state, run.waiting_for[0]["state"]) == ("paused", "paused")
    run.resume(reason="fed")
    assert run.state == "completed"
    assert [event["details"]["reason"] for event in run.history("WorkflowPaused", "WorkflowResumed")] == [
        "lunch",
        "fed",
    ]


def test_a_run_that_is_cancelled_has_ended() -> None:
    run = napping()
    run.cancel(reason="enough")
    assert run.state == "canceled"


def test_a_step_is_skipped_confirmed_and_given_variables() -> None:
    mapping = {"limit": "$.context.limit"}
    pay = activity("pay", requires_confirmation=True, input_mapping=mapping)
    flow = chain({**timer("nap", 60), "skippable": True}, pay)
    run = WorkflowTestEnvironment(flow, mocks={"pay": {"result": 1}}).start()
    run.set_variables({"limit": 5}, reason="careful")
    run.skip("nap", reason="no time")
    assert run.variables == {"limit": 5}
    assert [entry["state"] for entry in run.waiting_for] == ["waiting_for_confirmation"]
    run.confirm("pay")
    assert run.step("pay")["input"] == {"limit": 5}
    assert run.state == "completed"


def test_a_step_runs_again_when_it_is_retried_or_rerun() -> None:
    failure = {"error": {"code": "Declined", "message": "no", "retryable": False}}
    flow = chain(activity("pay", output_mapping={"$": "$.output.paid"}))
    mocks = {"pay": {"sequence": [failure, {"result_expression": "$.input.n"}]}}
    run = WorkflowTestEnvironment(flow, mocks=mocks).start({"n": 1})
    assert run.error == {"code": "Declined", "message": "no"}
    run.retry("pay", reason="again")
    assert run.output == {"paid": 1}
    assert run.result()["error"] is None
    run.rerun("pay")
    run.rerun("pay", input={"n": 2}, reason="another")
    assert run.output == {"paid": 2}
    assert run.step("pay")["run"] == 4


def test_a_request_is_refused_with_its_code_and_changes_nothing() -> None:
    run = napping()
    requests: list[tuple[str, Callable[[], None]]] = [
        ("InvalidState", run.resume),
        ("InvalidState", lambda: run.retry("nap")),
        ("InvalidState", lambda: run.confirm("nap")),
        ("NotSkippable", lambda: run.skip("nap")),
        ("UnknownStep", lambda: run.rerun("nowhere")),
    ]
    for code, request in requests:
        with pytest.raises(RequestRefused) as caught:
            request()
        assert caught.value.code == code
    assert len(run.history("RequestRefused")) == len(requests)
    assert run.result()["status"] == "completed"


def test_the_row_of_a_step_that_was_not_reached_is_no_row() -> None:
    with pytest.raises(LookupError, match="the step 'pay' has not been reached"):
        napping().step("pay")


# --- scripts --------------------------------------------------------------------------------------------------------


def test_a_script_happens_by_itself_and_its_refusals_are_in_the_result() -> None:
    signals: list[Json] = [
        {"at": "PT1H", "control": {"action": "resume"}},
        {"at": 60, "control": {"action": "pause"}},
        {"at": "P2D", "signal": {"name": "late"}},
    ]
    env = WorkflowTestEnvironment(chain(timer("nap", 120)))
    env.advance(1000)
    run = env.start(signals=signals)
    run.advance(60)
    assert run.state == "paused"
    result = run.result()
    assert (result["status"], result["duration_seconds"]) == ("completed", 3600)
    assert [(entry["at"], entry["code"]) for entry in result["refused"]] == [("P2D", "InvalidState")]


def test_every_fault_of_a_script_is_reported_before_anything_starts() -> None:
    with pytest.raises(UsageFailure, match="signals is no valid signals file"):
        WorkflowTestEnvironment(chain()).start(signals=[{"at": -1}])


# --- people ---------------------------------------------------------------------------------------------------------


def asking(**fields: Any) -> WorkflowRun:
    """A run that asks ``leads``, and a person who starts it."""
    discount = {"name": "discount", "field_type": {"type": "number"}, "required": True, "validation": "$ <= 100"}
    point = {
        "id": "p",
        "step_id": "ask",
        "name": "Approve",
        "user_groups": ["leads"],
        "allowed_actions": [{"type": "approve"}, {"type": "custom", "id": "haggle", "field_definitions": [discount]}],
        **fields,
    }
    human = {"id": "ask", "step_type": {"type": "human", "intervention_point_id": "p"}}
    return WorkflowTestEnvironment({**chain(human), "human_intervention_points": [point]}).start(user="ann")


def test_a_task_is_answered_by_who_may_answer_it() -> None:
    run = asking()
    run.advance("PT1H")
    assert run.state == "waiting_for_human_intervention"
    with pytest.raises(RequestRefused, match="only a member of leads") as caught:
        run.submit("ask", "approve", groups=["staff"])
    assert caught.value.code == "NotPermitted"
    with pytest.raises(RequestRefused, match="discount: 120 is refused"):
        run.submit("ask", "haggle", data={"discount": 120})

    run.submit("ask", "haggle", data={"discount": 12}, comments="fine", user="bob", groups=["leads"])

    output = run.step("ask")["output"]
    assert (output["action"], output["user"], output["data"]) == ("haggle", "bob", {"discount": 12})
    assert run.state == "completed"


def test_a_task_is_answered_by_who_started_the_run_when_nobody_is_named() -> None:
    run = asking()
    run.submit("ask", "approve", reason="it pays")
    assert (run.step("ask")["output"]["user"], run.step("ask")["output"]["reason"]) == ("ann", "it pays")


def test_a_deadline_comes_by_itself_when_time_passes() -> None:
    deadline = {"deadline_type": {"type": "relative", "hours": 2}, "timeout_strategy": {"type": "auto_approve"}}
    run = asking(deadline=deadline)
    assert run.waiting_for[0]["deadline"] == "2026-01-01T02:00:00.000Z"
    assert run.result()["duration_seconds"] == 7200
    assert run.step("ask")["output"]["auto_approved"] is True

"""`weft run --signals`: signals and control at their instants, refusals, what a run waits for. Layer: tests."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.functional.cli.runs import Json, Ran, Run, Weft, activity, chain

pytestmark = pytest.mark.functional

WEEK = 7 * 86_400
DECLINED = {"error": {"code": "Declined", "message": "no funds", "retryable": False}}


def timer(step_id: str, seconds: Any) -> Json:
    return {"id": step_id, "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": seconds}}}


def wait(step_id: str, event_name: str, **fields: Any) -> Json:
    return {"id": step_id, "step_type": {"type": "wait", "event_name": event_name, **fields}}


def control(at: Any, action: str, **fields: Any) -> Json:
    return {"at": at, "control": {"action": action, **fields}}


def refused(ran: Ran) -> list[tuple[Any, str]]:
    return [(entry["at"], entry["code"]) for entry in ran.result["refused"]]


# --- signals --------------------------------------------------------------------------------------------------------


def test_a_signal_completes_the_step_that_waits_for_it_at_its_instant(run: Run) -> None:
    flow = chain(wait("paid", "payment", output_mapping={"amount": "$.output.amount"}))
    signals = [{"at": "PT1H", "signal": {"name": "payment", "payload": {"amount": 7}}}]
    ran = run(flow, "--user", "ann", signals=signals)
    assert (ran.exit_code, ran.err) == (0, "")
    assert (ran.result["output"], ran.result["duration_seconds"], ran.result["refused"]) == ({"amount": 7}, 3600, [])
    assert ran.at("SignalReceived") == ["2026-01-01T01:00:00.000Z"]
    (received,) = [event for event in ran.result["events"] if event["event_type"] == "SignalReceived"]
    assert received["details"]["by"] == "ann"


def test_signals_that_come_early_are_taken_in_their_order(run: Run) -> None:
    flow = chain(timer("nap", 60), wait("first", "go"), wait("second", "go"))
    signals = [{"at": 10, "signal": {"name": "go", "payload": number}} for number in (1, 2)]
    ran = run(flow, signals=signals)
    assert ran.steps("step_id", "output")[2:4] == [("first", 1), ("second", 2)]
    assert ran.result["duration_seconds"] == 60


def test_the_timeout_step_is_taken_when_no_signal_comes_in_time(run: Run) -> None:
    late = activity("late", "shop.Chase")
    flow = chain(
        wait("paid", "payment", timeout="P3D", timeout_step_id="late"),
        transitions=[{"from_step_id": "late", "to_step_id": "end"}],
    )
    flow["steps"].append(late)
    signals = [{"at": "P4D", "signal": {"name": "payment"}}]
    ran = run(flow, mocks={"late": {"result": 1}}, signals=signals)
    assert ran.exit_code == 0
    assert ran.result["duration_seconds"] == 3 * 86_400
    assert refused(ran) == [("P4D", "InvalidState")]


# --- control --------------------------------------------------------------------------------------------------------


def test_nothing_begins_between_a_pause_and_its_resume(run: Run) -> None:
    flow = chain(timer("nap", 60), activity("pay"))
    ran = run(flow, mocks={"pay": {"result": 1}}, signals=[control(30, "pause"), control(600, "resume")])
    assert ran.exit_code == 0
    assert ran.result["duration_seconds"] == 600
    assert ran.steps("step_id", "started_at")[2] == ("pay", "2026-01-01T00:10:00.000Z")


def test_a_cancel_ends_the_execution_at_its_instant(run: Run) -> None:
    ran = run(chain(timer("nap", WEEK)), signals=[control("P1D", "cancel", reason="enough")])
    assert ran.exit_code == 1
    assert (ran.result["status"], ran.result["duration_seconds"]) == ("canceled", 86_400)
    assert ran.steps("step_id", "state")[1] == ("nap", "canceled")


def test_a_step_is_skipped_when_it_is_skippable(run: Run) -> None:
    flow = chain({**timer("nap", WEEK), "skippable": True})
    ran = run(flow, signals=[control(5, "skip", step_id="nap", reason="no time")])
    assert ran.result["duration_seconds"] == 5
    assert ran.steps("state", "output")[1] == ("skipped", {"skipped": True, "reason": "no time"})


def test_a_failed_execution_runs_again_when_a_retry_is_still_to_come(run: Run) -> None:
    mocks = {"pay": {"sequence": [DECLINED, {"result": 1}]}}
    ran = run(chain(activity("pay")), mocks=mocks, signals=[control("PT2H", "retry", step_id="pay")])
    assert (ran.exit_code, ran.result["refused"]) == (0, [])
    assert ran.steps("step_id", "run", "state")[1:3] == [("pay", 1, "failed"), ("pay", 2, "completed")]
    assert ran.result["duration_seconds"] == 7200


def test_a_step_runs_again_with_another_input_when_it_is_rerun(run: Run) -> None:
    flow = chain(activity("pay", output_mapping={"$": "$.output.paid"}))
    mocks = {"pay": {"result_expression": "$.input.amount"}}
    signals = [control(60, "rerun", step_id="pay", input={"amount": 9})]
    ran = run(flow, "--input", '{"amount": 7}', mocks=mocks, signals=signals)
    assert ran.exit_code == 0
    assert ran.result["output"] == {"paid": 9}


def test_variables_are_seen_by_what_runs_after_they_are_set(run: Run) -> None:
    flow = chain(timer("nap", 60), activity("pay", input_mapping={"limit": "$.context.limit"}))
    ran = run(flow, mocks={"pay": {"result": 1}}, signals=[control(30, "set", variables={"limit": 5})])
    assert ran.result["variables"] == {"limit": 5}
    assert ran.steps("input")[2] == ({"limit": 5},)


def test_a_step_begins_when_it_is_confirmed(run: Run) -> None:
    flow = chain(activity("pay", requires_confirmation=True))
    ran = run(flow, mocks={"pay": {"result": 1}}, signals=[control(90, "confirm", step_id="pay")])
    assert (ran.exit_code, ran.result["duration_seconds"]) == (0, 90)


def test_a_step_in_an_item_is_named_by_its_index(run: Run) -> None:
    of_map = {"type": "map", "items": "$.input.items", "entry_step_id": "nap", "exit_step_id": "nap"}
    flow = chain({"id": "m", "step_type": of_map})
    flow["steps"].append({**timer("nap", "$.item"), "skippable": True})
    signals = [control(1, "skip", step_id="nap"), control(2, "skip", step_id="nap[1]")]
    ran = run(flow, "--input", '{"items": [60, 600]}', signals=signals)
    assert (ran.result["status"], ran.result["duration_seconds"]) == ("completed", 60)
    assert refused(ran) == [(1, "Ambiguous")]
    assert "nap#2 (nap[1])" in ran.result["refused"][0]["message"]


# --- events ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "seconds"), [(5, 60), (100, 100)])
def test_an_event_completes_the_step_that_waits_for_it_early_or_in_time(run: Run, at: int, seconds: int) -> None:
    flow = chain(timer("nap", 60), wait("paid", "payment", correlation="'o-1'", output_mapping={"$": "$.output.got"}))
    signals = [
        {"at": 1, "event": {"type": "payment", "data": "other", "correlation": "o-2"}},
        {"at": at, "event": {"type": "payment", "data": "own", "correlation": "o-1"}},
    ]
    ran = run(flow, signals=signals)
    assert (ran.exit_code, ran.err, ran.result["refused"]) == (0, "", [])
    assert (ran.result["output"], ran.result["duration_seconds"]) == ({"got": "own"}, seconds)


def test_an_event_that_is_too_large_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_MAX_PAYLOAD_BYTES", "2000")
    ran = run(chain(timer("nap", 60)), signals=[{"at": 1, "event": {"type": "x", "data": "x" * 3000}}])
    assert (ran.exit_code, refused(ran)) == (0, [(1, "PayloadTooLarge")])


def test_an_event_step_reaches_what_waits_in_the_same_run(run: Run) -> None:
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("hear", "tell")]
    flow = {
        **chain({"id": "both", "step_type": {"type": "parallel", "branches": branches}}),
    }
    tell = {"type": "event", "event_type": "hello", "payload": {"n": "$.input.n"}, "correlation": "$.input.n"}
    flow["steps"] += [wait("hear", "hello", correlation="$.input.n"), {"id": "tell", "step_type": tell}]
    ran = run(flow, "--input", '{"n": 7}')
    assert ran.exit_code == 0, ran.err
    outputs = {row["step_id"]: row["output"] for row in ran.result["steps"]}
    assert outputs["hear"] == {"n": 7}
    assert outputs["tell"]["event_id"].endswith(":tell#1")


# --- what is refused ------------------------------------------------------------------------------------------------


def test_each_refusal_is_reported_with_its_code_and_changes_nothing(run: Run) -> None:
    signals = [
        control(1, "resume"),
        control(2, "retry", step_id="nap"),
        control(2, "skip", step_id="nap"),
        control("PT3S", "skip", step_id="nowhere"),
        {"at": 4, "event": {"type": "order.paid"}},
        {"at": 5, "human": {"step_id": "nap", "action": "approve"}},
        control(6, "pause"),
        control(6, "pause"),
        control(7, "resume"),
    ]
    ran = run(chain(timer("nap", 60)), signals=signals)
    assert ran.exit_code == 0
    assert ran.result["duration_seconds"] == 60
    assert refused(ran) == [
        (1, "InvalidState"),
        (2, "InvalidState"),
        (2, "NotSkippable"),
        ("PT3S", "UnknownStep"),
        (5, "InvalidState"),
        (6, "InvalidState"),
    ]
    assert "Warning: refused at PT3S: control skip on nowhere: the workflow has no step 'nowhere'" in ran.err


def test_what_comes_after_the_end_is_still_asked_and_refused(run: Run) -> None:
    ran = run(chain(), signals=[{"at": "P1D", "signal": {"name": "late"}}])
    assert ran.exit_code == 0
    assert refused(ran) == [("P1D", "InvalidState")]
    assert ran.result["duration_seconds"] == 0


# --- where a run stops ----------------------------------------------------------------------------------------------


def test_a_run_stops_and_says_so_when_only_a_signal_could_help(run: Run) -> None:
    ran = run(chain(wait("paid", "payment", correlation="'o-' & '1'")))
    assert ran.exit_code == 1
    assert ran.result["status"] == "waiting_for_event"
    (entry,) = ran.result["waiting_for"]
    assert (entry["event_name"], entry["correlation"], entry["state"]) == ("payment", "o-1", "waiting_for_event")
    assert ran.err == "e1 is waiting_for_event: paid waits for the signal or event 'payment'\n"


def test_a_run_stops_where_it_is_told_before_what_is_scripted_later(run: Run) -> None:
    signals = [control(30, "pause"), control("P1D", "resume"), control("P1D", "resume")]
    ran = run(chain(timer("nap", 60)), "--until", "2026-01-01T12:00:00Z", signals=signals)
    assert ran.exit_code == 1
    assert (ran.result["status"], ran.result["refused"]) == ("paused", [])
    assert [entry["step_id"] for entry in ran.result["waiting_for"]] == [None, "nap"]
    assert ran.result["waiting_for"][1]["due_at"] == "2026-01-01T00:01:00.000Z"


def test_a_run_stops_when_it_is_paused_for_good(run: Run) -> None:
    ran = run(chain(timer("nap", 60)), signals=[control(30, "pause")])
    assert (ran.exit_code, ran.result["status"]) == (1, "paused")
    assert "the execution is paused and waits to be resumed" in ran.err


def test_a_run_stops_when_a_step_has_to_be_confirmed(run: Run) -> None:
    ran = run(chain(activity("pay", requires_confirmation=True)))
    assert [(entry["step_id"], entry["state"]) for entry in ran.result["waiting_for"]] == [
        ("pay", "waiting_for_confirmation")
    ]


def test_the_items_of_a_map_are_told_apart_and_not_all_of_them_are_said(run: Run) -> None:
    each = {"id": "each", "step_type": {"type": "map", "items": "$.input.n", "entry_step_id": "w", "exit_step_id": "w"}}
    flow = chain(each)
    flow["steps"].append(wait("w", "go"))
    ran = run(flow, "--input", json.dumps({"n": list(range(30))}))
    owner, first, *rest = ran.result["waiting_for"]
    assert owner["message"] == "each waits for what runs inside it"
    assert (first["index"], first["message"]) == (0, "w[0] waits for the signal or event 'go'")
    assert [entry["index"] for entry in rest] == list(range(1, 30))
    assert ran.err.splitlines()[-1] == "... and 11 more: see waiting_for."
    assert len(ran.err.splitlines()) == 21


def test_a_week_takes_no_time_when_time_is_virtual(run: Run) -> None:
    began = time.monotonic()
    ran = run(chain(timer("nap", "P7D")))
    assert (ran.exit_code, ran.result["duration_seconds"]) == (0, WEEK)
    assert time.monotonic() - began < 60


def test_signals_come_in_their_time_when_it_is_not_virtual(weft: Weft, tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(chain(wait("paid", "payment"), timer("nap", 0.05))))
    (tmp_path / "signals.json").write_text(json.dumps([{"at": 0.05, "signal": {"name": "payment", "payload": 1}}]))
    options = ("--signals", str(tmp_path / "signals.json"), "--no-virtual-time")
    ran = Ran(weft("run", str(tmp_path / "flow.json"), *options))
    assert ran.exit_code == 0
    assert ran.result["duration_seconds"] >= 0.09


def test_the_result_is_the_same_byte_by_byte_when_a_script_is_run_again(run: Run) -> None:
    flow = chain(timer("nap", 60), activity("pay"))
    signals = [control(30, "pause"), control(30, "resume"), control(120, "rerun", step_id="pay")]
    mocks = {"pay": {"result": 1, "delay": 5}}
    assert run(flow, mocks=mocks, signals=signals).out == run(flow, mocks=mocks, signals=signals).out

"""Taking executions in hand over HTTP. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.api.service import BASE, Reply, Service, segment
from tests.unit.execution.play import activity, chain, workflow
from tests.unit.execution.test_waiting import timer, wait

OPERATOR = {"Authorization": "Bearer dev:ann:weft-operators"}


def status(service: Service, execution_id: str = "e-1") -> dict[str, Any]:
    body: dict[str, Any] = service.get(f"/executions/{execution_id}").body
    return body


def rows(service: Service) -> dict[str, str]:
    return {row["step_id"]: row["state"] for row in status(service)["steps"]}


def events(service: Service, *kinds: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.get(f"/executions/e-1/history?event_types={','.join(kinds)}").body["events"]
    return found


def refused(reply: Reply, code: str, state: str) -> bool:
    return (reply.status, reply.body["code"], reply.body["state"]) == (409, code, state)


# --- each request -----------------------------------------------------------------------------------------------------


def test_an_execution_pauses_and_goes_on_when_asked(waiting: Service) -> None:
    paused = waiting.control("e-1", "pause", {"reason": "lunch"}, **OPERATOR)
    again = waiting.control("e-1", "pause", {})
    resumed = waiting.control("e-1", "resume")

    assert (paused.status, paused.body) == (200, {"execution_id": "e-1", "state": "paused", "message": "Paused."})
    assert refused(again, "InvalidState", "paused")
    assert (resumed.status, resumed.body["state"]) == (200, "waiting_for_event")
    requested, *_ = events(waiting, "WorkflowPauseRequested")
    assert requested["details"] == {"reason": "lunch", "by": "ann"}


def test_a_signal_ends_the_wait_when_it_is_waited_for(waiting: Service) -> None:
    reply = waiting.control("e-1", "signal", {"signal_name": "go", "payload": {"n": 1}})

    assert (reply.status, reply.body["message"]) == (200, "Signal received.")
    assert status(waiting)["output"] == {"got": {"n": 1}}
    assert refused(waiting.control("e-1", "signal", {"signal_name": "go"}), "InvalidState", "completed")


def test_signals_are_kept_in_order_when_they_come_early(service: Service) -> None:
    kept = {"output_mapping": {"$": "$.output.first"}}, {"output_mapping": {"$": "$.output.second"}}
    steps = [timer(type="delay", seconds=60), wait("v", of=kept[0]), wait("w", of=kept[1])]
    service.begin(chain(*steps))
    for number in (1, 2):
        assert service.control("e-1", "signal", {"signal_name": "go", "payload": number}).status == 200
    assert rows(service)["t"] == "waiting_for_timer"

    service.clock.advance_to(service.clock.now().replace(minute=1))
    service.work()

    assert (status(service)["state"], status(service)["output"]) == ("completed", {"first": 1, "second": 2})


def test_an_execution_ends_when_it_is_cancelled(waiting: Service) -> None:
    reply = waiting.control("e-1", "cancel", {"reason": "no longer wanted"}, **OPERATOR)

    assert (reply.status, reply.body["state"], reply.body["message"]) == (200, "canceled", "Cancelled.")
    assert rows(waiting)["w"] == "canceled"
    (canceled,) = events(waiting, "WorkflowCanceled")
    assert (canceled["details"]["reason"], canceled["details"]["by"]) == ("no longer wanted", "ann")
    listed = waiting.get("/executions?states=canceled").body["executions"]
    assert [row["execution_id"] for row in listed] == ["e-1"]


def test_a_step_is_skipped_once_when_it_is_skipped_twice(service: Service) -> None:
    service.begin(chain(wait(skippable=True), wait("v")))

    first = service.control("e-1", "skip/w", {"reason": "known"})
    again = service.control("e-1", "skip/w")

    assert first.body == {"execution_id": "e-1", "step_id": "w", "state": "waiting_for_event", "message": "Skipped."}
    assert (again.status, again.body["message"]) == (200, "Skipped. There was nothing left to change.")
    assert rows(service)["w"] == "skipped"
    assert len(events(service, "StepSkipped")) == 1


def test_a_step_is_not_skipped_when_it_may_not_be(service: Service) -> None:
    service.begin(chain(wait()))

    assert refused(service.control("e-1", "skip/w"), "NotSkippable", "waiting_for_event")


def test_a_failed_execution_runs_again_when_its_step_is_retried(service: Service) -> None:
    service.begin(chain(activity("a", of={"activity_type": "absent"})))
    assert status(service)["state"] == "failed"

    reply = service.control("e-1", "retry/a", {"reason": "deployed since"})

    assert (reply.status, reply.body["state"], reply.body["step_id"]) == (200, "running", "a")
    assert [row["run"] for row in status(service)["steps"] if row["step_id"] == "a"] == [1, 2]
    assert refused(service.control("e-1", "retry/start"), "InvalidState", "failed")


@pytest.mark.parametrize(
    ("body", "seen"),
    [({}, {"n": 1}), ({"input": {"n": 2}}, {"n": 2}), ({"input": None, "reason": "x"}, None), (..., {"n": 1})],
)
def test_a_step_runs_again_with_its_input_or_another_when_it_is_rerun(service: Service, body: Any, seen: Any) -> None:
    service.begin(chain(activity("a", of={"activity_type": "absent"})), input={"n": 1})

    reply = service.control("e-1", "rerun/a", body)

    assert (reply.status, reply.body["message"]) == (200, "Run again.")
    again = [row for row in status(service)["steps"] if row["step_id"] == "a"][-1]
    assert (again["run"], again["input"]) == (2, seen)


def test_a_step_begins_when_it_is_confirmed(service: Service) -> None:
    service.begin(chain(wait(requires_confirmation=True)))
    assert rows(service)["w"] == "waiting_for_confirmation"

    reply = service.control("e-1", "confirm/w", {})

    assert (reply.status, reply.body["message"]) == (200, "Confirmed.")
    assert rows(service)["w"] == "waiting_for_event"
    assert refused(service.control("e-1", "confirm/w"), "InvalidState", "waiting_for_event")


def test_one_run_is_meant_when_it_is_named_by_its_escaped_id(service: Service) -> None:
    edges = [("start", "w"), ("start", "a"), ("a", "w"), ("w", "end")]
    mapping = {"id": "a", "step_type": {"type": "data_mapping", "mapping": {"$.context.n": 1}}}
    service.begin(workflow(mapping, wait(skippable=True), transitions=edges))

    several = service.control("e-1", "skip/w")
    one = service.control("e-1", f"skip/{segment('w#2')}")

    assert refused(several, "Ambiguous", "waiting_for_event")
    assert "w#1, w#2" in several.body["detail"]
    assert (one.status, one.body["step_id"]) == (200, "w#2")
    (skipped,) = events(service, "StepSkipped")
    assert skipped["task_id"] == "w#2"


def test_a_step_in_an_item_is_meant_when_it_is_named_by_its_index(service: Service) -> None:
    step_type = {"type": "map", "items": "[1,2]", "entry_step_id": "w", "exit_step_id": "w"}
    edges = [("start", "m"), ("m", "end")]
    service.begin(workflow({"id": "m", "step_type": step_type}, wait(skippable=True), transitions=edges))

    several = service.control("e-1", "skip/w")
    by_path = service.control("e-1", f"skip/{segment('w[0]')}")
    by_name = service.control("e-1", "control", {"action": "skip", "step_id": "w[1]"})

    assert "w#1 (w[0]), w#2 (w[1])" in several.body["detail"]
    assert (by_path.status, by_path.body["step_id"]) == (200, "w[0]")
    assert (by_name.status, status(service)["state"]) == (200, "completed")


# --- variables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "variables", "reason"),
    [
        ({"limit": 100, "who": None}, {"limit": 100, "who": None}, None),
        ({"variables": {"limit": 100}}, {"limit": 100}, None),
        ({"variables": {"limit": 100}, "reason": "agreed"}, {"limit": 100}, "agreed"),
        ({"variables": {"limit": 100}, "reason": None}, {"limit": 100}, None),
        ({"variables": 5}, {"variables": 5}, None),
        ({"variables": {}, "colour": 1}, {"variables": {}, "colour": 1}, None),
        ({"reason": "x"}, {"reason": "x"}, None),
        ({"order.total": 5}, {"order": {"total": 5}}, None),
    ],
)
def test_variables_are_set_from_the_body_or_from_what_is_called_so(
    waiting: Service, body: Any, variables: dict[str, Any], reason: str | None
) -> None:
    reply = waiting.control("e-1", "variables", body)

    assert (reply.status, reply.body["message"]) == (200, "Variables set.")
    assert status(waiting)["variables"] == variables
    assert events(waiting, "VariableSet")[0]["details"].get("reason") == reason


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "at least one"),
        ({"variables": {}}, "at least one"),
        ({"a..b": 1}, "'a..b' cannot name a variable"),
        ([1], "variables must be an object"),
        (None, "'variables' is missing"),
        ({"variables": {"a": 1}, "reason": 5}, "reason must be a string"),
    ],
)
def test_variables_are_refused_when_they_are_none(waiting: Service, body: Any, words: str) -> None:
    reply = waiting.control("e-1", "variables", body)

    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")
    assert words in reply.body["detail"]


# --- by the name of an action -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "state", "message"),
    [
        ({"action": "pause", "reason": "lunch"}, "paused", "Paused."),
        ({"action": "cancel"}, "canceled", "Cancelled."),
        ({"action": "skip", "step_id": "w"}, "completed", "Skipped."),
        ({"action": "rerun", "step_id": "start", "input": None}, "waiting_for_event", "Run again."),
        ({"action": "set", "variables": {"n": 1}}, "waiting_for_event", "Variables set."),
    ],
)
@pytest.mark.parametrize("by_body", [False, True])
def test_an_action_is_done_when_it_is_named_in_the_body(
    waiting: Service, by_body: bool, body: dict[str, Any], state: str, message: str
) -> None:
    if by_body:
        reply = waiting.post("/executions/control", {"execution_id": "e-1", **body})
    else:
        reply = waiting.control("e-1", "control", body)

    expected = {"execution_id": "e-1", "state": state, "message": message}
    assert (reply.status, reply.body) == (200, expected | ({"step_id": body["step_id"]} if "step_id" in body else {}))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "The field 'action' is missing"),
        ({"action": "stop"}, "action must be one of pause, resume, cancel"),
        ({"action": 5}, "action must be a string"),
        ({"action": "pause", "reson": "x"}, "Did you mean 'reason'?"),
        ({"action": "pause", "step_id": "w"}, "There is no field 'step_id' here"),
        ({"action": "skip"}, "The field 'step_id' is missing"),
        ({"action": "skip", "step_id": ""}, "step_id must be the id of a step"),
        ({"action": "set"}, "The field 'variables' is missing"),
        ({"action": "retry", "step_id": "w", "input": 1}, "There is no field 'input' here"),
        ({"action": "pause", "reason": "x" * 1_001}, "reason must be a string of at most 1,000 characters"),
        (["pause"], "must be an object"),
    ],
)
def test_a_control_request_is_refused_with_the_place_when_it_is_wrong(waiting: Service, body: Any, words: str) -> None:
    reply = waiting.control("e-1", "control", body)

    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")
    assert words in reply.body["detail"] + "".join(finding["hint"] for finding in reply.body["errors"])
    assert status(waiting)["state"] == "waiting_for_event"


def test_an_execution_must_be_named_when_it_is_not_in_the_path(waiting: Service) -> None:
    assert "'execution_id' is missing" in waiting.post("/executions/control", {"action": "pause"}).body["detail"]
    refused = waiting.post("/executions/control", {"action": "pause", "execution_id": "a/b"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (400, "/execution_id")


def test_no_execution_is_called_control_since_that_is_a_path(service: Service) -> None:
    service.begin(chain(wait()))

    reply = service.post("/w/execute", {"input": None, "execution_id": "control"})

    assert reply.status == 400
    assert "reserved" in reply.body["detail"]


# --- waiting for the decision -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["pause?wait=0", "pause", "skip/w?wait=25"])
def test_a_request_is_accepted_when_it_is_not_decided_in_time(waiting: Service, path: str) -> None:
    waiting.meanwhile = lambda: None

    reply = waiting.control("e-1", path)

    assert (reply.status, reply.body["state"]) == (202, "waiting_for_event")
    assert reply.headers["location"] == f"{BASE}/executions/e-1"
    assert reply.headers["location"] in reply.body["message"]
    waiting.work()
    assert status(waiting)["state"] in ("paused", "completed")


@pytest.mark.parametrize("seconds", ["-1", "26", "x", "", "1.5"])
def test_a_wait_is_refused_when_it_is_out_of_range(waiting: Service, seconds: str) -> None:
    reply = waiting.control("e-1", f"pause?wait={seconds}")

    assert reply.status == 400
    assert "wait must be a whole number from 0 to 25" in reply.body["detail"]
    assert status(waiting)["state"] == "waiting_for_event"


def test_a_request_is_refused_when_another_was_decided_before_it(waiting: Service) -> None:
    waiting.control("e-1", "cancel?wait=0")

    reply = waiting.control("e-1", "pause")

    assert refused(reply, "InvalidState", "canceled")
    (recorded,) = events(waiting, "RequestRefused")
    assert (recorded["details"]["request"], recorded["details"]["code"]) == ("Pause", "InvalidState")


# --- the same request again -------------------------------------------------------------------------------------------


def test_a_signal_counts_once_when_its_key_is_sent_twice(service: Service) -> None:
    service.begin(chain(wait(), wait("v")))
    key = {"Idempotency-Key": "k-1"}

    first = service.control("e-1", "signal", {"signal_name": "go"}, **key)
    again = service.control("e-1", "signal", {"signal_name": "go"}, **key)

    assert (first.status, again.status) == (200, 200)
    assert again.body["message"] == "Signal received. That was before."
    assert rows(service) == {"start": "completed", "w": "completed", "v": "waiting_for_event"}
    assert service.control("e-1", "signal", {"signal_name": "go"}, **{"Idempotency-Key": "two words"}).status == 400


@pytest.mark.parametrize("other", [{"Idempotency-Key": "k-2"}, OPERATOR | {"Idempotency-Key": "k-1"}])
def test_a_signal_counts_again_when_key_or_caller_is_another(service: Service, other: dict[str, str]) -> None:
    service.begin(chain(wait(), wait("v")))
    service.control("e-1", "signal", {"signal_name": "go"}, **{"Idempotency-Key": "k-1"})

    service.control("e-1", "signal", {"signal_name": "go"}, **other)

    assert status(service)["state"] == "completed"

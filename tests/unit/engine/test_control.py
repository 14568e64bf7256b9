"""Taking executions in hand: the answer at once, the wait, the repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import InvalidRequest, NotFound, TooLarge
from chalicelib.domain.execution.commands import (
    AnyRequest,
    Cancel,
    Confirm,
    Pause,
    Rerun,
    Resume,
    Retry,
    SetVariables,
    Signal,
    Skip,
)
from chalicelib.domain.execution.events import Event
from chalicelib.engine.control import Controlled, ControlRefused
from chalicelib.engine.start import StartRequest
from chalicelib.settings import Settings
from tests.unit.execution.play import BEGIN, activity, chain
from tests.unit.execution.test_waiting import wait


class Patience:
    """A waiter that lets something happen at every wait: what ``then`` says, the last of it again and again."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.seconds: list[float] = []
        self.then: list[Callable[[], Any]] = []
        self.slowness_seconds = 0.0

    def wait(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds + self.slowness_seconds))
        if self.then:
            (self.then.pop(0) if len(self.then) > 1 else self.then[0])()


class Desk:
    """One execution ``x`` that waits in ``w`` for the signal ``go``, after a skippable activity in ``a``."""

    def __init__(self) -> None:
        self.clock = VirtualClock(BEGIN)
        self.patience = Patience(self.clock)
        settings = Settings(stage="local", max_payload_bytes=1_000)
        self.engine = bootstrap.in_memory(settings, clock=self.clock, waiter=self.patience)
        self.commands: Any = self.engine.adapters.commands
        self.engine.definitions.register(chain(activity("a", skippable=True), wait(skippable=True), activity("b")))
        self.engine.start(StartRequest(workflow_id="w", input={}, execution_id="x"))
        self.decide()

    def decide(self) -> None:
        """The decider, for one batch."""
        batch = self.commands.receive(10, now=self.clock.now())
        assert self.engine.advance.handle(batch) == []
        for delivery in batch:
            self.commands.acknowledge(delivery.delivery_id)

    def ask(self, request: AnyRequest, seconds: float = 5.0, execution_id: str = "x") -> Controlled:
        return self.engine.control(execution_id, request, wait_seconds=seconds)

    def events(self, kind: str) -> list[Event]:
        commits = self.engine.adapters.store.read("x")
        return [event for commit in commits for event in commit.events if event.type == kind]


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- decided in time --------------------------------------------------------------------------------------------------


def test_request_is_done_when_the_decider_answers_while_it_is_waited_for(desk: Desk) -> None:
    desk.patience.then = [desk.decide]

    assert desk.ask(Pause(id="1", by="ann", reason="lunch")) == Controlled(
        execution_id="x", state="paused", outcome="done"
    )
    (requested,) = desk.events("WorkflowPauseRequested")
    assert requested.details == {"reason": "lunch", "by": "ann"}
    assert len(desk.patience.seconds) == 1


def test_wait_goes_on_when_others_are_answered_first(desk: Desk) -> None:
    other = Signal(id="other", name="else")
    desk.patience.then = [
        lambda: desk.engine.advance._committer.decide("x", [other]),
        lambda: None,
        desk.decide,
    ]

    assert desk.ask(Pause(id="1")).outcome == "done"
    assert len(desk.patience.seconds) == 3


# --- not decided in time ----------------------------------------------------------------------------------------------


def test_request_is_accepted_when_nobody_decides_in_time(desk: Desk) -> None:
    found = desk.ask(Pause(id="1"))

    assert (found.state, found.outcome) == ("running", "accepted")
    assert sum(desk.patience.seconds) == pytest.approx(5)
    assert desk.patience.seconds[0] == 0.05
    assert desk.patience.seconds[:-1] == sorted(desk.patience.seconds[:-1])
    assert max(desk.patience.seconds) <= 1
    desk.decide()
    assert desk.engine.queries.status("x")["state"] == "paused"


def test_request_is_accepted_at_once_when_there_is_no_time_to_wait(desk: Desk) -> None:
    assert desk.ask(Pause(id="1"), 0).outcome == "accepted"

    assert desk.patience.seconds == []
    assert len(desk.commands) == 1


def test_wait_ends_when_the_clock_says_so_however_long_a_look_takes(desk: Desk) -> None:
    desk.patience.slowness_seconds = 2.5

    assert desk.ask(Pause(id="1")).outcome == "accepted"

    assert len(desk.patience.seconds) == 2


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (Resume(id="1"), "InvalidState", "Only a paused execution can be resumed; it is running"),
        (Skip(id="1", step="b"), "InvalidState", "'b' has no run that has not ended"),
        (Skip(id="1", step="start"), "InvalidState", "has no run"),
        (Retry(id="1", step="a"), "InvalidState", "no last run that has failed"),
        (Rerun(id="1", step="a"), "InvalidState", "has not ended"),
        (Confirm(id="1", step="a"), "InvalidState", "no run that waits to be confirmed"),
    ],
)
def test_request_is_refused_at_once_when_the_state_forbids_it(
    desk: Desk, request_: AnyRequest, code: str, words: str
) -> None:
    with pytest.raises(ControlRefused, match=words) as caught:
        desk.ask(request_)

    assert (caught.value.code, caught.value.state) == (code, "running")
    assert len(desk.commands) == 0
    assert desk.events("RequestRefused") == []


@pytest.mark.parametrize("request_", [kind(id="1", step="nowhere") for kind in (Skip, Retry, Rerun, Confirm)])
def test_step_is_not_found_when_the_workflow_has_none_of_that_name(desk: Desk, request_: AnyRequest) -> None:
    with pytest.raises(NotFound) as caught:
        desk.ask(request_)

    assert caught.value.code == "UnknownStep"
    assert len(desk.commands) == 0


def test_execution_is_not_found_when_there_is_none(desk: Desk) -> None:
    with pytest.raises(NotFound) as caught:
        desk.ask(Pause(id="1"), execution_id="nobody")

    assert caught.value.code == "ExecutionNotFound"


def test_request_is_refused_when_another_was_decided_before_it(desk: Desk) -> None:
    """Both were fine when they were asked: what counts is the decision."""
    desk.ask(Pause(id="first"), 0)
    desk.patience.then = [desk.decide]

    with pytest.raises(ControlRefused, match="paused already") as caught:
        desk.ask(Pause(id="second"))

    assert caught.value.state == "paused"
    assert [event.details["request_id"] for event in desk.events("RequestRefused")] == ["second"]
    assert len(desk.events("WorkflowPaused")) == 1


@pytest.mark.parametrize(
    "request_",
    [
        Signal(id="1", name="go", payload="x" * 1_000),
        SetVariables(id="1", variables={"v": "x" * 1_000}),
        Rerun(id="1", step="a", input="x" * 1_000),
    ],
)
def test_request_is_refused_when_it_is_too_large(desk: Desk, request_: AnyRequest) -> None:
    with pytest.raises(TooLarge, match="max_payload_bytes"):
        desk.ask(request_)

    assert len(desk.commands) == 0


def test_variables_are_refused_by_name_when_none_can_be_called_so(desk: Desk) -> None:
    with pytest.raises(InvalidRequest) as caught:
        desk.ask(SetVariables(id="1", variables={"": 1, "a..b": 2, "ok": 3, "a.": 4}))

    assert [finding.pointer for finding in caught.value.findings] == ["/variables/", "/variables/a..b", "/variables/a."]
    with pytest.raises(InvalidRequest, match="at least one"):
        desk.ask(SetVariables(id="1", variables={}))


def test_variable_is_set_inside_when_its_name_has_dots(desk: Desk) -> None:
    desk.patience.then = [desk.decide]

    desk.ask(SetVariables(id="1", variables={"order.total": 5, "n": None}))

    assert desk.engine.queries.status("x")["variables"] == {"order": {"total": 5}, "n": None}


# --- nothing to change, and once more ---------------------------------------------------------------------------------


def test_nothing_changes_when_a_step_is_skipped_that_was_skipped(desk: Desk) -> None:
    desk.patience.then = [desk.decide]
    assert desk.ask(Skip(id="1", step="a")).outcome == "done"

    assert desk.ask(Skip(id="2", step="a")) == Controlled(
        execution_id="x", state="waiting_for_event", outcome="unchanged"
    )
    assert len(desk.commands) == 0


def test_nothing_changes_when_another_skips_the_step_first(desk: Desk) -> None:
    desk.ask(Skip(id="first", step="a"), 0)
    desk.patience.then = [desk.decide]

    assert desk.ask(Skip(id="second", step="a")).outcome == "unchanged"
    assert len(desk.events("StepSkipped")) == 1


def test_request_counts_once_when_it_is_repeated_before_and_after_its_decision(desk: Desk) -> None:
    signal = Signal(id="1", name="other", payload=7)
    desk.ask(signal, 0)
    desk.ask(signal, 0)
    assert len(desk.commands) == 1
    desk.decide()

    assert desk.ask(signal).outcome == "repeated"
    assert len(desk.events("SignalReceived")) == 1
    assert desk.patience.seconds == []


def test_state_of_now_is_given_when_a_request_is_repeated_later(desk: Desk) -> None:
    desk.patience.then = [desk.decide]
    desk.ask(Pause(id="1"))
    desk.ask(Resume(id="2"))

    assert desk.ask(Pause(id="1")) == Controlled(execution_id="x", state="running", outcome="repeated")


@pytest.mark.parametrize("later", [0, 80])
def test_refusal_is_told_again_when_the_request_is_repeated(desk: Desk, later: int) -> None:
    """Also when its commit is so old that the state has forgotten which it was."""
    desk.ask(Pause(id="first"), 0)
    desk.ask(Pause(id="second"), 0)
    desk.decide()
    for number in range(later):
        desk.ask(Signal(id=f"s{number}", name="other"), 0)
        desk.decide()

    with pytest.raises(ControlRefused, match="paused already"):
        desk.ask(Pause(id="second"))


def test_answer_is_the_state_when_the_commit_of_a_repeated_request_is_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.patience.then = [desk.decide]
    desk.ask(Pause(id="1"))
    store = desk.engine.adapters.store
    monkeypatch.setattr(store, "read", lambda *_, **__: iter(()))

    assert desk.ask(Pause(id="1")) == Controlled(execution_id="x", state="paused", outcome="repeated")


# --- names of requests ------------------------------------------------------------------------------------------------


def test_request_is_new_each_time_when_there_is_no_key(desk: Desk) -> None:
    make = desk.engine.control.request

    assert make(Pause, "x", by="ann").id != make(Pause, "x", by="ann").id
    assert make(Cancel, "x", by="ann", reason="done").reason == "done"


def test_request_is_the_same_when_key_caller_execution_and_content_are(desk: Desk) -> None:
    make = desk.engine.control.request
    first = make(Signal, "x", by="ann", idempotency_key="k", name="go", payload={"a": 1, "b": 2})

    assert make(Signal, "x", by="ann", idempotency_key="k", payload={"b": 2, "a": 1}, name="go") == first
    others = [
        make(Signal, "x", by="bob", idempotency_key="k", name="go", payload={"a": 1, "b": 2}),
        make(Signal, "y", by="ann", idempotency_key="k", name="go", payload={"a": 1, "b": 2}),
        make(Signal, "x", by="ann", idempotency_key="l", name="go", payload={"a": 1, "b": 2}),
        make(Signal, "x", by="ann", idempotency_key="k", name="go", payload={"a": 1, "b": 3}),
        make(Pause, "x", by="ann", idempotency_key="k"),
        make(Resume, "x", by="ann", idempotency_key="k"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 7

"""Human tasks answered through the engine: what is told at once, and what the race of two answers comes to."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import Forbidden, InvalidRequest, NotFound
from chalicelib.domain.execution.commands import SubmitHuman
from chalicelib.engine.control import Controlled, ControlRefused
from chalicelib.engine.start import StartRequest
from chalicelib.settings import Settings
from tests.unit.execution.asking import ask, point
from tests.unit.execution.play import BEGIN, chain


class Office:
    """One execution ``x`` that asks ``leads`` in ``ask``."""

    def __init__(self) -> None:
        self.clock = VirtualClock(BEGIN)
        self.engine = bootstrap.in_memory(Settings(stage="local"), clock=self.clock, waiter=self)
        self.commands: Any = self.engine.adapters.commands
        document = chain(ask(), human_intervention_points=[point(user_groups=["leads"])])
        self.engine.definitions.register(document)
        self.engine.start(StartRequest(workflow_id="w", input={}, execution_id="x"))
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Waiting for an answer lets the decider decide."""
        batch = self.commands.receive(10, now=self.clock.now())
        assert self.engine.advance.handle(batch) == []
        for delivery in batch:
            self.commands.acknowledge(delivery.delivery_id)

    def submit(self, action: str, *, key: str | None = None, by: str = "ann", **fields: Any) -> Controlled:
        given = {"step": "ask", "action": action, "groups": ("leads",), **fields}
        request = self.engine.control.request(SubmitHuman, "x", by=by, idempotency_key=key, **given)
        return self.engine.control("x", request, wait_seconds=1)

    def count(self, kind: str) -> int:
        commits = self.engine.adapters.store.read("x")
        return sum(event.type == kind for commit in commits for event in commit.events)


@pytest.fixture
def office() -> Office:
    return Office()


def test_answer_is_done_when_the_decider_takes_it(office: Office) -> None:
    assert office.submit("approve") == Controlled(execution_id="x", state="completed", outcome="done")


def test_submission_is_refused_with_a_finding_a_field(office: Office) -> None:
    with pytest.raises(InvalidRequest) as caught:
        office.submit("modify_data", data={"discount": 101, "colour": "red"})

    assert caught.value.code == "InvalidSubmission"
    assert [finding.pointer for finding in caught.value.findings] == ["/data/colour", "/data/discount"]
    assert caught.value.message.startswith("'colour' is no field of this form; discount: 101 is refused")
    assert office.count("RequestRefused") == 0


def test_submission_is_forbidden_when_the_caller_is_in_no_group(office: Office) -> None:
    with pytest.raises(Forbidden) as caught:
        office.submit("approve", groups=("staff",))

    assert caught.value.code == "NotPermitted"


def test_step_is_not_found_when_the_workflow_has_none_of_that_name(office: Office) -> None:
    with pytest.raises(NotFound):
        office.submit("approve", step="nowhere")


def test_second_answer_is_a_conflict(office: Office) -> None:
    office.submit("approve")

    with pytest.raises(ControlRefused) as caught:
        office.submit("reject", by="bob")

    assert (caught.value.code, caught.value.state) == ("InvalidState", "completed")


def test_one_answer_wins_when_two_are_on_their_way(office: Office) -> None:
    first = SubmitHuman(id="a", by="ann", step="ask", action="approve")
    second = SubmitHuman(id="b", by="bob", step="ask", action="reject")
    assert office.engine.control("x", first, wait_seconds=0).outcome == "accepted"

    with pytest.raises(ControlRefused) as caught:
        office.engine.control("x", second, wait_seconds=1)

    assert caught.value.state == "completed"
    assert (office.count("HumanInterventionSubmitted"), office.count("RequestRefused")) == (1, 1)


def test_refusal_at_decision_time_keeps_its_findings(office: Office) -> None:
    bad = SubmitHuman(id="a", by="ann", step="ask", action="modify_data", data={"discount": "x"})
    office.engine.advance._committer.decide("x", [bad])

    with pytest.raises(InvalidRequest) as caught:  # the same request again
        office.engine.control("x", bad, wait_seconds=1)

    assert [finding.pointer for finding in caught.value.findings] == ["/data/discount"]


def test_same_key_gives_the_same_answer_whatever_the_groups_are_by_then(office: Office) -> None:
    assert office.submit("approve", key="k").outcome == "done"
    assert office.submit("approve", key="k", groups=("leads", "heads")).outcome == "repeated"
    assert office.count("HumanInterventionSubmitted") == 1
    with pytest.raises(ControlRefused):
        office.submit("reject", key="k")

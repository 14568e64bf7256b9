"""Event handlers of a paused execution, and what was kept for them."""

from __future__ import annotations

from chalicelib.domain.execution.commands import (
    Cancel,
    Pause,
    Rerun,
    Resume,
    Signal,
)
from chalicelib.domain.execution.effects import Continue, outstanding
from chalicelib.domain.execution.program import Rules
from tests.unit.execution.handlers import begun, event, handler, refusals, sets
from tests.unit.execution.play import Play, activity, chain, workflow
from tests.unit.execution.test_events import wait


def test_handler_acts_at_the_resume_when_its_event_came_while_paused() -> None:
    play = begun(sets("n", "$.event"))
    play.tell(Pause(id="p"))
    event(play, 1, 5)
    assert play.state.variables == {}

    play.tell(Resume(id="r"))

    assert play.state.variables == {"n": 5}
    assert play.state.arrivals == []
    assert event(play, 1, 5) == []


def test_handler_that_was_asked_before_the_pause_is_not_asked_again_after_it() -> None:
    document = workflow(
        activity("a"),
        wait("w"),
        transitions=[("start", "a"), ("a", "w"), ("w", "end")],
        event_handlers=[sets("n", "{% $count($.context.n) + 1 %}")],
    )
    play = Play(document)
    event(play, 1)
    play.complete("a")
    play.tell(Pause(id="p"))
    (kept,) = event(play, 1)
    assert kept.details["asked"] is True

    play.tell(Resume(id="r"))

    assert play.state.variables == {"n": 1}
    assert play.state.status == "completed"


def test_goto_step_while_paused_makes_what_waited_for_the_resume_void() -> None:
    document = workflow(
        activity("a"),
        activity("b"),
        activity("c"),
        transitions=[("start", "a"), ("a", "b"), ("b", "end"), ("c", "end")],
        event_handlers=[handler("h", "goto_step", of={"step_id": "c"})],
    )
    play = Play(document)
    play.tell(Pause(id="p"))
    play.complete("a")
    event(play)

    play.tell(Resume(id="r"))

    assert [task.step_id for task in play.tasks()] == ["c"]


def test_cancel_that_came_while_paused_ends_the_execution_at_the_resume() -> None:
    play = begun(handler("h", "cancel_workflow"))
    play.tell(Pause(id="p"))
    event(play)
    assert play.state.status == "paused"

    play.tell(Resume(id="r"))

    assert play.state.status == "canceled"


def test_handler_that_resumes_acts_at_once_and_lets_the_others_act_on_the_same_event() -> None:
    play = begun(handler("h", "resume_workflow"), sets("n"))
    play.tell(Pause(id="p"))

    event(play)

    assert play.state.status == "running"
    assert play.state.variables == {"n": True}
    assert refusals(play) == []
    event(play, 2)
    assert refusals(play) == [("h", "InvalidState")]


def test_handler_that_resumes_waits_for_the_resume_when_its_condition_is_false() -> None:
    play = begun(handler("h", "resume_workflow", condition="$.event.go"))
    play.tell(Pause(id="p"))

    event(play, 1, {})

    assert play.state.status == "paused"
    play.tell(Resume(id="r"))
    assert refusals(play) == []


def test_signal_that_came_while_paused_is_decided_at_the_resume() -> None:
    play = begun(sets("n", "$.event", condition="$.event > 1"))
    play.tell(Pause(id="p"))
    play.tell(Signal(id="s1", name="go", payload=1))
    play.tell(Signal(id="s2", name="go", payload=2))
    assert [each.id for each in play.state.arrivals] == ["s1", "s2"]

    play.tell(Resume(id="r"))

    assert play.state.variables == {"n": 2}
    assert play.state.signals == {"go": [1]}
    assert play.state.arrivals == []


def test_what_was_kept_is_decided_over_several_commits_when_it_is_much() -> None:
    script = handler("h", "execute_script", of={"script": "{'n': $append($.context.n, $.event.n)}"})
    play = begun(script, rules=Rules(bytes_per_commit=2_000))
    play.tell(Pause(id="p"))
    for number in range(60):
        event(play, number, {"n": number})

    play.tell(Resume(id="r"))
    assert 0 < len(play.state.arrivals) < 60
    left = len(play.state.arrivals)
    play.complete("a")
    play.complete("b")  # the end is reached, but not everything that came before is decided
    event(play, 60, {"n": 60})
    play.tell(Signal(id="s", name="go", payload={"n": 61}))
    assert len(play.state.arrivals) == left + 2
    while any(isinstance(effect, Continue) for effect in outstanding(play.state)):
        play.advance()

    assert play.state.status == "completed"
    assert play.state.variables == {"n": list(range(62))}


def test_what_was_kept_is_left_when_the_execution_is_cancelled() -> None:
    play = begun(sets("n"))
    play.tell(Pause(id="p"))
    event(play)

    play.tell(Cancel(id="c"))

    assert list(outstanding(play.state)) == []
    assert play.state.variables == {}


def test_waiting_step_that_goto_step_leads_to_asks_for_the_event_itself() -> None:
    document = workflow(
        activity("a"),
        wait("w"),
        transitions=[("start", "a"), ("a", "w"), ("w", "end")],
        event_handlers=[handler("h", "goto_step", of={"step_id": "w"})],
    )
    play = Play(document)
    event(play, 1)
    assert list(play.state.runs) == ["w#1"]

    event(play, 1)

    assert play.state.status == "completed"
    assert play.tell(Rerun(id="r", step="w"))


def test_execution_that_cannot_listen_fails_when_it_is_paused_before_its_start() -> None:
    document = chain(activity("a"), event_handlers=[sets("n", correlation="$.input.none")])
    play = Play(document, {}, begin=False)

    play.tell(Pause(id="p"))

    assert play.state.status == "failed"
    assert "WorkflowPaused" not in play.kinds

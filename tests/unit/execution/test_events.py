"""Events for steps that wait: by name and correlation, early, late, twice, and while the execution is paused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.execution.arrivals import correlation_text
from chalicelib.domain.execution.arrivals_fold import is_news
from chalicelib.domain.execution.commands import Cancel, DeliverEvent, Pause, Rerun, Resume, Retry, Signal, WakeUp
from chalicelib.domain.execution.decide import decide
from chalicelib.domain.execution.effects import Continue, Listen, Unlisten, outstanding
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import history_events
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow


def wait(step_id: str = "w", name: str = "go", **of: Any) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": "wait", "event_name": name, **of}}


def event(
    play: Play, number: int, data: Any = None, *, name: str = "go", correlation: str | None = None, **fields: Any
) -> list[Event]:
    command = DeliverEvent(
        event_id=f"e{number}", name=name, data=data, correlation=correlation, published_at=play.now, **fields
    )
    return play.tell(command)


def received(play: Play) -> list[dict[str, Any]]:
    return [event.details for event in play.events if event.type == "ExternalEventReceived"]


def listeners(play: Play) -> list[Listen]:
    return [effect for effect in outstanding(play.state) if isinstance(effect, Listen)]


SIDE_BY_SIDE = [("start", "v"), ("start", "w"), ("v", "end"), ("w", "end")]


def test_wait_completes_with_the_data_of_its_event() -> None:
    play = Play(chain(wait(correlation="$.input.order", output_mapping={"n": "$.output.n"})), {"order": "o-1"})

    event(play, 1, {"n": 5}, correlation="o-1", source="shop")

    assert (play.state.status, play.state.output) == ("completed", {"n": 5})
    assert received(play) == [
        {
            "event_name": "go",
            "event_id": "e1",
            "data": {"n": 5},
            "correlation": "o-1",
            "source": "shop",
            "published_at": "2026-01-01T00:00:00.000Z",
            "taken_by": ["w#1"],
        }
    ]
    assert [row["source"] for row in history_events(play.commits[-1], "w") if row["event_type"].startswith("Ext")] == [
        "shop"
    ]


@pytest.mark.parametrize(
    ("given", "correlation", "matches"),
    [
        ("o-1", "o-1", True),
        ("o-1", "o-2", False),
        ("o-1", None, False),
        (7, "7", True),
        (True, "true", True),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}', True),
        ("7", "7", True),
    ],
)
def test_correlation_is_compared_as_text(given: Any, correlation: str | None, matches: bool) -> None:
    play = Play(chain(wait(correlation="$.input.order")), {"order": given})

    events = event(play, 1, correlation=correlation)

    assert bool(events) is matches
    assert correlation_text(given) == listeners(play)[0].correlation if not matches else play.state.is_terminal


def test_wait_without_a_correlation_takes_any_event_of_its_name() -> None:
    play = Play(chain(wait()))

    assert event(play, 1, name="other") == []
    event(play, 2, correlation="whatever")

    assert play.state.status == "completed"


def test_wait_listens_for_what_was_published_since_the_execution_was_made() -> None:
    play = Play(chain(activity("a"), wait(correlation="$.input.order")), {"order": "o-1"})
    assert listeners(play) == []

    play.now += timedelta(hours=1)
    play.complete("a")

    wanted = Listen("w#1", "go", "o-1", BEGIN)
    assert [effect for effect in play.effects if isinstance(effect, Listen)] == [wanted]
    assert listeners(play) == [wanted]
    assert list(outstanding(play.state, since=play.state.commit + 1)) == []


def test_wait_begun_in_a_later_commit_listens_from_that_commit_on() -> None:
    play = Play(chain(wait()), rules=Rules(steps_per_commit=1))
    while any(isinstance(effect, Continue) for effect in play.effects):
        play.advance()

    assert [effect for effect in play.effects if isinstance(effect, Listen)] == [Listen("w#1", "go", None, BEGIN)]


@pytest.mark.parametrize("how", ["event", "timeout", "cancel"])
def test_listening_ends_when_the_wait_does(how: str) -> None:
    play = Play(chain(wait(timeout=5), activity("a")))
    play.effects = []

    if how == "event":
        event(play, 1)
    elif how == "timeout":
        play.wait(5)
    else:
        play.tell(Cancel(id="c"))

    assert Unlisten("w#1", "go", None) in play.effects


def test_event_goes_to_every_step_that_waits_when_it_comes() -> None:
    play = Play(workflow(wait("v"), wait("w"), transitions=SIDE_BY_SIDE))

    event(play, 1, "x")

    assert play.state.status == "completed"
    assert [details["taken_by"] for details in received(play)] == [["v#1", "w#1"]]


def test_signal_goes_to_one_of_the_steps_that_wait() -> None:
    play = Play(workflow(wait("v"), wait("w"), transitions=SIDE_BY_SIDE))

    play.tell(Signal(id="s", name="go"))

    assert list(play.state.runs) == ["w#1"]


def test_second_of_two_waits_never_gets_the_event_of_the_first() -> None:
    play = Play(chain(wait("v"), wait("w")))
    event(play, 1, "x")

    assert event(play, 1, "x") == []
    assert not is_news(play.state, "w#1", "e1")
    assert is_news(play.state, "w#1", "e2")
    event(play, 2, "y")

    assert play.state.status == "completed"


def test_event_that_nobody_wants_leaves_no_trace_and_is_used_when_it_comes_again_for_a_step_that_waits() -> None:
    play = Play(chain(activity("a"), wait()))
    assert event(play, 1, "early") == []

    play.complete("a")
    event(play, 1, "early")

    assert play.state.status == "completed"


def test_event_for_many_items_goes_to_the_one_it_is_about() -> None:
    document = workflow(
        {"id": "m", "step_type": {"type": "map", "items": "$.input", "entry_step_id": "w", "exit_step_id": "w"}},
        wait(correlation="$.item.id"),
        transitions=[("start", "m"), ("m", "end")],
    )
    play = Play(document, [{"id": 1}, {"id": 2}, {"id": 3}])

    event(play, 1, "two", correlation="2")
    assert list(play.state.runs) == ["m#1", "w#1", "w#3"]
    event(play, 2, "one", correlation="1")
    event(play, 3, "three", correlation="3")

    completed = next(each for each in play.events if each.type == "StepCompleted" and each.step_id == "m")
    assert completed.details["output"] == ["one", "two", "three"]


def test_event_that_comes_twice_in_one_batch_counts_once() -> None:
    play = Play(chain(wait("v"), wait("w")))
    twice = DeliverEvent(event_id="e1", name="go", published_at=BEGIN)

    play.tell_all([twice, twice])

    assert list(play.state.runs) == ["w#1"]


@pytest.mark.parametrize("correlation", ["$.input.none", "$.input.n.m + 1"])
def test_wait_fails_when_its_correlation_has_no_value(correlation: str) -> None:
    play = Play(chain(wait(correlation=correlation)), {"n": "x"})

    assert play.state.error is not None
    assert play.state.error.code == "ExpressionError"
    assert listeners(play) == []


def test_event_is_ignored_when_the_execution_has_ended_or_not_begun() -> None:
    play = Play(chain(wait()))
    event(play, 1)

    assert event(play, 2) == []


# --- paused -----------------------------------------------------------------------------------------------------------


def test_event_is_kept_while_paused_and_taken_at_the_resume() -> None:
    play = Play(chain(wait(output_mapping={"$": "$.output.got"})))
    play.tell(Pause(id="p"))

    event(play, 1, "x", lineage=2, source="shop")
    assert event(play, 1, "x") == []
    assert play.state.status == "paused"
    play.tell(Resume(id="r"))

    assert (play.state.status, play.state.output) == ("completed", {"got": "x"})
    kept, taken = received(play)
    assert kept["kept"] is True
    assert taken == {"event_name": "go", "event_id": "e1", "was_kept": True, "taken_by": ["w#1"]}


def test_events_kept_are_decided_in_the_order_in_which_they_came() -> None:
    play = Play(chain(wait("v", output_mapping={"$": "$.output.v"}), wait("w", output_mapping={"$": "$.output.w"})))
    play.tell(Pause(id="p"))
    event(play, 1, "first")
    event(play, 2, "second")

    play.tell(Resume(id="r"))

    assert list(play.state.runs) == ["w#1"]
    assert received(play)[-1] == {"event_name": "go", "event_id": "e2", "was_kept": True, "ignored": True}
    assert is_news(play.state, "w#1", "e2")
    event(play, 2, "second")
    assert play.state.output == {"v": "first", "w": "second"}


def test_event_that_nobody_wants_is_not_kept_while_paused() -> None:
    play = Play(chain(wait()))
    play.tell(Pause(id="p"))

    assert event(play, 1, name="other") == []


def test_event_is_refused_when_too_many_are_kept() -> None:
    play = Play(chain(wait()), rules=Rules(max_kept_signals=1))
    play.tell(Pause(id="p"))
    event(play, 1)

    (refused,) = event(play, 2)

    assert (refused.type, refused.details["code"], refused.details["request_id"]) == (
        "RequestRefused",
        "LimitExceeded",
        "e2",
    )


def test_wait_times_out_at_the_resume_unless_its_event_was_kept() -> None:
    document = workflow(wait("v", timeout=5), wait("w", name="other", timeout=5), transitions=SIDE_BY_SIDE)
    play = Play(document)
    play.tell(Pause(id="p"))
    event(play, 1)
    play.now += timedelta(seconds=10)
    play.tell(WakeUp(at=play.now))

    play.tell(Resume(id="r"))

    assert play.state.error is not None
    assert "'w'" in play.state.error.message
    assert "StepCompleted v" in play.kinds


def test_execution_that_is_revived_listens_anew() -> None:
    play = Play(chain(wait(), activity("a")))
    event(play, 1, "x")
    play.fail("a")
    play.tell(Rerun(id="r", step="w"))

    assert listeners(play) == [Listen("w#2", "go", None, BEGIN)]
    assert event(play, 1, "x") == []
    event(play, 2, "y")

    play.fail("a")
    play.tell(Retry(id="again", step="a"))
    assert [task.run_id for task in play.tasks()] == ["a#3"]


def test_event_goes_to_nobody_more_when_the_first_to_take_it_ends_the_others() -> None:
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("v", "w")]
    document = workflow(
        {"id": "p", "step_type": {"type": "parallel", "branches": branches, "completion_strategy": "any"}},
        wait("v"),
        wait("w"),
        transitions=[("start", "p"), ("p", "end")],
    )
    play = Play(document)

    event(play, 1, "x")

    assert play.state.status == "completed"
    assert "StepCanceled w" in play.kinds


def test_event_ends_one_wait_when_that_cancels_the_other() -> None:
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("v", "w")]
    race = {"id": "p", "step_type": {"type": "parallel", "branches": branches, "completion_strategy": "any"}}
    play = Play(workflow(race, wait("v"), wait("w"), transitions=[("start", "p"), ("p", "end")]), {})

    event(play, 1, "x")

    assert play.state.status == "completed"
    assert {name: run.state for name, run in play.state.latest.items() if name in "vw"} == {
        "v": "completed",
        "w": "canceled",
    }


def test_pause_fails_what_cannot_begin_when_a_handler_has_no_correlation() -> None:
    handler = {
        "id": "h",
        "event_name": "go",
        "correlation": "$.input.order",
        "handler_type": {"type": "pause_workflow"},
    }
    play = Play(chain(wait(), event_handlers=[handler]), {"order": "o-1"})
    created = msgspec.structs.replace(
        play.commits[0], events=(Event("WorkflowCreated", None, {**play.commits[0].events[0].details, "input": {}}),)
    )

    decision = decide(play.program, evolve_commit(None, created), Pause(id="p"), BEGIN)

    assert [event.type for event in decision.events][-1] == "WorkflowFailed"
    assert "WorkflowPaused" not in [event.type for event in decision.events]

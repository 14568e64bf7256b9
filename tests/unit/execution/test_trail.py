"""The trail: which ways an execution has gone, and what became of its branches and items."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from chalicelib.domain.execution.commands import Cancel, CompleteTask, Rerun, Retry, Signal, Skip, SubmitHuman
from chalicelib.domain.execution.trail import Trail, Way
from tests.unit.execution.asking import HOUR, deadline
from tests.unit.execution.asking import play as asking
from tests.unit.execution.handlers import begun, event, handler
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow
from tests.unit.execution.sagas import side_by_side, twice
from tests.unit.execution.test_map import mapped
from tests.unit.execution.test_parallel import branched
from tests.unit.execution.test_waiting import signal, wait


def ways(play: Play) -> set[tuple[Any, ...]]:
    """Every way gone: (source, target, kind), and the detail if there is one."""
    return {tuple(way) if way.detail else way[:3] for way in Trail(play.commits).ways}


def states(play: Play, run_id: str) -> dict[str, int]:
    """How many branches or items of a run are in which state."""
    return dict(Trail(play.commits).items_of(run_id).states)


def test_normal_ways_are_gone_when_steps_complete_or_are_skipped() -> None:
    play = Play(chain(activity("a", skippable=True), activity("b")))
    play.tell(Skip(id="1", step="a"))
    play.complete("b")

    assert ways(play) == {("start", "a", "normal"), ("a", "b", "normal"), ("b", "end", "normal")}


def test_a_way_is_gone_when_its_step_fails_but_the_workflow_continues() -> None:
    play = Play(chain(activity("a", error_policy={"type": "continue_workflow"})))
    play.fail("a")

    assert ("a", "end", "normal") in ways(play)


@pytest.mark.parametrize(
    ("n", "way"), [(1, ("d", "big", "decision", "$.input.n > 0")), (0, ("d", "small", "decision"))]
)
def test_a_decision_is_known_by_its_condition_when_it_chose(n: int, way: tuple[str, ...]) -> None:
    of = {
        "type": "decision",
        "conditions": [{"condition": "$.input.n > 0", "transition_to": "big"}],
        "default": "small",
    }
    document = workflow(
        {"id": "d", "step_type": of},
        activity("big"),
        activity("small"),
        transitions=[("start", "d"), ("big", "end"), ("small", "end")],
    )

    assert ways(Play(document, {"n": n})) == {("start", "d", "normal"), way}


def test_an_error_is_known_by_its_code_when_a_failure_is_answered() -> None:
    transitions = [("start", "a"), ("a", "end"), ("a", "b", "error:Boom"), ("b", "end")]
    play = Play(workflow(activity("a", retry_policy={"max_attempts": 2}), activity("b"), transitions=transitions))
    play.fail("a", retryable=True)
    play.wait(1)
    play.fail("a")

    assert ways(play) == {("start", "a", "normal"), ("a", "b", "error", "Boom")}


def test_a_way_is_normal_when_an_attempt_timed_out_but_the_next_was_in_time() -> None:
    step = activity("a", timeout=5, retry_policy={"max_attempts": 2, "initial_interval": 0})
    play = Play(chain(step))
    play.wait(6)
    play.complete("a")

    assert ways(play) == {("start", "a", "normal"), ("a", "end", "normal")}


def test_a_timeout_is_told_apart_when_a_wait_takes_too_long() -> None:
    document = workflow(
        wait(of={"timeout": 60, "timeout_step_id": "late"}),
        activity("late"),
        transitions=[("start", "w"), ("w", "end"), ("late", "end")],
    )
    in_time, late = Play(document), Play(document)
    signal(in_time, 1)
    late.wait(61)

    assert ways(in_time) == {("start", "w", "normal"), ("w", "end", "normal")}
    assert ways(late) == {("start", "w", "normal"), ("w", "late", "timeout")}


def test_a_deadline_is_told_apart_when_nobody_answers() -> None:
    play = asking(**deadline({"type": "custom", "step_id": "late"}))
    play.wait(2 * HOUR)

    assert ways(play) == {("start", "ask", "normal"), ("ask", "late", "deadline")}


def test_a_way_is_normal_when_an_answer_comes_after_the_escalation() -> None:
    play = asking(**deadline({"type": "escalate", "user_groups": ["bosses"]}))
    play.wait(2 * HOUR)
    play.tell(SubmitHuman(id="1", step="ask", action="approve", by="ann", groups=("bosses",)))

    assert ways(play) == {("start", "ask", "normal"), ("ask", "then", "normal")}


def test_branches_are_entered_and_joined_when_they_complete() -> None:
    play = Play(branched())
    play.complete("a")
    assert states(play, "p#1") == {"running": 2}
    play.complete("c")
    assert states(play, "p#1") == {"running": 1, "completed": 1}
    play.complete("b")

    assert ways(play) == {
        ("start", "p", "normal"),
        ("p", "a", "branch"),
        ("p", "c", "branch"),
        ("a", "b", "normal"),
        ("b", "p", "join"),
        ("c", "p", "join"),
        ("p", "end", "normal"),
    }
    assert states(play, "p#1") == {"completed": 2}
    assert Trail(play.commits).owners == {"a#1": "p#1", "b#1": "p#1", "c#1": "p#1"}


def test_branches_are_cancelled_when_another_was_enough() -> None:
    play = Play(branched("any"))
    play.complete("c")

    assert states(play, "p#1") == {"completed": 1, "canceled": 1}
    assert ("b", "p", "join") not in ways(play)


def test_branches_go_on_when_they_need_not_be_cancelled() -> None:
    play = Play(branched("any", of={"cancel_remaining": False}))
    play.complete("c")

    assert states(play, "p#1") == {"completed": 1, "running": 1}


def test_a_branch_has_failed_when_nothing_answers_its_failure() -> None:
    play = Play(branched())
    play.fail("a")

    assert states(play, "p#1") == {"failed": 1, "canceled": 1}
    assert ("a", "p", "join") not in ways(play)


def test_branches_are_cancelled_when_the_execution_ends() -> None:
    play = Play(branched())
    play.tell(Cancel(id="1"))

    assert states(play, "p#1") == {"canceled": 2}


def test_items_are_pending_when_their_turn_has_not_come() -> None:
    play = Play(mapped(max_concurrency=2, tolerated_failure_percentage=50), {"items": list(range(5))})
    play.complete_run("i#1")
    play.fail_run("i#2")

    found = Trail(play.commits).items_of("m#1")

    assert found.total == 5
    assert found.states == Counter(completed=1, failed=1, running=2, pending=1)


def test_nothing_is_known_of_the_items_when_the_run_has_none() -> None:
    assert Trail().items_of("m#1") == (Counter(), 0)


def test_an_item_counts_once_when_its_step_is_run_again() -> None:
    play = Play(mapped(), {"items": [1]})
    play.fail_run("i#1")
    play.tell(Rerun(id="1", step="m"))
    play.complete_run("i#2")

    assert states(play, "m#1") == {"failed": 1}
    assert states(play, "m#2") == {"completed": 1}


def test_compensations_are_known_when_they_have_begun() -> None:
    play = Play(twice())
    play.complete("a")
    play.complete("b")
    play.fail("c")
    play.complete("undo-b")

    found = ways(play)

    assert {("b", "undo-b", "compensation"), ("a", "undo-a", "compensation")} <= found
    assert not [way for way in found if way[1] == "undo-b" and way[2] != "compensation"]


def test_an_outcome_that_comes_late_leads_nowhere_but_to_its_compensation() -> None:
    play = Play(side_by_side(timeout=30))
    charge = play.task("charge")
    play.fail("reserve")
    before = ways(play)

    play.tell(CompleteTask(run_id=charge.run_id, attempt=1, output={"id": "pay"}, started_at=BEGIN, node="n"))

    assert ways(play) - before == {("charge", "refund", "compensation")}


def test_handlers_are_known_when_they_lead_on() -> None:
    play = begun(handler("jump", "goto_step", of={"step_id": "b"}), handler("note", "pause_workflow"))
    event(play)

    trail = Trail(play.commits)

    assert trail.handlers == {("jump", "b")}
    assert Way("a", "b", "normal") not in trail.ways


def test_a_run_is_dated_when_it_is_first_heard_of() -> None:
    play = Play(chain(activity("a")))
    play.wait(10)
    play.tell(Signal(id="1", name="x"))
    play.complete("a")

    assert Trail(play.commits).created_at["a#1"].startswith(f"{BEGIN:%Y-%m-%dT%H:%M:%S}")


def test_a_way_is_gone_when_a_failed_step_is_retried_by_hand() -> None:
    play = Play(chain(activity("a")))
    play.fail("a")
    play.tell(Retry(id="1", step="a"))
    play.complete("a")

    assert ways(play) == {("start", "a", "normal"), ("a", "end", "normal")}

"""What a failing step leads to: retries, error transitions, policies, timeouts."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.execution.commands import Advance, CompleteTask, FailExecution, WakeUp
from chalicelib.domain.execution.decide import decide, give_up
from chalicelib.domain.execution.effects import Continue, Dispatch, Offer, RunInline, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.program import ActivityTraits, Rules
from tests.unit.execution.play import Play, activity, chain, workflow


def code_of(play: Play) -> str | None:
    return None if play.state.error is None else play.state.error.code


def test_execution_fails_when_a_step_fails_and_nothing_answers() -> None:
    play = Play(chain(activity("a")))

    play.fail("a", "CardDeclined", details={"limit": 5})

    assert play.state.status == "failed"
    assert play.state.error == ErrorInfo(code="CardDeclined", message="it failed", details={"limit": 5})
    assert play.events[-1].details["failed_step_id"] == "a"


def test_retries_come_exactly_when_the_policy_says() -> None:
    policy = {"max_attempts": 4, "initial_interval": 2, "backoff_coefficient": 3, "max_interval": 10}
    play = Play(chain(activity("a", retry_policy=policy)))
    times = []

    for _ in range(3):
        play.fail("a")
        assert play.tasks() == []
        times.append(play.wait_for_deadline())
    play.complete("a")

    assert times == [2, 8, 18]
    assert play.state.status == "completed"
    assert play.events[-1].details["duration_ms"] == 18_000
    assert [event.details["retry_count"] for event in play.events if event.type == "StepRetried"] == [1, 2, 3]


def test_step_fails_when_its_retries_are_used_up() -> None:
    play = Play(chain(activity("a", retry_policy={"max_retries": 1, "retry_intervals": [5]})))

    play.fail("a", "First")
    play.wait(5)
    play.fail("a", "Second")

    assert code_of(play) == "Second"
    failed = next(event for event in play.events if event.type == "StepFailed")
    assert failed.details["attempts"] == 2


def test_retry_follows_at_once_when_its_interval_is_zero() -> None:
    play = Play(chain(activity("a", retry_policy={"max_retries": 1, "retry_intervals": [0]})))

    play.fail("a")

    assert play.task("a").attempt == 2


@pytest.mark.parametrize(("code", "attempts"), [("Busy", 2), ("Broken", 1)])
def test_retry_condition_decides_when_it_is_given(code: str, attempts: int) -> None:
    policy = {"max_retries": 1, "retry_intervals": [0], "retry_condition": "$.error.code = 'Busy' and $.input.n = 1"}
    play = Play(chain(activity("a", retry_policy=policy, of={"input_mapping": {"n": "$.input.m"}})), {"m": 1})

    play.fail("a", code)

    assert [task.attempt for task in play.tasks()] == ([attempts] if attempts > 1 else [])


def test_step_fails_when_its_retry_condition_cannot_be_evaluated() -> None:
    policy = {"max_retries": 1, "retry_intervals": [0], "retry_condition": "$.error.message + 1 > 0"}
    play = Play(chain(activity("a", retry_policy=policy)))

    play.fail("a")

    assert code_of(play) == "ExpressionError"


@pytest.mark.parametrize(
    ("fields", "rules", "attempts"),
    [
        ({}, Rules(), 1),
        ({}, Rules(default_retry=RetryPolicy(max_attempts=2)), 2),
        ({}, Rules(activities={"t": ActivityTraits(retry=RetryPolicy(max_attempts=3))}), 3),
        ({"error_policy": {"type": "retry", "max_attempts": 4}}, Rules(), 4),
        ({"error_policy": {"type": "retry", "max_attempts": 4}, "retry_policy": {"max_attempts": 5}}, Rules(), 5),
        ({"retry_policy": {"max_attempts": 5}, "of": {"retry_policy": {"max_attempts": 6}}}, Rules(), 6),
    ],
)
def test_nearest_policy_wins_when_several_are_set(fields: dict[str, Any], rules: Rules, attempts: int) -> None:
    play = Play(chain(activity("a", **fields)), rules=rules)
    made = 0

    while not play.state.is_terminal:
        made += 1
        play.fail("a")
        if not play.state.is_terminal:
            play.wait_for_deadline()

    assert made == attempts


def test_lost_attempt_is_repeated_without_counting_against_the_policy() -> None:
    play = Play(chain(activity("a")), rules=Rules(max_losses=2))

    play.fail("a", "WorkerLost", lost=True)
    play.fail("a", "WorkerLost", lost=True)
    assert play.task("a").attempt == 3
    play.fail("a", "WorkerLost", lost=True)

    assert code_of(play) == "WorkerLost"


def test_error_transition_answers_a_failure_before_the_policy() -> None:
    document = workflow(
        activity("a", error_policy={"type": "continue_workflow"}),
        activity("any"),
        activity("named"),
        transitions=[
            ("start", "a"),
            ("a", "end"),
            ("a", "any", "error"),
            ("a", "named", "error:card_declined"),
            ("any", "end"),
            ("named", "end"),
        ],
    )
    named, other = Play(document), Play(document)

    named.fail("a", "CardDeclined")
    other.fail("a", "Other")

    assert [task.step_id for task in named.tasks()] == ["named"]
    assert [task.step_id for task in other.tasks()] == ["any"]
    other.complete("any")
    assert other.state.status == "completed"


def test_error_transition_sees_the_error() -> None:
    edge = {"from_step_id": "a", "to_step_id": "b", "condition": "error", "before_transition": "{'e': $.error.code}"}
    play = Play(workflow(activity("a"), activity("b"), transitions=[("start", "a"), ("a", "end"), edge, ("b", "end")]))

    play.fail("a", "Odd")

    assert play.state.variables == {"e": "Odd"}


def test_step_that_answers_a_failure_sees_the_error_and_later_ones_do_not() -> None:
    see = {"input_mapping": {"code": "$.error.code"}}
    document = workflow(
        activity("a"),
        activity("b", of=see),
        activity("c", of=see),
        transitions=[("start", "a"), ("a", "end"), ("a", "b", "error"), ("b", "c"), ("c", "end")],
    )
    play = Play(document)

    play.fail("a", "Odd")
    assert play.task("b").input == {"code": "Odd"}
    play.complete("b")

    assert play.task("c").input == {}


def test_execution_ends_partially_failed_when_the_policy_says_to_continue() -> None:
    play = Play(chain(activity("a", error_policy={"type": "continue_workflow"}), activity("b")))

    play.fail("a")
    play.complete("b")

    assert (play.state.status, play.state.error) == ("partially_failed", None)


def test_default_error_policy_counts_when_the_step_has_none() -> None:
    play = Play(chain(activity("a"), activity("b"), default_error_policy={"type": "continue_workflow"}))

    play.fail("a")

    assert [task.step_id for task in play.tasks()] == ["b"]


def test_execution_fails_when_the_expression_of_an_error_transition_fails() -> None:
    edge = {"from_step_id": "a", "to_step_id": "end", "condition": "error", "before_transition": "$.error.code + 1"}
    play = Play(workflow(activity("a"), transitions=[("start", "a"), ("a", "end", "true"), edge]))

    play.fail("a")

    assert code_of(play) == "ExpressionError"


def test_step_is_skipped_when_a_precondition_does_not_hold_and_it_may_be() -> None:
    play = Play(chain(activity("a", skippable=True, preconditions=["$.input.go"]), activity("b")), {"go": False})

    assert [task.step_id for task in play.tasks()] == ["b"]
    assert play.state.latest["a"].state == "skipped"


def test_execution_fails_when_the_transition_out_of_a_skipped_step_cannot_be_evaluated() -> None:
    document = workflow(
        activity("a", skippable=True, preconditions=["false"]),
        transitions=[("start", "a"), ("a", "end", "'x' + 1 = 2")],
    )

    assert code_of(Play(document)) == "ExpressionError"


def test_step_fails_when_a_precondition_does_not_hold_and_it_may_not_be_skipped() -> None:
    play = Play(chain(activity("a", preconditions=["$.input.n = 1"], of={"input_mapping": {"n": 2}})))

    assert code_of(play) == "PreconditionFailed"


def test_step_fails_when_its_input_mapping_cannot_be_evaluated() -> None:
    play = Play(chain(activity("a", of={"input_mapping": {"n": "$.input.text + 1"}})), {"text": "x"})

    assert code_of(play) == "ExpressionError"
    assert play.state.error is not None
    assert play.state.error.details["expression"] == "$.input.text + 1"


def test_step_fails_when_its_own_expression_cannot_be_evaluated() -> None:
    step = {"id": "s", "step_type": {"type": "script", "expression": "$.input.text + 1"}}

    assert code_of(Play(chain(step), {"text": "x"})) == "ExpressionError"


def test_attempt_fails_when_a_postcondition_does_not_hold() -> None:
    step = activity("a", postconditions=["$.result.ok"], retry_policy={"max_retries": 1, "retry_intervals": [0]})
    play = Play(chain(step))

    play.complete("a", {"ok": False})
    assert play.task("a").attempt == 2
    play.complete("a", {"ok": False})

    assert code_of(play) == "PostconditionFailed"


def test_ended_execution_ignores_every_command() -> None:
    play = Play(chain(activity("a")))
    task = play.task("a")
    play.complete("a")
    error = ErrorInfo(code="EngineError", message="x")

    for command in (
        CompleteTask(run_id=task.run_id, attempt=1, output=1, started_at=play.now),
        WakeUp(at=play.now),
        Advance(cause=1),
        FailExecution(cause="c", error=error),
    ):
        assert play.tell(command) == []
    assert give_up(play.state, FailExecution(cause="c", error=error), play.now).events == ()


def test_outcome_of_an_unknown_run_is_ignored() -> None:
    play = Play(chain(activity("a")))

    assert play.tell(CompleteTask(run_id="b#1", attempt=1, output=1, started_at=play.now)) == []


def test_execution_that_cannot_be_decided_is_failed_visibly() -> None:
    play = Play(chain(activity("a")))
    command = FailExecution(cause="task:a#1:1", error=ErrorInfo(code="EngineError", message="x"))

    decision = give_up(play.state, command, play.now)

    assert decision.state.status == "failed"
    assert [event.type for event in decision.events] == ["StepCanceled", "WorkflowFailed"]
    assert decide(play.program, play.state, command, play.now).state == decision.state


def test_step_without_attempts_fails_at_once_when_a_postcondition_does_not_hold() -> None:
    step = {"id": "s", "step_type": {"type": "script", "expression": "1"}, "postconditions": ["$.result = 2"]}
    play = Play(chain({**step, "retry_policy": {"max_attempts": 3}}))

    assert code_of(play) == "PostconditionFailed"


def test_step_fails_when_a_postcondition_cannot_be_evaluated() -> None:
    play = Play(chain(activity("a", postconditions=["$.result + 1 = 2"])))

    play.complete("a", "x")

    assert code_of(play) == "ExpressionError"


@pytest.mark.parametrize(
    ("step", "definition", "registered", "expected"),
    [
        (None, "standard", False, False),
        (None, "inline", False, True),
        (None, "standard", True, True),
        (False, "inline", True, False),
        (True, "standard", False, True),
    ],
)
def test_activity_runs_inline_when_the_nearest_place_says_so(
    step: bool | None, definition: str, registered: bool, expected: bool
) -> None:
    of = {} if step is None else {"inline": step}
    rules = Rules(activities={"t": ActivityTraits(inline=registered)})

    play = Play(chain(activity("a", of=of), execution_mode=definition), rules=rules)

    assert isinstance(play.effects[0], RunInline if expected else Dispatch)


def test_activity_for_a_task_list_never_runs_inline() -> None:
    play = Play(chain(activity("a", of={"task_list": "gpu"}), execution_mode="inline"))

    assert isinstance(play.effects[0], Offer)


def test_pending_execution_wants_to_be_advanced() -> None:
    play = Play(chain(activity("a")))
    pending = evolve_commit(None, play.commits[0])

    assert list(outstanding(pending)) == [Continue(1)]


def test_task_is_the_same_for_every_attempt_to_those_who_know_its_key() -> None:
    play = Play(chain(activity("a", retry_policy={"max_retries": 1, "retry_intervals": [0]})))
    first = play.task("a")
    play.fail("a")

    assert play.task("a").idempotency_key == first.idempotency_key == "x:a#1"

"""Taking an execution in hand: pause, resume, cancel, skip, retry, rerun, variables, confirmation."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import (
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
from chalicelib.domain.execution.decide import decide_all
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow
from tests.unit.execution.test_waiting import timer, wait

FORK = [("start", "a"), ("start", "b"), ("a", "c"), ("b", "end"), ("c", "end")]
_numbers = iter(range(10_000))


def ask(play: Play, kind: Any, *args: Any, **fields: Any) -> list[Event]:
    named = {"step": args[0]} if args else {}
    return play.tell(kind(id=f"r{next(_numbers)}", by="ann", **named, **fields))


def refusal(events: list[Event]) -> tuple[str, str]:
    (event,) = events
    assert event.type == "RequestRefused"
    return event.details["code"], event.details["message"]


def failed() -> Play:
    play = Play(workflow(activity("a"), activity("b"), activity("c"), transitions=FORK))
    play.fail("a")
    return play


# --- pause and resume -----------------------------------------------------------------------------------------------


def test_outcome_during_a_pause_is_kept_and_acted_on_at_resume() -> None:
    play = Play(chain(activity("a", of={"output_mapping": {"n": "$.context.n"}}), activity("b")))
    ask(play, Pause, reason="lunch")
    assert play.state.status == "paused"

    play.complete("a", {"n": 1})
    assert play.tasks() == []
    assert play.state.variables == {"n": 1}
    ask(play, Resume)

    assert play.task("b")
    assert play.state.status == "running"


def test_failure_during_a_pause_is_answered_at_resume() -> None:
    document = workflow(
        activity("a"), activity("b"), transitions=[("start", "a"), ("a", "end"), ("a", "b", "error"), ("b", "end")]
    )
    play = Play(document)
    ask(play, Pause)

    play.fail("a")
    assert play.state.status == "paused"
    ask(play, Resume)

    assert play.task("b")


def test_execution_fails_at_resume_when_nothing_answers_a_failure_during_the_pause() -> None:
    play = Play(chain(activity("a")))
    ask(play, Pause)
    play.fail("a")

    ask(play, Resume)

    assert play.state.status == "failed"


def test_retry_during_a_pause_waits_for_the_resume() -> None:
    play = Play(chain(activity("a", retry_policy={"max_retries": 2, "retry_intervals": [0, 5]})))
    ask(play, Pause)

    play.fail("a")
    assert play.tasks() == []
    ask(play, Resume)

    assert play.task("a").attempt == 2


def test_timers_that_fall_due_during_a_pause_fire_at_resume() -> None:
    play = Play(chain(timer(type="delay", seconds=10), activity("a")))
    ask(play, Pause)
    assert play.state.earliest_deadline() is None

    assert play.wait(100) == []
    ask(play, Resume)

    assert play.task("a")


def test_signals_during_a_pause_are_delivered_at_resume() -> None:
    play = Play(chain(wait(of={"output_mapping": {"$": "$.output.got"}})))
    ask(play, Pause)

    ask(play, Signal, name="go", payload=7)
    assert "w#1" in play.state.runs
    ask(play, Resume)

    assert (play.state.status, play.state.output) == ("completed", {"got": 7})


def test_execution_completes_at_resume_when_its_last_step_ended_during_the_pause() -> None:
    play = Play(chain(activity("a")))
    ask(play, Pause)
    play.complete("a")
    assert play.state.status == "paused"

    ask(play, Resume)

    assert play.state.status == "completed"


def test_pause_and_resume_are_refused_when_they_do_not_fit() -> None:
    play = Play(chain(activity("a")))

    assert refusal(ask(play, Resume))[0] == "InvalidState"
    ask(play, Pause)
    assert refusal(ask(play, Pause)) == ("InvalidState", "the execution is paused already")


def test_request_is_answered_once_when_it_comes_twice() -> None:
    play = Play(chain(activity("a")))
    pause = Pause(id="p")

    assert play.tell(pause)
    ask(play, Resume)

    assert play.tell(pause) == []
    assert play.state.status == "running"


# --- cancel, skip, variables, confirmation --------------------------------------------------------------------------


def test_cancel_ends_what_is_open_and_says_why() -> None:
    play = Play(chain(activity("a")))

    ask(play, Cancel, reason="no longer wanted")

    assert play.state.status == "canceled"
    assert play.kinds[-2:] == ["StepCanceled a", "WorkflowCanceled"]
    assert play.events[-1].details == {"reason": "no longer wanted", "by": "ann", "duration_ms": 0}
    assert refusal(ask(play, Cancel))[0] == "InvalidState"


def test_skip_ends_the_step_and_takes_its_transitions() -> None:
    play = Play(chain(activity("a", skippable=True), activity("b")))

    ask(play, Skip, "a", reason="not needed")

    assert play.task("b")
    skipped = next(event for event in play.events if event.type == "StepSkipped")
    assert skipped.details == {"reason": "not needed", "by": "ann"}
    assert ask(play, Skip, "a") == []
    play.complete("b")
    assert play.state.is_terminal
    assert ask(play, Skip, "a") == []


@pytest.mark.parametrize(
    ("step", "code"),
    [("a", "NotSkippable"), ("b", "InvalidState"), ("nowhere", "UnknownStep"), ("start", "InvalidState")],
)
def test_skip_is_refused_when_the_step_may_not_or_need_not_be_skipped(step: str, code: str) -> None:
    play = Play(chain(activity("a"), activity("b", skippable=True)))

    assert refusal(ask(play, Skip, step))[0] == code


def test_run_must_be_named_when_a_step_has_several() -> None:
    document = workflow(
        activity("a", skippable=True),
        transitions=[("start", "a"), ("start", "a", "true"), ("a", "end")],
    )
    play = Play(document)

    code, message = refusal(ask(play, Skip, "a"))
    assert code == "Ambiguous"
    assert "a#1, a#2" in message
    ask(play, Skip, "a#2")

    assert list(play.state.runs) == ["a#1"]


def test_skip_during_a_pause_goes_on_at_resume() -> None:
    play = Play(chain(activity("a", skippable=True), activity("b")))
    ask(play, Pause)

    ask(play, Skip, "a")
    assert play.tasks() == []
    ask(play, Resume)

    assert play.task("b")


def test_variables_that_are_set_are_seen_by_later_steps() -> None:
    play = Play(chain(activity("a"), activity("b", of={"input_mapping": {"n": "$.context.n"}})))

    ask(play, SetVariables, variables={"n": 5})
    play.complete("a")

    assert play.task("b").input == {"n": 5}


def test_step_waits_to_be_confirmed() -> None:
    play = Play(chain(activity("a", requires_confirmation=True)), {"i": 1})
    assert play.state.runs["a#1"].state == "waiting_for_confirmation"
    assert play.tasks() == []

    ask(play, Confirm, "a")

    assert play.task("a").input == {"i": 1}
    assert "ann" in [event.details.get("confirmed_by") for event in play.events]
    assert refusal(ask(play, Confirm, "a"))[0] == "InvalidState"


def test_confirmation_is_refused_while_paused() -> None:
    play = Play(chain(activity("a", requires_confirmation=True)))
    ask(play, Pause)

    assert refusal(ask(play, Confirm, "a"))[0] == "InvalidState"


# --- retry and rerun ------------------------------------------------------------------------------------------------


def test_failed_execution_runs_again_from_the_failed_step_and_what_it_cancelled() -> None:
    play = failed()
    assert play.state.status == "failed"

    ask(play, Retry, "a")

    assert play.state.status == "running"
    assert sorted(task.run_id for task in play.tasks()) == ["a#2", "b#2"]
    assert (play.state.attempt, play.state.error, play.state.completed_at) == (2, None, None)
    for step in ("a", "b", "c"):
        play.complete(step)
    assert play.state.status == "completed"


def test_timeout_clock_starts_anew_when_a_failed_execution_is_retried() -> None:
    play = Play(chain(activity("a"), timeout=60))
    play.wait(50)
    play.fail("a")

    ask(play, Retry, "a")

    assert play.wait_for_deadline() == 110
    assert play.state.status == "timed_out"


def test_failed_step_of_a_running_execution_is_retried_alone() -> None:
    play = Play(
        workflow(
            activity("a", error_policy={"type": "continue_workflow"}),
            activity("b"),
            activity("c"),
            transitions=FORK,
        )
    )
    play.fail("a")

    ask(play, Retry, "a")

    assert sorted(task.run_id for task in play.tasks()) == ["a#2", "b#1", "c#1"]
    assert play.state.attempt == 1


@pytest.mark.parametrize("step", ["c", "start"])
def test_retry_is_refused_when_the_step_has_not_failed(step: str) -> None:
    assert refusal(ask(failed(), Retry, step))[0] == "InvalidState"


def test_retry_is_refused_when_the_execution_ended_otherwise() -> None:
    play = Play(chain(activity("a", error_policy={"type": "continue_workflow"})))
    play.fail("a")
    assert play.state.status == "partially_failed"

    assert refusal(ask(play, Retry, "a"))[0] == "InvalidState"


def test_rerun_goes_on_from_a_step_with_a_new_input_and_writes_over() -> None:
    play = Play(chain(activity("a", of={"output_mapping": {"n": "$.output.n"}}), activity("b")), {"i": 1})
    play.complete("a", {"n": 1})
    play.complete("b")

    ask(play, Rerun, "a", input={"i": 2})

    assert (play.task("a").run_id, play.task("a").input) == ("a#2", {"i": 2})
    play.complete("a", {"n": 2})
    assert play.task("b").run_id == "b#2"
    play.complete("b")
    assert (play.state.status, play.state.output) == ("completed", {"n": 2})


def test_rerun_cancels_only_what_the_earlier_run_led_to() -> None:
    play = Play(workflow(activity("a"), activity("b"), activity("c"), transitions=FORK))
    play.complete("a")

    ask(play, Rerun, "a")

    assert sorted(task.run_id for task in play.tasks()) == ["a#2", "b#1"]
    assert "StepCanceled c" in play.kinds


def test_rerun_is_refused_when_the_step_has_not_ended_or_the_execution_was_cancelled() -> None:
    play = Play(chain(activity("a")))
    assert refusal(ask(play, Rerun, "a"))[0] == "InvalidState"

    ask(play, Cancel)

    assert refusal(ask(play, Rerun, "start"))[0] == "InvalidState"


def test_rerun_with_null_as_input_is_not_a_rerun_without() -> None:
    play = Play(chain(activity("a")), {"i": 1})
    play.complete("a")

    ask(play, Rerun, "a", input=None)

    assert play.task("a").input is None


def test_signal_counts_once_when_it_comes_twice_in_one_batch() -> None:
    play = Play(chain(activity("a")))
    signal = Signal(id="s", name="go")

    decision = decide_all(play.program, play.state, [signal, signal], play.now)

    assert [event.type for event in decision.events] == ["SignalReceived"]
    assert decision.command_ids == (signal.command_id,)


def test_each_refusal_names_its_request_when_several_are_decided_together() -> None:
    play = Play(chain(activity("a")))

    decision = decide_all(play.program, play.state, [Pause(id="p"), Pause(id="q"), Pause(id="r")], play.now)

    refused = [event.details["request_id"] for event in decision.events if event.type == "RequestRefused"]
    assert refused == ["q", "r"]


def test_confirmation_is_refused_as_unknown_when_there_is_no_such_step() -> None:
    assert refusal(ask(Play(chain(activity("a"))), Confirm, "nowhere"))[0] == "UnknownStep"


def test_old_requests_are_forgotten_after_the_queue_has() -> None:
    play = Play(chain(activity("a")))
    ask(play, SetVariables, variables={"n": 1})
    assert len(play.state.requests) == 1

    play.now = BEGIN.replace(month=2)
    ask(play, SetVariables, variables={"n": 2})

    assert len(play.state.requests) == 1


def test_row_of_a_failed_run_stays_as_it_was_when_the_step_is_retried() -> None:
    play = failed()

    ask(play, Retry, "a")

    status = status_view(play.commits, None)
    assert status is not None
    assert [(row["run_id"], row["state"]) for row in status["steps"] if row["step_id"] == "a"] == [
        ("a#1", "failed"),
        ("a#2", "scheduled"),
    ]

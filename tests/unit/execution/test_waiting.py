"""Timers, waits and signals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.execution.commands import Signal
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import status_view
from chalicelib.domain.expressions import ExpressionFailure
from chalicelib.domain.steps.timer import fire_instant, next_cron
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow


def timer(step_id: str = "t", **config: Any) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": "timer", "timer_config": config}}


def wait(step_id: str = "w", name: str = "go", **fields: Any) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": "wait", "event_name": name, **fields.pop("of", {})}, **fields}


def signal(play: Play, number: int, payload: Any = None, name: str = "go") -> list[Event]:
    return play.tell(Signal(id=f"s{number}", name=name, payload=payload, by="ann"))


def code_of(play: Play) -> str | None:
    return None if play.state.error is None else play.state.error.code


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        ({"type": "delay", "seconds": 90}, 90),
        ({"type": "delay", "seconds": 0.5}, 0.5),
        ({"type": "delay", "seconds": "$.input.n * 2"}, 10),
        ({"type": "delay", "seconds": 0}, 0),
        ({"type": "datetime", "datetime": "2026-01-02T00:00:00Z"}, 86_400),
        ({"type": "datetime", "datetime": "2025-01-02T00:00:00Z"}, 0),
        ({"type": "cron", "expression": "30 6 * * *"}, 6.5 * 3600),
        ({"type": "cron", "expression": "0 0 * * *"}, 0),
        ({"type": "cron", "expression": "0 9 * * *", "timezone": "Europe/Berlin"}, 8 * 3600),
        ({"type": "delay", "seconds": 3_000_000_000}, 3_000_000_000),
    ],
)
def test_timer_fires_to_the_second_however_far_away(config: dict[str, Any], seconds: float) -> None:
    play = Play(chain(timer(**config)), {"n": 5})

    while not play.state.is_terminal:
        play.wait_for_deadline()

    assert (play.now - BEGIN).total_seconds() == seconds
    assert play.state.status == "completed"
    assert "TimerFired t" in play.kinds


def test_timer_says_until_when_it_waits_and_when_it_fired() -> None:
    play = Play(chain(timer(type="delay", seconds=60), activity("a", of={"input_mapping": {"at": "$.steps.t.output"}})))
    assert play.state.runs["t#1"].state == "waiting_for_timer"

    play.wait_for_deadline()

    assert play.task("a").input == {"at": {"trigger_time": "2026-01-01T00:01:00.000Z"}}


@pytest.mark.parametrize("seconds", ["$.input.text", "$.input.none", "{% -1 %}", "{% 1e12 %}"])
def test_timer_fails_when_its_delay_is_none(seconds: str) -> None:
    assert code_of(Play(chain(timer(type="delay", seconds=seconds)), {"text": "soon"})) == "ExpressionError"


@pytest.mark.parametrize(
    "config",
    [
        {"type": "datetime", "datetime": "tomorrow"},
        {"type": "cron", "expression": "x", "timezone": "UTC"},
        {"type": "cron", "expression": "0 0 * * *", "timezone": "Mars/Olympus"},
        {"type": "cron", "expression": "0 0 30 2 *"},
    ],
)
def test_values_that_name_no_instant_are_an_error(config: dict[str, Any]) -> None:
    with pytest.raises(ExpressionFailure):
        fire_instant(config, BEGIN)


@pytest.mark.parametrize(
    ("now", "fires"),
    [
        # the clock is put forward at 02:00: half past two is missing, and comes at three
        ("2026-03-29T00:30:00+00:00", "2026-03-29T01:00:00+00:00"),
        # the clock is put back at 03:00: half past two comes once, the first time
        ("2026-10-25T00:00:00+00:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T01:00:00+00:00", "2026-10-26T01:30:00+00:00"),
    ],
)
def test_cron_keeps_its_hour_across_daylight_saving(now: str, fires: str) -> None:
    assert next_cron("30 2 * * *", "Europe/Berlin", datetime.fromisoformat(now)) == datetime.fromisoformat(fires)


def test_cron_fires_now_when_it_is_due_now_and_not_a_moment_later() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)

    assert next_cron("0 12 * * *", "UTC", noon) == noon
    assert next_cron("0 12 * * *", "UTC", noon + timedelta(milliseconds=1)) == noon + timedelta(days=1)


def test_step_timeout_ends_a_timer_that_is_later() -> None:
    play = Play(chain({**timer(type="delay", seconds=60), "timeout": 10}))

    assert play.wait_for_deadline() == 10
    assert code_of(play) == "Timeout"


def test_wait_completes_with_the_payload_of_its_signal() -> None:
    play = Play(chain(wait(of={"output_mapping": {"n": "$.output.n"}})))
    assert play.state.status == "waiting_for_event"
    assert play.state.runs["w#1"].state == "waiting_for_event"

    signal(play, 1, {"n": 5})

    assert (play.state.status, play.state.output) == ("completed", {"n": 5})
    received = next(event for event in play.events if event.type == "SignalReceived")
    assert received.details == {"signal_name": "go", "payload": {"n": 5}, "signal_id": "s1", "by": "ann"}


def test_early_signals_are_kept_and_used_in_order() -> None:
    play = Play(
        chain(
            activity("a"),
            wait("v"),
            wait("w"),
            activity("b", of={"input_mapping": {"v": "$.steps.v.output", "w": "$.steps.w.output"}}),
        )
    )
    for number in (1, 2, 3):
        signal(play, number, number)

    play.complete("a")

    assert play.task("b").input == {"v": 1, "w": 2}
    assert play.state.signals == {"go": [3]}


def test_signal_of_another_name_leaves_a_wait_waiting() -> None:
    play = Play(chain(wait()))

    signal(play, 1, name="other")

    assert play.state.runs["w#1"].state == "waiting_for_event"
    assert play.state.signals == {"other": [None]}


def test_signal_counts_once_when_it_comes_twice() -> None:
    play = Play(chain(activity("a")))
    signal(play, 1, "x")

    assert signal(play, 1, "x") == []
    assert play.state.signals == {"go": ["x"]}


def test_oldest_wait_is_served_first_when_several_wait() -> None:
    document = workflow(wait("v"), wait("w"), transitions=[("start", "v"), ("start", "w"), ("v", "end"), ("w", "end")])
    play = Play(document)

    signal(play, 1)

    assert list(play.state.runs) == ["w#1"]


def test_wait_fails_when_its_time_runs_out() -> None:
    play = Play(chain(wait(of={"timeout": 5})))

    play.wait(5)

    assert code_of(play) == "Timeout"


def test_wait_goes_to_its_timeout_step_before_any_error_transition() -> None:
    document = workflow(
        wait(of={"timeout": 5, "timeout_step_id": "late", "output_mapping": {"timeout": "$.output.timeout"}}),
        activity("late"),
        activity("wrong"),
        transitions=[("start", "w"), ("w", "end"), ("w", "wrong", "error"), ("late", "end"), ("wrong", "end")],
    )
    play = Play(document)

    play.wait(5)

    assert [task.step_id for task in play.tasks()] == ["late"]
    completed = next(event for event in play.events if event.type == "StepCompleted" and event.step_id == "w")
    assert completed.details["output"] == {"timeout": True, "timeout_handled": True, "timeout_step": "late"}
    assert play.state.output == {}


def test_signal_is_refused_when_too_many_are_kept() -> None:
    play = Play(chain(activity("a")), rules=Rules(max_kept_signals=2))
    for number in (1, 2):
        signal(play, number)

    (refused,) = signal(play, 3)

    assert (refused.type, refused.details["code"]) == ("RequestRefused", "LimitExceeded")


def test_signal_is_refused_when_the_execution_has_ended() -> None:
    play = Play(chain(activity("a")))
    play.complete("a")

    (refused,) = signal(play, 1)

    assert refused.details == {
        "request": "Signal",
        "request_id": "s1",
        "code": "InvalidState",
        "message": "an execution that is completed cannot be signalled",
        "by": "ann",
    }
    assert play.state.status == "completed"


def test_row_of_a_timer_says_until_when() -> None:
    play = Play(chain(timer(type="delay", seconds=60)))

    status = status_view(play.commits, None)
    assert status is not None
    assert (status["steps"][-1]["state"], status["steps"][-1]["status_info"]["details"]) == (
        "waiting_for_timer",
        "until 2026-01-01T00:01:00.000Z",
    )
    play.wait_for_deadline()
    status = status_view(play.commits, None)
    assert status is not None
    assert status["steps"][1]["status_info"]["details"] is None

"""Event handlers: which of them act, in which order, and several on one event."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.execution.commands import (
    FailExecution,
    Resume,
    Retry,
    Signal,
)
from chalicelib.domain.execution.effects import Listen, Unlisten, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from tests.unit.execution.handlers import begun, errands, event, handler, refusals, sets
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow
from tests.unit.execution.test_events import wait


def test_handlers_act_in_order_of_priority_and_see_what_those_before_did() -> None:
    play = begun(
        handler("last", "execute_script", of={"script": "{'by': $.context.by & 'c'}"}, priority="lowest"),
        handler("middle", "execute_script", of={"script": "{'by': $.context.by & 'b'}"}),
        handler("first", "execute_script", of={"script": "{'by': 'a'}"}, priority="highest"),
    )

    event(play)

    assert play.state.variables == {"by": "abc"}
    received = [each for each in play.events if each.type == "ExternalEventReceived"]
    assert [each.details["handler_id"] for each in received] == ["first", "middle", "last"]
    assert ["published_at" in each.details for each in received] == [True, False, False]


def test_handler_acts_when_its_condition_holds() -> None:
    play = begun(sets("n", "$.event.n", condition="$.event.n > 3"))

    assert event(play, 1, {"n": 2}) == []
    event(play, 2, {"n": 4})

    assert play.state.variables == {"n": 4}


def test_handler_is_refused_when_its_condition_cannot_be_evaluated() -> None:
    play = begun(sets("n", condition="$.event.n + 1 > 3"), sets("m"))

    event(play, 1, {"n": "x"})

    assert refusals(play) == [("set-n", "ExpressionError")]
    assert play.state.variables == {"m": True}


def test_handler_takes_the_correlation_that_it_had_at_the_start() -> None:
    play = begun(sets("n", correlation="$.input.order"), input={"order": 7})
    started = next(each for each in play.events if each.type == "WorkflowStarted")

    assert started.details["listens"] == {"set-n": {"event_name": "go", "correlation": "7"}}
    assert event(play, 1, correlation="8") == []
    assert event(play, 2) == []
    event(play, 3, correlation="7")
    assert play.state.variables == {"n": True}


def test_execution_fails_at_its_start_when_a_correlation_has_no_value() -> None:
    play = begun(sets("n", correlation="$.input.order"), input={})

    assert play.state.error is not None
    assert play.state.error.code == "ExpressionError"
    assert play.state.error.message.startswith("event handlers cannot listen")


def test_handlers_listen_while_the_execution_runs() -> None:
    play = begun(sets("n"))
    wanted = Listen("handler:set-n", "go", None, BEGIN)
    assert [effect for effect in outstanding(play.state) if isinstance(effect, Listen)] == [wanted]

    play.complete("a")
    assert not [effect for effect in play.effects if isinstance(effect, Listen)]
    play.fail("b")
    assert Unlisten("handler:set-n", "go", None) in play.effects
    assert event(play) == []

    play.now += timedelta(hours=1)
    play.tell(Retry(id="r", step="b"))
    assert Listen("handler:set-n", "go", None, play.now) in play.effects


def test_handlers_listen_no_more_when_the_execution_is_given_up() -> None:
    play = begun(sets("n"))

    play.tell(FailExecution(cause="c", error=ErrorInfo(code="EngineError", message="x")))

    assert Unlisten("handler:set-n", "go", None) in play.effects


def test_handlers_act_on_signals_of_their_name_whatever_their_correlation() -> None:
    play = begun(sets("n", "$.event", correlation="$.input"), input="o-1")

    play.tell(Signal(id="s", name="go", payload=5, by="ann"))

    assert play.state.variables == {"n": 5}
    assert play.state.signals == {}
    (received,) = [each.details for each in play.events if each.type == "SignalReceived"]
    assert received == {
        "signal_name": "go",
        "signal_id": "s",
        "payload": 5,
        "by": "ann",
        "handler_id": "set-n",
        "action": "set_variable",
    }


def test_signal_is_kept_when_no_handler_of_its_name_wants_it() -> None:
    play = begun(sets("n", condition="$.event > 5"))

    play.tell(Signal(id="s", name="go", payload=5))

    assert play.state.signals == {"go": [5]}


def test_event_goes_to_the_handlers_and_then_to_the_steps_that_wait() -> None:
    waits = wait("w", output_mapping={"n": "$.output.n"})
    document = chain(waits, activity("a", of={"input_mapping": {"v": "$.context.n"}}), event_handlers=[sets("n")])
    play = Play(document)

    event(play, 1, {"n": 1})
    assert play.task("a").input == {"v": True}

    again = Play(document)
    again.tell(Signal(id="s", name="go", payload={"n": 2}))
    assert (again.task("a").input, again.state.output) == ({"v": True}, {"n": 2})


def test_handler_does_not_use_up_an_event_that_a_step_waits_for_later() -> None:
    document = chain(activity("a"), wait("w"), event_handlers=[sets("n", "{% $count($.context.n) + 1 %}")])
    play = Play(document)
    event(play, 1)

    play.complete("a")
    event(play, 1)

    assert play.state.status == "completed"
    assert play.state.variables == {"n": 1}


def test_handler_whose_condition_was_false_is_not_asked_again_for_a_step_that_waits_later() -> None:
    document = chain(
        activity("a", of={"output_mapping": {"n": "$.context.n"}}),
        wait("w"),
        event_handlers=[sets("done", condition="$.context.n = 1")],
    )
    play = Play(document)
    (ignored,) = event(play, 1)
    assert ignored.details["ignored"] is True

    play.complete("a", {"n": 1})
    event(play, 1)

    assert play.state.status == "completed"
    assert "done" not in play.state.variables


def test_first_goto_step_wins_when_several_are_led_by_one_event() -> None:
    document = workflow(
        activity("a"),
        activity("x"),
        activity("y"),
        transitions=[("start", "a"), ("a", "end"), ("x", "end"), ("y", "end")],
        event_handlers=[
            handler("to-y", "goto_step", of={"step_id": "y"}),
            handler("to-x", "goto_step", of={"step_id": "x"}, priority="high"),
            sets("n"),
        ],
    )
    play = Play(document)

    event(play)

    assert [task.step_id for task in play.tasks()] == ["x"]
    assert refusals(play) == [("to-y", "InvalidState")]
    assert play.state.variables == {"n": True}


def test_handler_that_cancels_lets_those_after_it_do_what_is_outside() -> None:
    play = begun(
        handler("end", "cancel_workflow", priority="high"),
        sets("n"),
        handler("tell", "execute_activity", of={"activity_type": "log"}),
    )

    event(play)

    assert [task.activity_type for task in errands(play)] == ["log"]
    assert play.events[-1].type == "WorkflowCanceled"
    assert play.state.variables == {}


def test_handlers_act_on_an_execution_that_one_before_has_paused() -> None:
    play = begun(
        handler("stop", "pause_workflow", priority="high"),
        handler("skip", "skip_step", of={"step_id": "a"}),
        sets("n"),
    )

    event(play)
    assert (play.state.status, play.state.variables, play.tasks()) == ("paused", {"n": True}, [])
    play.tell(Resume(id="r"))

    assert [task.step_id for task in play.tasks()] == ["b"]


def test_handlers_do_nothing_more_when_one_before_has_ended_the_execution() -> None:
    document = workflow(
        activity("a", skippable=True),
        transitions=[("start", "a"), ("a", "end", "$.result.n = 1")],
        event_handlers=[handler("skip", "skip_step", of={"step_id": "a"}), sets("n")],
    )
    play = Play(document)

    event(play)

    assert play.state.error is not None
    assert play.state.error.code == "NoTransition"
    assert play.state.variables == {}

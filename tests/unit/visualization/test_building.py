"""The graph of an execution: what is seen of its runs, its ways and its items."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chalicelib.domain.execution.commands import Pause, Rerun, Skip
from chalicelib.visualization.graph import Failure
from tests.unit.execution.handlers import begun, event, handler
from tests.unit.execution.play import Play, activity, chain, workflow
from tests.unit.execution.sagas import twice
from tests.unit.execution.test_map import mapped
from tests.unit.execution.test_waiting import wait
from tests.unit.visualization.drawing import drawn, edge, node, played, taken


def test_states_and_times_are_those_of_the_runs_when_an_execution_is_under_way() -> None:
    play = Play(chain(activity("a"), activity("b")))
    play.begin("a")
    play.now += timedelta(seconds=90)

    graph = drawn(play)

    assert (graph.view_type, graph.execution_id, graph.state, graph.elapsed_ms) == ("execution", "x", "running", 90_000)
    a = node(graph, "a")
    assert (a.state, a.current, a.runs, a.attempts, a.elapsed_ms) == ("running", True, 1, 1, 90_000)
    assert node(graph, "start").current is False
    assert (node(graph, "b").state, node(graph, "b").runs) == ("not_started", 0)
    assert taken(graph) == {("start", "a", "normal")}
    assert edge(graph, "a", "b").taken is False


def test_elapsed_time_stands_still_when_everything_has_ended() -> None:
    play = Play(chain(activity("a")))
    play.begin("a")
    play.now += timedelta(seconds=5)
    play.complete("a")
    play.now += timedelta(days=1)

    graph = drawn(play)

    assert graph.elapsed_ms == 5_000
    assert node(graph, "a").elapsed_ms == 5_000
    assert node(drawn(played(play)), "a").elapsed_ms == 5_000


def test_elapsed_time_is_unknown_when_nothing_says_what_time_it_is() -> None:
    play = Play(chain(activity("a")))
    play.begin("a")

    assert node(drawn(played(play)), "a").elapsed_ms is None


def test_a_retry_is_seen_when_an_attempt_has_failed() -> None:
    play = Play(chain(activity("a", retry_policy={"max_attempts": 3, "initial_interval": 60})))
    play.fail("a", retryable=True)

    a = node(drawn(play), "a")

    assert (a.state, a.max_attempts, a.current) == ("scheduled", 3, True)
    assert a.next_retry_at == "2026-01-01T00:01:00.000Z"


def test_progress_is_seen_when_an_activity_tells_of_it() -> None:
    play = Play(chain(activity("a", of={"heartbeat_timeout": 60})))
    play.begin("a")
    play.now += timedelta(seconds=59)
    play.beat("a", progress_percentage=40, details={"rows": 4})

    a = node(drawn(play), "a")

    assert (a.progress_percentage, a.details) == (40, '{"rows":4}')


def test_a_failure_is_seen_when_a_step_has_failed() -> None:
    play = Play(chain(activity("a")))
    play.fail("a", "Broken", message="no luck")

    graph = drawn(play)

    assert graph.state == "failed"
    assert node(graph, "a").error == Failure(code="Broken", message="no luck")


def test_inputs_and_outputs_are_there_when_they_are_asked_for() -> None:
    play = Play(chain(activity("a", of={"input_mapping": {"n": "$.input.n"}})), {"n": 1})
    play.complete("a", {"ok": True})

    shown, hidden = node(drawn(play, show_input_output=True), "a"), node(drawn(play), "a")

    assert (shown.input, shown.output) == ({"n": 1}, {"ok": True})
    assert (hidden.input, hidden.output) == (msgspec.UNSET, msgspec.UNSET)


def test_the_open_run_speaks_for_a_step_when_it_is_run_again() -> None:
    play = Play(chain(activity("a"), activity("b")))
    play.complete("a")
    play.fail("b")
    play.tell(Rerun(id="1", step="a"))

    graph = drawn(play)

    a = node(graph, "a")
    assert (a.state, a.runs, a.counts, a.current) == ("scheduled", 2, {"completed": 1, "scheduled": 1}, True)
    assert node(graph, "b").state == "failed"


def test_a_loop_counts_its_runs_when_it_goes_round() -> None:
    transitions = [
        ("start", "a"),
        ("a", "b"),
        ("b", "a", "$.result.again = true"),
        ("b", "end", "$.result.again = false"),
    ]
    play = Play(workflow(activity("a"), activity("b"), transitions=transitions, allow_cycles=True))
    for again in (True, True, False):
        play.complete("a")
        play.complete("b", {"again": again})

    graph = drawn(play)

    assert (node(graph, "a").runs, node(graph, "a").counts) == (3, {"completed": 3})
    assert edge(graph, "b", "a").taken is True
    assert edge(graph, "b", "end").taken is True


def test_a_skipped_step_says_so_when_somebody_skips_it() -> None:
    play = Play(chain(activity("a", skippable=True)))
    play.tell(Skip(id="1", step="a", reason="not needed"))

    a = node(drawn(play), "a")

    assert (a.state, a.details, a.current) == ("skipped", "not needed", False)


def test_items_are_counted_by_state_when_a_map_is_under_way() -> None:
    play = Play(mapped(max_concurrency=3, tolerated_failure_percentage=50), {"items": list(range(10))})
    play.complete_run("i#1")
    play.fail_run("i#2")

    graph = drawn(play)

    (region,) = graph.regions
    assert (region.total, region.counts) == (10, {"completed": 1, "failed": 1, "pending": 5, "running": 3})
    i = node(graph, "i")
    assert (i.runs, i.counts, i.current) == (5, {"completed": 1, "failed": 1, "scheduled": 3}, True)


def test_the_failed_item_speaks_for_its_step_when_it_cancels_the_others() -> None:
    play = Play(mapped(), {"items": [1, 2, 3]})
    play.fail_run("i#2")

    i = node(drawn(play), "i")

    assert (i.state, i.counts) == ("failed", {"canceled": 2, "failed": 1})
    assert i.error is not None


def test_items_are_those_of_the_latest_run_when_a_map_is_run_again() -> None:
    play = Play(mapped(), {"items": [1, 2]})
    play.fail_run("i#1")
    play.tell(Rerun(id="1", step="m"))

    (region,) = drawn(play).regions

    assert (region.total, region.counts) == (2, {"running": 2})


def test_items_are_those_of_all_runs_when_a_map_is_in_the_items_of_another() -> None:
    inner = {"type": "map", "items": "$.item", "entry_step_id": "deep", "exit_step_id": "deep"}
    play = Play(mapped({"id": "i", "step_type": inner}, activity("deep")), {"items": [[1, 2], [3]]})
    play.complete_run("deep#1")

    outer, within = drawn(play).regions

    assert (outer.total, outer.counts) == (2, {"running": 2})
    assert (within.total, within.counts) == (3, {"completed": 1, "running": 2})


def test_a_region_has_no_counts_when_its_step_has_not_run() -> None:
    play = Play(mapped(), {"items": [1]}, begin=False)

    (region,) = drawn(play).regions

    assert (region.total, region.counts) == (0, {})


def test_compensations_are_seen_when_they_run() -> None:
    play = Play(twice())
    play.complete("a")
    play.complete("b")
    play.fail("c")

    graph = drawn(play)

    assert edge(graph, "b", "undo-b").taken is True
    assert edge(graph, "a", "undo-a").taken is False
    assert node(graph, "undo-b").state == "scheduled"


def test_a_handler_has_led_on_when_its_event_came() -> None:
    play = begun(handler("jump", "goto_step", of={"step_id": "b"}))
    before = edge(drawn(play), "on:jump", "b").taken
    event(play)

    graph = drawn(play)

    assert before is False
    assert edge(graph, "on:jump", "b").taken is True
    assert node(graph, "on:jump").state is None


def test_an_error_transition_is_gone_when_its_code_fits() -> None:
    transitions = [
        ("start", "a"),
        ("a", "end"),
        ("a", "b", "error:Boom"),
        ("a", "c", "error:Other"),
        ("b", "end"),
        ("c", "end"),
    ]
    play = Play(workflow(activity("a"), activity("b"), activity("c"), transitions=transitions))
    play.fail("a", "Boom")

    assert taken(drawn(play)) == {("start", "a", "normal"), ("a", "b", "error")}


def test_what_waits_is_current_when_the_execution_is_paused() -> None:
    play = Play(chain(wait()))
    play.tell(Pause(id="1"))

    graph = drawn(play)

    assert graph.state == "paused"
    assert node(graph, "w").current is True

"""The graph of a definition, and what of an execution is seen in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.execution.commands import ChildEnded, Pause, Rerun, Skip
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.visualization.graph import Failure, Graph
from chalicelib.visualization.subject import Subject
from tests.unit.execution.asking import ask, deadline, point
from tests.unit.execution.handlers import begun, event, handler
from tests.unit.execution.play import Play, activity, chain, workflow
from tests.unit.execution.sagas import saga, twice, undo, undone
from tests.unit.execution.test_children import sub
from tests.unit.execution.test_map import mapped
from tests.unit.execution.test_parallel import branched
from tests.unit.execution.test_waiting import signal, wait
from tests.unit.visualization.drawing import drawn, edge, node, played, seen, subject_of, taken


def ids(graph: Graph) -> list[str]:
    return [each.id for each in graph.nodes]


# --- a definition -----------------------------------------------------------------------------------------------------


def test_nodes_and_ways_are_those_of_the_document_when_there_is_no_execution() -> None:
    graph = drawn(chain(activity("pay", name="Pay")))

    assert (graph.view_type, graph.workflow_id, graph.workflow_version) == ("definition", "w", "1.0.0")
    assert [(each.id, each.name, each.type) for each in graph.nodes] == [
        ("start", "start", "start"),
        ("pay", "Pay", "activity"),
        ("end", "end", "end"),
    ]
    assert {each.state for each in graph.nodes} == {None}
    assert [(each.id, each.source, each.target, each.taken) for each in graph.edges] == [
        ("/transitions/0", "start", "pay", None),
        ("/transitions/1", "pay", "end", None),
    ]
    assert graph.state is None
    assert graph.execution_id is None


def test_every_kind_of_way_has_its_words_when_it_is_drawn() -> None:
    decision = {
        "type": "decision",
        "conditions": [{"condition": "$.input.n > 0", "transition_to": "ask"}],
        "default": "w",
    }
    document = workflow(
        {"id": "d", "step_type": decision},
        ask(of={"timeout_step_id": "late"}),
        wait(of={"timeout": 60, "timeout_step_id": "late"}),
        activity("late", compensation_step_id="undo"),
        activity("undo"),
        transitions=[
            ("start", "d"),
            {"from_step_id": "ask", "to_step_id": "end", "condition": "$.result.ok", "name": "approved"},
            ("ask", "w", "error:Rejected"),
            ("w", "end", "$.input.n > 1"),
            ("late", "end"),
        ],
        human_intervention_points=[point(**deadline({"type": "custom", "step_id": "w"}))],
        event_handlers=[handler("stop", "goto_step", of={"step_id": "late"}, condition="$.event.now")],
    )

    graph = drawn(document)

    words = {(each.source, each.target, each.kind): (each.label, each.condition) for each in graph.edges}
    assert words == {
        ("start", "d", "normal"): (None, None),
        ("d", "ask", "decision"): ("$.input.n > 0", "$.input.n > 0"),
        ("d", "w", "decision"): ("default", None),
        ("ask", "end", "normal"): ("approved", "$.result.ok"),
        ("ask", "w", "error"): ("error:Rejected", "error:Rejected"),
        ("ask", "w", "deadline"): ("deadline", None),
        ("ask", "late", "timeout"): ("timeout", None),
        ("w", "end", "normal"): ("$.input.n > 1", "$.input.n > 1"),
        ("w", "late", "timeout"): ("timeout", None),
        ("late", "end", "normal"): (None, None),
        ("late", "undo", "compensation"): ("compensated by", None),
        ("on:stop", "late", "handler"): ("goes on at", "$.event.now"),
    }
    assert (node(graph, "on:stop").name, node(graph, "on:stop").type) == ("on go", "event_handler")
    assert len({each.id for each in graph.edges}) == len(graph.edges)


def test_branches_are_regions_when_a_step_is_parallel() -> None:
    graph = drawn(branched())

    assert [(each.kind, each.owner, each.label, each.parent) for each in graph.regions] == [
        ("branch", "p", "left", None),
        ("branch", "p", "right", None),
    ]
    left, right = (each.id for each in graph.regions)
    assert {each.id: each.region for each in graph.nodes if each.region} == {"a": left, "b": left, "c": right}
    assert edge(graph, "p", "a").label == "left"
    assert edge(graph, "b", "p").kind == "join"


def test_regions_lie_in_each_other_when_steps_do() -> None:
    inner = {"type": "map", "items": "$.item", "entry_step_id": "deep", "exit_step_id": "deep"}
    document = mapped({"id": "i", "step_type": inner}, activity("deep"))

    graph = drawn(document)

    outer, within = graph.regions
    assert (outer.kind, outer.owner, outer.label, outer.total) == ("map", "m", "each of $.input.items", None)
    assert (within.owner, within.parent) == ("i", outer.id)
    assert node(graph, "deep").region == within.id


@pytest.mark.parametrize(
    ("step", "around", "most"),
    [
        ({"retry_policy": {"max_retries": 4}}, {}, 5),
        ({"of": {"retry_policy": {"max_attempts": 2}}, "retry_policy": {"max_attempts": 9}}, {}, 2),
        ({}, {"retry_policy": {"max_attempts": 3}}, 3),
        ({"error_policy": {"type": "retry", "retry": {"max_attempts": 6}}}, {}, 6),
        ({}, {}, None),
    ],
)
def test_most_attempts_are_known_when_a_policy_says_them(
    step: dict[str, Any], around: dict[str, Any], most: int | None
) -> None:
    graph = drawn(chain(activity("a", **step), **around))

    assert node(graph, "a").max_attempts == most
    assert node(graph, "start").max_attempts is None


def test_metadata_is_what_else_the_definition_says_when_it_is_asked_for() -> None:
    step = activity("a", name="A", description="Does it.", timeout=30, tags={"team": "x"}, skippable=True)

    graph = drawn(chain(step), include_metadata=True)

    assert node(graph, "a").metadata == {
        "description": "Does it.",
        "tags": {"team": "x"},
        "skippable": True,
        "activity_type": "t",
        "timeout_seconds": 30,
    }
    assert node(graph, "end").metadata == {}
    assert node(drawn(chain(step)), "a").metadata is msgspec.UNSET


# --- an execution -----------------------------------------------------------------------------------------------------


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


# --- sub-workflows ----------------------------------------------------------------------------------------------------

CHILD = chain(activity("work")) | {"id": "child", "name": "Child"}


def test_a_sub_workflow_is_drawn_out_when_its_definition_is_known() -> None:
    graph = drawn(subject_of(chain(sub()), children={"s": subject_of(CHILD)}))

    assert ids(graph) == ["start", "s", "s/start", "s/work", "s/end", "end"]
    (region,) = graph.regions
    assert (region.kind, region.owner, region.label, region.parent) == ("sub_workflow", "s", "Child 1.0.0", None)
    assert {each.region for each in graph.nodes if "/" in each.id} == {region.id}
    assert edge(graph, "s", "s/start").kind == "branch"
    assert edge(graph, "s/end", "s").kind == "join"
    assert edge(graph, "s/start", "s/work").id == f"{region.id}/transitions/0"
    assert {each.taken for each in graph.edges} == {None}


def test_a_sub_workflow_stays_a_node_when_the_depth_is_used_up() -> None:
    nested = subject_of(chain(sub()), children={"s": subject_of(chain(sub()), children={"s": subject_of(CHILD)})})

    assert ids(drawn(nested, depth=0)) == ["start", "s", "end"]
    assert "s/s/work" not in ids(drawn(nested, depth=1))
    assert "s/s/work" in ids(drawn(nested, depth=2))
    assert len(drawn(nested, depth=2).regions) == 2
    assert drawn(nested, depth=2).regions[1].parent == drawn(nested, depth=2).regions[0].id


def test_a_child_has_states_of_its_own_when_it_runs() -> None:
    parent, child = Play(chain(sub())), Play(CHILD)
    child.complete("work")

    graph = drawn(played(parent, children={"s": played(child)}))

    assert (node(graph, "s").state, node(graph, "s/work").state) == ("running", "completed")
    assert len(node(graph, "s").child_execution_ids) == 1
    assert {("s", "s/start", "branch"), ("s/work", "s/end", "normal"), ("s/end", "s", "join")} <= taken(graph)


def test_a_child_has_not_started_when_its_step_has_not() -> None:
    parent = Play(chain(activity("first"), sub()))

    graph = drawn(played(parent, children={"s": subject_of(CHILD)}))

    assert node(graph, "s/work").state == "not_started"
    assert edge(graph, "s", "s/start").taken is False


def test_many_children_are_counted_when_a_step_has_started_many() -> None:
    parent, one, other = Play(mapped(sub("i"))), Play(CHILD), Play(CHILD)
    one.complete("work")
    child = Subject(definition=one.program.definition, seen=[seen(one), seen(other)], unseen=3)

    graph = drawn(played(parent, children={"i": child}))

    work = node(graph, "i/work")
    assert (work.state, work.counts) == ("scheduled", {"completed": 1, "scheduled": 1})
    assert graph.regions[1].label == "Child 1.0.0 (2 of 5 executions)"
    whole = drawn(played(parent, children={"i": msgspec.structs.replace(child, unseen=0)}))
    assert whole.regions[1].label == "Child 1.0.0 (2 executions)"


def test_the_step_of_a_child_knows_its_executions_when_there_were_several_attempts() -> None:
    play = Play(chain(sub(retry_policy={"max_attempts": 2, "initial_interval": 0})))
    failure = ErrorInfo(code="Boom", message="it failed")
    play.tell(ChildEnded(run_id="s#1", attempt=1, state="failed", error=failure))

    assert node(drawn(play), "s").child_execution_ids == ("x:s:1:2",)


# --- what is left out -------------------------------------------------------------------------------------------------


def test_steps_nearest_to_the_start_stay_when_there_are_too_many() -> None:
    document = saga(undone("a", "undo"), *(activity(f"s{n}") for n in range(20)), also=[undo("undo")])

    graph = drawn(document, max_nodes=4)

    assert ids(graph) == ["start", "a", "s0", "undo"]
    assert graph.omitted == len(document["steps"]) - 4
    assert {(each.source, each.target) for each in graph.edges} == {("start", "a"), ("a", "s0"), ("a", "undo")}


def test_regions_stay_when_a_step_in_them_does() -> None:
    assert drawn(branched(), max_nodes=2).regions == ()
    assert len(drawn(branched(), max_nodes=4).regions) == 1
    assert len(drawn(subject_of(mapped(sub("i")), children={"i": subject_of(CHILD)}), max_nodes=6).regions) == 2


def test_steps_that_have_not_run_are_left_out_when_they_are_not_wanted() -> None:
    play = begun(handler("jump", "goto_step", of={"step_id": "b"}))

    before = drawn(play, show_unexecuted_steps=False)
    event(play)
    after = drawn(play, show_unexecuted_steps=False)

    assert (ids(before), before.omitted) == (["start", "a"], 3)
    assert ids(after) == ["start", "a", "b", "on:jump"]
    assert len(drawn(chain(activity("a")), show_unexecuted_steps=False).nodes) == 3


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_metrics_say_what_a_definition_consists_of_when_they_are_asked_for() -> None:
    assert drawn(branched()).metrics is None
    assert drawn(branched(), include_metrics=True).metrics == {
        "steps": 6,
        "steps_by_type": {"activity": 3, "end": 1, "parallel": 1, "start": 1},
        "transitions": 3,
        "event_handlers": 0,
    }


def test_metrics_say_what_an_execution_has_done_when_they_are_asked_for() -> None:
    play = Play(chain(activity("a", retry_policy={"max_attempts": 2, "initial_interval": 0}), wait()))
    play.fail("a", retryable=True)
    play.begin("a")
    play.now += timedelta(seconds=3)
    play.complete("a")
    play.now += timedelta(seconds=1)

    metrics = drawn(play, include_metrics=True).metrics
    assert metrics is not None

    assert (metrics["elapsed_ms"], metrics["steps_started"], metrics["step_runs"]) == (4_000, 3, 3)
    assert metrics["runs_by_state"] == {"completed": 2, "waiting_for_event": 1}
    assert (metrics["retries"], metrics["failures"], metrics["progress_percentage"]) == (1, 0, 50)
    assert metrics["slowest_steps"][0] == {"step_id": "a", "run_id": "a#1", "elapsed_ms": 3_000}
    signal(play, 1)
    ended = drawn(play, include_metrics=True).metrics
    assert ended is not None
    assert ended["progress_percentage"] == 100

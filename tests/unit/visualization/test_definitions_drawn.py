"""The graph of a definition, what of it is left out, and the figures of the whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.visualization.graph import Graph
from tests.unit.execution.asking import ask, deadline, point
from tests.unit.execution.handlers import begun, event, handler
from tests.unit.execution.play import Play, activity, chain, workflow
from tests.unit.execution.sagas import saga, undo, undone
from tests.unit.execution.test_children import sub
from tests.unit.execution.test_map import mapped
from tests.unit.execution.test_parallel import branched
from tests.unit.execution.test_waiting import signal, wait
from tests.unit.visualization.drawing import drawn, edge, node, subject_of


def ids(graph: Graph) -> list[str]:
    return [each.id for each in graph.nodes]


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


def test_steps_nearest_to_the_start_stay_when_there_are_too_many() -> None:
    document = saga(undone("a", "undo"), *(activity(f"s{n}") for n in range(20)), also=[undo("undo")])

    graph = drawn(document, max_nodes=4)

    assert ids(graph) == ["start", "a", "s0", "undo"]
    assert graph.omitted == len(document["steps"]) - 4
    assert {(each.source, each.target) for each in graph.edges} == {("start", "a"), ("a", "s0"), ("a", "undo")}


def test_regions_stay_when_a_step_in_them_does() -> None:
    assert drawn(branched(), max_nodes=2).regions == ()
    assert len(drawn(branched(), max_nodes=4).regions) == 1
    child = subject_of(chain(activity("work")) | {"id": "child"})
    assert len(drawn(subject_of(mapped(sub("i")), children={"i": child}), max_nodes=6).regions) == 2


def test_steps_that_have_not_run_are_left_out_when_they_are_not_wanted() -> None:
    play = begun(handler("jump", "goto_step", of={"step_id": "b"}))

    before = drawn(play, show_unexecuted_steps=False)
    event(play)
    after = drawn(play, show_unexecuted_steps=False)

    assert (ids(before), before.omitted) == (["start", "a"], 3)
    assert ids(after) == ["start", "a", "b", "on:jump"]
    assert len(drawn(chain(activity("a")), show_unexecuted_steps=False).nodes) == 3


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

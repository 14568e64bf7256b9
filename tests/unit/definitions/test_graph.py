"""What deciding looks up."""

from __future__ import annotations

import pytest

from chalicelib.domain.definitions.components import components, shortest_cycle
from chalicelib.domain.definitions.graph import _MAX_GRAPHS, Graph, graph_of
from tests.unit.definitions.samples import definition, document, edge, parallel, script, step


def test_transitions_are_apart_and_in_order_when_some_are_for_errors() -> None:
    given = document(
        script("a"),
        script("b"),
        edges=[
            edge("start", "a"),
            edge("a", "b", "error:Timeout"),
            edge("a", "end", "$.result.ok"),
            edge("a", "end", "error"),
            edge("a", "b", "$.result.again"),
            edge("b", "end"),
        ],
    )
    graph = Graph(definition(given))

    assert graph.start.id == "start"
    assert [index for index, _ in graph.outgoing("a")] == [2, 4]
    assert [(index, each.condition) for index, each in graph.error_transitions("a")] == [
        (1, "error:Timeout"),
        (3, "error"),
    ]
    assert list(graph.outgoing("end")) == []
    assert list(graph.error_transitions("nowhere")) == []
    assert graph.step("b") is graph.steps["b"]
    with pytest.raises(KeyError):
        graph.step("nowhere")


def test_regions_are_found_when_they_are_nested() -> None:
    given = document(
        parallel("fork", ("one", "a", "a"), ("two", "each", "b")),
        script("a"),
        step("each", "map", items="$.input.lines", entry_step_id="c", exit_step_id="d"),
        script("b"),
        script("c"),
        script("d"),
        edges=[edge("start", "fork"), edge("fork", "end"), edge("each", "b"), edge("c", "d"), edge("c", "d", "error")],
    )
    graph = Graph(definition(given))

    one, two = graph.regions("fork")
    (items,) = graph.regions("each")
    assert (one.name, one.index, str(one)) == ("one", 0, "branch 'one' of 'fork'")
    assert (items.name, items.index, str(items)) == (None, None, "the items of 'each'")
    assert {step_id: graph.region_of(step_id) for step_id in graph.steps} == {
        "start": None,
        "fork": None,
        "end": None,
        "a": one,
        "each": two,
        "b": two,
        "c": items,
        "d": items,
    }
    assert graph.exits == {"a": one, "b": two, "d": items}
    assert list(graph.regions("a")) == []
    assert graph.region_of("nowhere") is None


def test_the_region_of_a_compensation_is_found_when_it_is_a_parallel_step() -> None:
    given = document(
        script("work", compensation_step_id="undo"),
        parallel("undo", ("one", "a", "a")),
        script("a", compensation_step_id="b"),
        script("b"),
        edges=[edge("start", "work"), edge("work", "end")],
    )
    graph = Graph(definition(given))

    assert graph.region_of("undo") is None
    assert graph.region_of("a") == graph.regions("undo")[0]


def test_the_intervention_point_is_found_when_the_step_is_human() -> None:
    point = {"id": "p", "step_id": "ask", "name": "Ask", "allowed_actions": [{"type": "approve"}]}
    given = document(step("ask", "human", intervention_point_id="p"), script("a"), human_intervention_points=[point])
    graph = Graph(definition(given))

    found = graph.intervention_point("ask")
    assert found is not None
    assert found.id == "p"
    assert graph.intervention_point("a") is None


def test_referenced_steps_are_those_that_expressions_name() -> None:
    given = document(
        step("a", "script", expression="$.steps.start.output"),
        step("b", "activity", activity_type="x", input_mapping={"n": [{"m": "$.steps.a.output.x"}], "c": "plain"}),
        script("c", preconditions=["$.steps.b.state = 'completed'"]),
        script("d"),
    )

    assert Graph(definition(given)).referenced_step_ids == frozenset({"start", "a", "b"})


def test_referenced_steps_are_unknown_when_an_expression_chooses_them() -> None:
    given = document(step("a", "script", expression="$lookup($.steps, $.input.step)"))

    assert Graph(definition(given)).referenced_step_ids is None


def test_the_validation_of_a_form_names_no_step_when_it_reads_its_value() -> None:
    field = {"name": "n", "field_type": {"type": "number"}, "validation": "$ >= 0"}
    action = {"type": "modify_data", "field_definitions": [field]}
    point = {"id": "p", "step_id": "ask", "name": "Ask", "allowed_actions": [action]}
    given = document(step("ask", "human", intervention_point_id="p"), human_intervention_points=[point])

    assert Graph(definition(given)).referenced_step_ids == frozenset()


def test_a_graph_is_built_once_when_it_is_asked_for_again() -> None:
    one, other = definition(document()), definition(document())

    assert graph_of(one) is graph_of(one)
    assert graph_of(one) is not graph_of(other)
    assert graph_of(one).definition is one


def test_the_oldest_graph_goes_when_there_are_many() -> None:
    first = definition(document())
    graph = graph_of(first)
    others = [definition(document()) for _ in range(_MAX_GRAPHS)]

    for other in others:
        assert graph_of(other).definition is other

    assert graph_of(first) is not graph
    assert graph_of(others[-1]) is graph_of(others[-1])


def test_components_are_found_when_a_graph_has_cycles() -> None:
    ways = {"a": ["b"], "b": ["c", "d"], "c": ["a"], "d": ["e", "d"], "e": [], "f": ["e", "a"]}

    found = components(ways, ways.__getitem__)

    assert sorted(sorted(each) for each in found) == [["a", "b", "c"], ["d"], ["e"], ["f"]]
    assert [min(each) for each in found].index("e") < [min(each) for each in found].index("d")


def test_components_are_found_when_a_chain_is_long() -> None:
    count = 50_000

    found = components(map(str, range(count)), lambda node: [str((int(node) + 1) % count)])

    assert [len(each) for each in found] == [count]


def test_a_shortest_cycle_is_found_when_there_are_several() -> None:
    ways = {"a": ["b", "c"], "b": ["d"], "c": ["a", "outside"], "d": ["a"], "outside": []}

    assert shortest_cycle("a", ways.__getitem__, {"a", "b", "c", "d"}) == ["a", "c"]
    assert shortest_cycle("b", ways.__getitem__, {"a", "b", "c", "d"}) == ["b", "d", "a"]
    with pytest.raises(ValueError, match="on no cycle"):
        shortest_cycle("outside", ways.__getitem__, set())

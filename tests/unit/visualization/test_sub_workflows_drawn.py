"""Sub-workflows in a picture: drawn out to a depth, with what is known of their executions."""

from __future__ import annotations

import msgspec

from chalicelib.domain.execution.commands import ChildEnded
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.subject import Subject
from tests.unit.execution.play import Play, activity, chain
from tests.unit.execution.test_children import sub
from tests.unit.execution.test_map import mapped
from tests.unit.visualization.drawing import drawn, edge, node, played, seen, subject_of, taken


def ids(graph: Graph) -> list[str]:
    return [each.id for each in graph.nodes]


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

"""Views as data: states and the tree of tasks."""

from __future__ import annotations

from typing import Any

from chalicelib.visualization.view_data import ViewOptions, view_of
from tests.unit.execution.play import Play, activity, chain
from tests.unit.execution.test_children import sub
from tests.unit.execution.test_map import mapped
from tests.unit.visualization.drawing import played, subject_of

CHILD = chain(activity("work")) | {"id": "child"}


def tree(tasks: list[dict[str, Any]]) -> list[Any]:
    """Run ids, those of children in a list after their parent."""
    return [entry for task in tasks for entry in ([task["run_id"], tree(task["children"])])]


def test_tasks_lie_in_each_other_when_maps_do() -> None:
    inner = {"type": "map", "items": "$.item", "entry_step_id": "deep", "exit_step_id": "deep"}
    play = Play(mapped({"id": "i", "step_type": inner}, activity("deep")), {"items": [[1, 2], [3]]})

    found = view_of(played(play), ViewOptions(), play.now)["tasks"]

    assert tree(found) == ["start#1", [], "m#1", ["i#1", ["deep#1", [], "deep#2", []], "i#2", ["deep#3", []]]]


def test_a_task_that_is_not_wanted_stays_when_one_below_it_is() -> None:
    play = Play(mapped(), {"items": [1, 2]})
    play.complete_run("i#1")

    ended = view_of(played(play), ViewOptions(active_tasks=False), play.now)["tasks"]
    at_work = view_of(played(play), ViewOptions(completed_tasks=False), play.now)["tasks"]

    assert tree(ended) == ["start#1", [], "m#1", ["i#1", []]]
    assert tree(at_work) == ["m#1", ["i#2", []]]


def test_tasks_of_a_child_are_below_its_step_when_it_was_read() -> None:
    parent, child = Play(chain(sub())), Play(CHILD)
    (child_id,) = [row["child_execution_id"] for row in played(parent).seen[0].status["steps"] if row["step_id"] == "s"]
    inner = played(child)
    known = inner.seen[0]
    renamed = type(known)(status={**known.status, "execution_id": child_id}, trail=known.trail)
    read = played(parent, children={"s": type(inner)(definition=inner.definition, seen=[renamed])})
    other = played(parent, children={"s": inner})

    assert tree(view_of(read, ViewOptions(), None)["tasks"]) == ["start#1", [], "s#1", ["start#1", [], "work#1", []]]
    assert tree(view_of(read, ViewOptions(depth=0), None)["tasks"]) == ["start#1", [], "s#1", []]
    assert tree(view_of(other, ViewOptions(), None)["tasks"]) == ["start#1", [], "s#1", []]


def test_attempts_are_counted_as_retries_when_a_step_was_tried_again() -> None:
    play = Play(chain(activity("a", retry_policy={"max_attempts": 2, "initial_interval": 0})))
    play.fail("a", retryable=True)

    (task,) = [task for task in view_of(played(play), ViewOptions(), play.now)["tasks"] if task["step_id"] == "a"]

    assert (task["retry_count"], task["task_type"], task["id"]) == (1, "activity", "x:a#1")
    assert task["input"] is None


def test_payloads_are_there_when_they_are_asked_for() -> None:
    play = Play(chain(activity("a")), {"n": 1})
    play.complete("a", "done")

    view = view_of(played(play), ViewOptions(io=True, metrics=False), play.now)

    assert [task["result"] for task in view["tasks"]] == [None, "done", None]
    assert (view["execution_status"]["input"], view["metrics"]) == ({"n": 1}, None)
    assert "input" not in view_of(played(play), ViewOptions(), play.now)["execution_status"]


def test_steps_are_defined_when_there_is_no_execution() -> None:
    view = view_of(subject_of(CHILD), ViewOptions(), None)

    assert view["node_states"] == {"start": "defined", "work": "defined", "end": "defined"}
    assert view["definition"]["id"] == "child"

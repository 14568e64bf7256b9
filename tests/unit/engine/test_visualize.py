"""What is read for a picture: the execution, its children to a depth, and no more than may be. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from chalicelib.domain.definitions.definition import LoadedDefinition, load_definition
from chalicelib.domain.errors import NotFound
from chalicelib.domain.execution.trail import Trail
from chalicelib.domain.execution.views import status_view
from chalicelib.engine import visualize
from chalicelib.engine.visualize import Visualize
from tests.unit.execution.play import Play, activity, chain
from tests.unit.execution.test_children import sub
from tests.unit.execution.test_map import mapped


class Known:
    """Definitions and executions that are there; it counts which executions are read."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.definitions = {}
        self.default: dict[str, str] = {}
        for document in documents:
            self.definitions[document["id"], document["version"]] = load_definition(document)
            self.default[document["id"]] = document["version"]
        self.plays: dict[str, Play] = {}
        self.read: list[str] = []

    def load(self, workflow_id: str, version: str, /) -> LoadedDefinition:
        return self._found(workflow_id, version)

    def resolve(self, workflow_id: str, version: str | None = None, /) -> LoadedDefinition:
        return self._found(workflow_id, version or self.default.get(workflow_id, ""))

    def _found(self, workflow_id: str, version: str) -> LoadedDefinition:
        if (workflow_id, version) not in self.definitions:
            raise NotFound(workflow_id)
        return self.definitions[workflow_id, version]

    def status_with_trail(self, execution_id: str, /) -> tuple[dict[str, Any], Trail]:
        self.read.append(execution_id)
        if execution_id not in self.plays:
            raise NotFound(execution_id)
        play = self.plays[execution_id]
        status = status_view(play.commits, play.program.definition)
        assert status is not None
        return {**status, "execution_id": execution_id}, Trail(play.commits)

    def begin(self, ids: Iterable[str], document: dict[str, Any]) -> None:
        for execution_id in ids:
            self.plays[execution_id] = Play(document)

    @property
    def visualize(self) -> Visualize:
        return Visualize(self, self)


CHILD = chain(activity("work")) | {"id": "child"}
PARENT = chain(sub())
EACH = mapped(sub("i"), max_concurrency=100)


def child_ids(count: int) -> list[str]:
    return [f"x:i:{number}:1" for number in range(1, count + 1)]


def parent_of(count: int, known: Known) -> None:
    known.plays["x"] = Play(EACH, {"items": list(range(count))})


def test_children_are_read_when_the_depth_reaches_them() -> None:
    known = Known(PARENT, CHILD)
    known.plays["x"] = Play(PARENT)
    known.begin(["x:s:1:1"], CHILD)

    deep, shallow = known.visualize.execution("x", depth=1), known.visualize.execution("x")

    assert deep.children["s"].seen[0].status["execution_id"] == "x:s:1:1"
    assert shallow.children == {}
    assert known.read == ["x", "x:s:1:1", "x"]


def test_the_definition_alone_is_taken_when_a_child_has_not_begun() -> None:
    known = Known(PARENT, CHILD)
    known.plays["x"] = Play(PARENT)

    child = known.visualize.execution("x", depth=1).children["s"]

    assert (child.definition.id, child.seen) == ("child", ())


def test_a_child_is_left_out_when_nothing_is_known_of_it() -> None:
    known = Known(PARENT)
    known.plays["x"] = Play(PARENT)

    assert known.visualize.execution("x", depth=1).children == {}
    assert known.visualize.definition("w", depth=1).children == {}


def test_the_version_that_a_step_names_is_taken_when_it_names_one() -> None:
    parent = chain(sub(of={"workflow_version": "1.0.0"}))
    known = Known(parent, CHILD, CHILD | {"version": "2.0.0"})

    assert known.visualize.definition("w", depth=1).children["s"].definition.version == "1.0.0"
    assert (
        Known(PARENT, CHILD, CHILD | {"version": "2.0.0"})
        .visualize.definition("w", depth=1)
        .children["s"]
        .definition.version
        == "2.0.0"
    )


def test_the_newest_children_are_read_when_a_step_has_started_very_many() -> None:
    known = Known(EACH, CHILD)
    parent_of(30, known)
    known.begin(child_ids(30), CHILD)

    child = known.visualize.execution("x", depth=1).children["i"]

    assert len(child.seen) == visualize.MOST_OF_ONE_STEP
    assert child.unseen == 30 - visualize.MOST_OF_ONE_STEP
    assert child.seen[0].status["execution_id"] == "x:i:30:1"


def test_children_of_another_version_are_not_seen_when_the_newest_has_its_own() -> None:
    known = Known(EACH, CHILD, CHILD | {"version": "2.0.0"})
    parent_of(3, known)
    known.begin(["x:i:1:1"], CHILD)
    known.begin(["x:i:3:1"], CHILD | {"version": "2.0.0"})

    child = known.visualize.execution("x", depth=1).children["i"]

    assert (child.definition.version, len(child.seen), child.unseen) == ("2.0.0", 1, 2)


def test_a_child_is_seen_when_newer_ones_have_not_begun() -> None:
    known = Known(EACH, CHILD)
    parent_of(3, known)
    known.begin(["x:i:1:1"], CHILD)

    child = known.visualize.execution("x", depth=1).children["i"]

    assert ([each.status["execution_id"] for each in child.seen], child.unseen) == (["x:i:1:1"], 2)


def test_no_more_is_read_than_may_be_when_children_have_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visualize, "MOST_READ", 3)
    two = chain(sub("i"), sub("j"))
    known = Known(two, CHILD)
    known.plays["x"] = Play(two)
    known.begin(["x:i:1:1"], CHILD)
    parent_of(10, each := Known(EACH, CHILD))
    each.begin(child_ids(10), CHILD)

    child = each.visualize.execution("x", depth=1).children["i"]

    assert len(each.read) == 3
    assert (len(child.seen), child.unseen) == (2, 8)


def test_started_children_stay_one_node_when_nothing_more_may_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visualize, "MOST_READ", 1)
    known = Known(PARENT, CHILD)
    known.plays["x"] = Play(PARENT)
    known.begin(["x:s:1:1"], CHILD)

    assert known.visualize.execution("x", depth=1).children == {}


def test_no_more_is_drawn_out_than_may_be_when_a_workflow_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visualize, "MOST_DRAWN_OUT", 5)
    each_other = [
        chain(*(sub(f"s{number}", of={"workflow_id": other}) for number in range(3))) | {"id": own}
        for own, other in (("w", "v"), ("v", "w"))
    ]
    found = Known(*each_other).visualize.definition("w", depth=5)
    count, pending = 0, [found]
    while pending:
        children = pending.pop().children.values()
        count += len(children)
        pending.extend(children)

    assert 5 <= count <= 5 + 5  # those around the last one were begun before it


def test_nothing_is_given_when_there_is_no_such_thing() -> None:
    known = Known(PARENT)

    with pytest.raises(NotFound):
        known.visualize.execution("nowhere", depth=1)
    with pytest.raises(NotFound):
        known.visualize.definition("nowhere")

"""The graph checks against the plain definitions of what they look for, and regions against how they were built."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.definitions.definition import check_definition, load_definition
from chalicelib.domain.definitions.graph import Graph

pytestmark = pytest.mark.property

Document = dict[str, Any]
HEAD = {"id": "sample", "name": "Sample", "version": "1.0.0"}
SCRIPT = {"type": "script", "expression": "1"}


# --- any graph ------------------------------------------------------------------------------------------------------


@st.composite
def plain_graphs(draw: st.DrawFn) -> tuple[dict[str, list[str]], Document]:
    """Any transitions among a few steps: (where each step leads, the document)."""
    inner = [f"s{number}" for number in range(draw(st.integers(0, 6)))]
    steps: list[Document] = [
        {"id": "start", "step_type": {"type": "start"}},
        {"id": "end", "step_type": {"type": "end"}},
    ]
    steps += [{"id": step_id, "step_type": SCRIPT} for step_id in inner]
    pairs = st.tuples(st.sampled_from(["start", *inner]), st.sampled_from(["end", *inner]))
    ways = draw(st.lists(pairs, max_size=14, unique=True))
    leads_to = {each["id"]: [target for source, target in ways if source == each["id"]] for each in steps}
    transitions = [{"from_step_id": source, "to_step_id": target} for source, target in ways]
    return leads_to, {**HEAD, "steps": steps, "transitions": transitions}


def closure(leads_to: dict[str, list[str]], source: str) -> set[str]:
    """The steps that can be reached from one by at least one way."""
    reached: set[str] = set()
    pending = [*leads_to[source]]
    while pending:
        step_id = pending.pop()
        if step_id not in reached:
            reached.add(step_id)
            pending.extend(leads_to[step_id])
    return reached


@given(plain_graphs())
def test_steps_are_unreachable_when_no_way_leads_to_them(graph: tuple[dict[str, list[str]], Document]) -> None:
    leads_to, document = graph
    findings = check_definition(document).findings
    reached = {"start"} | closure(leads_to, "start")

    told = {finding.pointer for finding in findings if finding.code == "Unreachable"}

    assert told == {f"/steps/{index}" for index, step in enumerate(document["steps"]) if step["id"] not in reached}


@given(plain_graphs())
def test_a_way_to_the_end_is_missing_when_a_step_cannot_reach_it(graph: tuple[dict[str, list[str]], Document]) -> None:
    leads_to, document = graph
    findings = check_definition(document).findings
    stuck = {step_id for step_id in leads_to if step_id != "end" and "end" not in closure(leads_to, step_id)}

    assert any(finding.code in ("NoWayToEnd", "EndlessCycle") for finding in findings) == bool(stuck)
    dead = {finding.pointer for finding in findings if finding.code == "NoWayToEnd"}
    assert dead == {
        f"/steps/{index}"
        for index, step in enumerate(document["steps"])
        if step["id"] != "end" and not leads_to[step["id"]]
    }


@given(plain_graphs(), st.booleans())
def test_a_cycle_is_told_when_a_step_leads_back_to_itself(
    graph: tuple[dict[str, list[str]], Document], allowed: bool
) -> None:
    leads_to, document = graph
    findings = check_definition({**document, "allow_cycles": allowed}).findings
    cyclic = {step_id for step_id in leads_to if step_id in closure(leads_to, step_id)}
    trapped = {
        step_id
        for step_id in cyclic
        if all(step_id in closure(leads_to, other) for other in closure(leads_to, step_id))
    }

    told = [finding for finding in findings if finding.code in ("Cycle", "EndlessCycle")]

    assert any(finding.code == "EndlessCycle" for finding in told) == bool(trapped)
    if not allowed:
        assert bool(told) == bool(cyclic)
    for finding in told:
        printed = finding.message.split("cycle ")[-1].split(": ")[-1].removesuffix(" has no way out").split(" -> ")
        assert printed[0] == printed[-1]
        assert all(target in leads_to[source] for source, target in itertools.pairwise(printed))


# --- graphs built of blocks -----------------------------------------------------------------------------------------

Block = tuple[Any, ...]

blocks: st.SearchStrategy[Block] = st.recursive(
    st.just(("step",)),
    lambda inner: st.one_of(
        st.tuples(st.just("sequence"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("parallel"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("choice"), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


class Built:
    """A document of a block, written in either dialect, and the branch that each step was put into."""

    def __init__(self, block: Block, *, first_dialect: bool) -> None:
        self.first_dialect = first_dialect
        self.steps: list[Document] = []
        self.transitions: list[Document] = []
        self.branch_of: dict[str, tuple[str, int] | None] = {}
        entry, leave = self.add(block, None)
        self.document: Document = {**HEAD, "steps": self.steps, "start_step_id": entry}
        if not first_dialect:
            del self.document["start_step_id"]
            self.steps += [{"id": "start", "step_type": {"type": "start"}}, {"id": "end", "step_type": {"type": "end"}}]
            self.way("start", entry)
            self.way(leave, "end")
            self.document["transitions"] = self.transitions

    def add(self, block: Block, branch: tuple[str, int] | None) -> tuple[str, str]:
        """Add the steps of a block; its first and its last step, which every path through it passes."""
        match block:
            case ("sequence", parts):
                ends = [self.add(part, branch) for part in parts]
                for (_, leave), (entry, _) in itertools.pairwise(ends):
                    self.way(leave, entry)
                return ends[0][0], ends[-1][1]
            case ("parallel", parts):
                fork = self.step(branch, "parallel")
                ends = [self.add(part, (fork["id"], number)) for number, part in enumerate(parts)]
                return self.close_parallel(fork, ends, branch)
            case ("choice", parts):
                choice = self.step(branch, "decision")
                ends = [self.add(part, branch) for part in parts]
                join = self.step(branch)
                conditions = [{"condition": "$.input.x", "transition_to": entry} for entry, _ in ends]
                choice["step_type"] |= {"conditions": conditions, "default": join["id"]}
                for _, leave in ends:
                    self.way(leave, join["id"])
                return choice["id"], join["id"]
            case _:
                made = self.step(branch)
                return made["id"], made["id"]

    def close_parallel(
        self, fork: Document, ends: list[tuple[str, str]], branch: tuple[str, int] | None
    ) -> tuple[str, str]:
        """The first dialect says by transitions what the main one says by branches."""
        if not self.first_dialect:
            fork["step_type"]["branches"] = [
                {"name": entry, "entry_step_id": entry, "exit_step_id": leave} for entry, leave in ends
            ]
            return fork["id"], fork["id"]
        join = self.step(branch)
        for entry, leave in ends:
            self.way(fork["id"], entry)
            self.way(leave, join["id"])
        return fork["id"], join["id"]

    def step(self, branch: tuple[str, int] | None, kind: str = "") -> Document:
        """Add a step."""
        made: Document = {"id": f"s{len(self.steps)}", "step_type": {"type": kind} if kind else dict(SCRIPT)}
        self.steps.append(made)
        self.branch_of[made["id"]] = branch
        return made

    def way(self, source: str, target: str) -> None:
        """Add a transition, where the dialect has it."""
        if not self.first_dialect:
            self.transitions.append({"from_step_id": source, "to_step_id": target})
            return
        (step,) = (each for each in self.steps if each["id"] == source)
        step.setdefault("transitions", []).append({"target_id": target})


@given(blocks, st.booleans())
def test_every_step_is_in_the_branch_it_was_put_into(block: Block, first_dialect: bool) -> None:
    built = Built(block, first_dialect=first_dialect)

    loaded = load_definition(built.document)

    graph = Graph(loaded.definition)
    found = {step_id: graph.region_of(step_id) for step_id in built.branch_of}
    assert {
        step_id: None if region is None else (region.owner, region.index) for step_id, region in found.items()
    } == built.branch_of
    assert loaded.findings == ()


@given(blocks, st.data())
def test_a_border_is_guarded_when_a_way_is_added_that_crosses_it(block: Block, data: st.DataObject) -> None:
    built = Built(block, first_dialect=False)
    ids = list(built.branch_of)
    source, target = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
    built.way(source, target)

    findings = check_definition({**built.document, "allow_cycles": True}).findings

    codes = {finding.code for finding in findings if finding.severity == "error"}
    if built.branch_of[source] != built.branch_of[target]:
        assert codes & {"LeavesRegion", "BranchesShareStep", "DecisionTransition"}
    else:
        # An exit leads nowhere, and a decision only by its conditions.
        assert codes <= {"LeavesRegion", "DecisionTransition", "EndlessCycle"}

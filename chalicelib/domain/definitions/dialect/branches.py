"""Parallel steps of the first dialect without branches: their transitions are the branches, which end where they meet.

Layer: domain. Edges are followed iteratively, and no further than needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from chalicelib.domain.definitions.dialect.graph import FirstDialectGraph, refuse_actions

_MAX_CANDIDATES = 32


def branches_from_transitions(graph: FirstDialectGraph, start: Any) -> None:
    """A parallel step without branches takes all its transitions as branches, which end where they meet."""
    open_ones = {
        step_id
        for step_id in graph.index
        if graph.step_type(step_id).get("type") == "parallel" and not graph.step_type(step_id).get("branches")
    }
    if not open_ones:
        return
    # Inner ones first: they are met later on the way from the start.
    order = [step_id for step_id in _discovered(graph, start) if step_id in open_ones]
    order.extend(sorted(open_ones - set(order)))
    for step_id in reversed(order):
        if graph.targets(step_id):
            _branch(graph, step_id)
        if graph.visits_left < 0:
            message = f"Where the branches of {step_id!r} meet takes too long to find out"
            graph.refuse("BranchesDoNotMeet", step_id, message, "Write its branches out, with entry and exit.")
            graph.unfinished.update(f"/steps/{graph.index[each]}/step_type" for each in open_ones)
            return


def _discovered(graph: FirstDialectGraph, start: Any) -> list[str]:
    order = dict.fromkeys([start] if isinstance(start, str) and start in graph.index else [])
    pending = deque(order)
    while pending:
        for target in graph.targets(pending.popleft()):
            if target not in order:
                order[target] = None
                pending.append(target)
    return list(order)


def _branch(graph: FirstDialectGraph, step_id: str) -> None:
    ways = [position for position in graph.out(step_id) if graph.transitions[position].get("to_step_id") in graph.index]
    entries = [str(graph.transitions[position]["to_step_id"]) for position in ways]
    for position in ways:
        refuse_actions(graph, position, "a parallel step")
        if graph.transitions[position].get("condition") is not None:
            message = "A branch of a parallel step has no condition"
            hint = "Put a Decision at the beginning of the branch."
            graph.rewriting.refuse("NotAllowedHere", f"/transitions/{position}/condition", message, hint)
    meeting, found = _meeting(graph, step_id, entries)
    if not found:
        graph.unfinished.add(f"/steps/{graph.index[step_id]}/step_type")
        message = f"The branches of {step_id!r} do not meet in one step"
        graph.refuse("BranchesDoNotMeet", step_id, message, "Let all of them lead to one step, or none of them.")
        return
    graph.gone.update(ways)
    names: set[str] = set()
    branches = []
    at = f"/steps/{graph.index[step_id]}/step_type/branches"
    for number, (position, entry) in enumerate(zip(ways, entries, strict=True)):
        graph.rewriting.origins.record(f"{at}/{number}", graph.rewriting.origins.original(f"/transitions/{position}"))
        name = _unused(graph.transitions[position].get("name") or entry, names)
        branches.append({"name": name, **_bounds(graph, entry, meeting, f"{step_id}-{name}")})
    graph.step_type(step_id)["branches"] = branches
    if meeting is not None:
        graph.add_transition(step_id, meeting, graph.place_of(step_id))


def _unused(wanted: Any, names: set[str]) -> str:
    name, count = str(wanted), 1
    while name in names:
        count += 1
        name = f"{wanted}-{count}"
    names.add(name)
    return name


def _meeting(graph: FirstDialectGraph, owner: str, entries: list[str]) -> tuple[str | None, bool]:
    """The first step that every way from every entry passes, and whether the branches are well formed.

    ``(None, True)`` when no two branches meet at all.
    """
    for candidate in _common(graph, owner, entries):
        reached = [_reach(graph, entry, {owner, candidate}) for entry in entries]
        # A step that leads nowhere would end the workflow from inside a branch, or lies behind the candidate.
        if _disjoint(reached) and all(graph.targets(step_id) for inside in reached for step_id in inside):
            return candidate, True
    return None, _disjoint([_reach(graph, entry, {owner}) for entry in entries])


def _common(graph: FirstDialectGraph, owner: str, entries: list[str]) -> Iterator[str]:
    """The steps that can be reached from every entry, nearest first: the entries are explored in step."""
    whole = (1 << len(entries)) - 1
    marks: dict[str, int] = {}
    pending: deque[tuple[str, int]] = deque((entry, 1 << number) for number, entry in enumerate(entries))
    given = 0
    while pending and graph.visits_left >= 0:
        step_id, mark = pending.popleft()
        before = marks.get(step_id, 0)
        if step_id == owner or before | mark == before:
            continue
        marks[step_id] = before | mark
        if marks[step_id] == whole and given < _MAX_CANDIDATES:
            given += 1
            yield step_id
        pending.extend((target, marks[step_id]) for target in graph.targets(step_id))


def _reach(graph: FirstDialectGraph, entry: str, without: set[str]) -> set[str]:
    reached: set[str] = set()
    pending = [entry]
    while pending and graph.visits_left >= 0:
        step_id = pending.pop()
        if step_id not in reached and step_id not in without:
            reached.add(step_id)
            pending.extend(graph.targets(step_id))
    return reached


def _disjoint(sets: list[set[str]]) -> bool:
    return sum(map(len, sets)) == len(set().union(*sets))


def _bounds(graph: FirstDialectGraph, entry: str, meeting: str | None, wanted_id: str) -> dict[str, str]:
    """Entry and exit of a branch; one that ends in several steps, or has none, gets an empty step as its exit."""
    if entry == meeting:
        empty = _empty_step(graph, wanted_id, entry)
        return {"entry_step_id": empty, "exit_step_id": empty}
    inside = _reach(graph, entry, set() if meeting is None else {meeting})
    last = [
        step_id
        for step_id in sorted(inside, key=graph.index.__getitem__)
        if (meeting is None and not graph.targets(step_id)) or meeting in graph.targets(step_id)
    ]
    if (
        len(last) == 1
        and graph.step_type(last[0]).get("type") != "decision"
        and _leads_nowhere_else(graph, last[0], meeting)
    ):
        graph.gone.update(graph.out(last[0]))
        return {"entry_step_id": entry, "exit_step_id": last[0]}
    if not last:
        return {"entry_step_id": entry, "exit_step_id": entry}
    exit_id = _empty_step(graph, f"{wanted_id}-end", entry)
    for step_id in last:
        _redirect(graph, step_id, meeting, exit_id)
    return {"entry_step_id": entry, "exit_step_id": exit_id}


def _leads_nowhere_else(graph: FirstDialectGraph, step_id: str, meeting: str | None) -> bool:
    return all(target == meeting for target in graph.targets(step_id))


def _redirect(graph: FirstDialectGraph, step_id: str, meeting: str | None, exit_id: str) -> None:
    """Let what led a step out of its branch lead to the branch's exit."""
    if meeting is None:
        graph.add_transition(step_id, exit_id, graph.place_of(step_id))
        return
    for position in graph.out(step_id):
        if graph.transitions[position].get("to_step_id") == meeting:
            graph.transitions[position]["to_step_id"] = exit_id
    step_type = graph.step_type(step_id)
    if step_type.get("default") == meeting:
        step_type["default"] = exit_id
    if isinstance(step_type.get("conditions"), list):
        step_type["conditions"] = [
            {**each, "transition_to": exit_id}
            if isinstance(each, dict) and each.get("transition_to") == meeting
            else each
            for each in step_type["conditions"]
        ]


def _empty_step(graph: FirstDialectGraph, wanted_id: str, entry: str) -> str:
    step_type = {"type": "data_mapping", "mapping": {}}
    return graph.add_step(wanted_id[:120], step_type, "End of the branch", graph.place_of(entry))

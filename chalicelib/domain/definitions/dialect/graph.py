"""The graph of the first dialect: start and end steps, decisions by transitions, parallel steps by where paths meet.

Layer: domain. Works on plain data that may be broken in any way; what does not have the expected form is left alone.
The algorithms follow edges iteratively and look no further than they need, so a long chain costs linear time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from chalicelib.domain.definitions.conditions import is_error_condition
from chalicelib.domain.definitions.dialect.rewriting import Rewriting

Transition = dict[str, Any]


class FirstDialectGraph:
    """Steps and transitions while they are rewritten, with what a step's way out is."""

    def __init__(self, steps: list[Any], transitions: list[Any], rewriting: Rewriting) -> None:
        self.steps = steps
        self.transitions: list[Any] = transitions
        self.rewriting = rewriting
        self.index: dict[str, int] = {}
        for position, step in enumerate(steps):
            if isinstance(step, dict) and isinstance(step.get("id"), str):
                self.index.setdefault(step["id"], position)
        self.gone: set[int] = set()
        self._out: dict[str, list[int]] = {}
        for position, transition in enumerate(transitions):
            self._connect(position, transition)

    def step_type(self, step_id: str) -> dict[str, Any]:
        """The settings of a step; empty if they are not an object."""
        found = self.steps[self.index[step_id]].get("step_type")
        return found if isinstance(found, dict) else {}

    def out(self, step_id: str) -> list[int]:
        """The positions of the normal transitions out of a step, in order."""
        return [position for position in self._out.get(step_id, []) if position not in self.gone]

    def targets(self, step_id: str) -> list[str]:
        """The steps that a step leads to when it does not fail, those of its decision included."""
        found = [self.transitions[position].get("to_step_id") for position in self.out(step_id)]
        step_type = self.step_type(step_id)
        conditions = step_type.get("conditions")
        if step_type.get("type") == "decision" and isinstance(conditions, list):
            found.extend(each.get("transition_to") for each in conditions if isinstance(each, dict))
            found.append(step_type.get("default"))
        return [target for target in found if isinstance(target, str) and target in self.index]

    def add_step(self, wanted_id: str, step_type: dict[str, Any], name: str, origin: str) -> str:
        """Add a step that the document does not spell out; returns its id."""
        step_id, count = wanted_id, 1
        while step_id in self.index:
            count += 1
            step_id = f"{wanted_id}-{count}"
        self.index[step_id] = len(self.steps)
        self.rewriting.origins.record(f"/steps/{len(self.steps)}", origin)
        self.steps.append({"id": step_id, "name": name, "step_type": step_type})
        return step_id

    def add_transition(self, from_id: str, to_id: str, origin: str) -> None:
        """Add a transition that the document does not spell out."""
        position = len(self.transitions)
        self.rewriting.origins.record(f"/transitions/{position}", origin)
        self.rewriting.origins.record(f"/transitions/{position}/from_step_id", origin)
        self.rewriting.origins.record(f"/transitions/{position}/to_step_id", origin)
        self.transitions.append({"from_step_id": from_id, "to_step_id": to_id})
        self._connect(position, self.transitions[position])

    def place_of(self, step_id: str) -> str:
        """The pointer to a step in the given document."""
        return self.rewriting.origins.original(f"/steps/{self.index[step_id]}")

    def refuse(self, code: str, step_id: str, message: str, hint: str = "") -> None:
        """Report a step."""
        self.rewriting.refuse(code, f"/steps/{self.index[step_id]}", message, hint)

    def _connect(self, position: int, transition: Any) -> None:
        if not isinstance(transition, dict):
            return
        source, condition = transition.get("from_step_id"), transition.get("condition")
        is_error = isinstance(condition, str) and is_error_condition(condition)
        if isinstance(source, str) and source in self.index and not is_error:
            self._out.setdefault(source, []).append(position)


def conditions_from_transitions(graph: FirstDialectGraph) -> None:
    """A decision without conditions takes its transitions as conditions, in order, and the bare one as default."""
    for step_id in list(graph.index):
        step_type = graph.step_type(step_id)
        if step_type.get("type") == "decision" and not step_type.get("conditions") and graph.out(step_id):
            _decide_by_transitions(graph, step_id, step_type)


def _decide_by_transitions(graph: FirstDialectGraph, step_id: str, step_type: dict[str, Any]) -> None:
    origins = graph.rewriting.origins
    at = f"/steps/{graph.index[step_id]}/step_type"
    conditions: list[dict[str, Any]] = []
    defaults: list[int] = []
    for position in graph.out(step_id):
        transition = graph.transitions[position]
        _refuse_actions(graph, position, "a decision")
        if transition.get("condition") is None:
            defaults.append(position)
            continue
        place = origins.original(f"/transitions/{position}")
        origins.record(f"{at}/conditions/{len(conditions)}", place)
        target_place = origins.original(f"/transitions/{position}/to_step_id")
        origins.record(f"{at}/conditions/{len(conditions)}/transition_to", target_place)
        conditions.append({"condition": transition["condition"], "transition_to": transition.get("to_step_id")})
    graph.gone.update(graph.out(step_id))
    step_type["conditions"] = conditions
    if defaults and step_type.get("default") is None:
        step_type["default"] = graph.transitions[defaults[0]].get("to_step_id")
        origins.record(f"{at}/default", origins.original(f"/transitions/{defaults[0]}/to_step_id"))
        defaults = defaults[1:]
    for position in defaults:
        message = f"The decision {step_id!r} has more than one way without a condition"
        graph.rewriting.refuse("ConflictingFields", f"/transitions/{position}", message)


def _refuse_actions(graph: FirstDialectGraph, position: int, owner: str) -> None:
    for field in ("before_transition", "after_transition"):
        if graph.transitions[position].get(field) is not None:
            message = f"A way out of {owner} cannot have {field!r}"
            hint = "Put a DataMapping step in between."
            graph.rewriting.refuse("NotAllowedHere", f"/transitions/{position}/{field}", message, hint)


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
        _refuse_actions(graph, position, "a parallel step")
        if graph.transitions[position].get("condition") is not None:
            message = "A branch of a parallel step has no condition"
            hint = "Put a Decision at the beginning of the branch."
            graph.rewriting.refuse("NotAllowedHere", f"/transitions/{position}/condition", message, hint)
    meeting, found = _meeting(graph, step_id, entries)
    if not found:
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
        if _disjoint(reached):
            return candidate, True
    return None, _disjoint([_reach(graph, entry, {owner}) for entry in entries])


def _common(graph: FirstDialectGraph, owner: str, entries: list[str]) -> Iterable[str]:
    """The steps that can be reached from every entry, nearest first: the entries are explored in step."""
    whole = (1 << len(entries)) - 1
    marks: dict[str, int] = {}
    pending: deque[tuple[str, int]] = deque((entry, 1 << number) for number, entry in enumerate(entries))
    given = 0
    while pending:
        step_id, mark = pending.popleft()
        before = marks.get(step_id, 0)
        if step_id == owner or before | mark == before:
            continue
        marks[step_id] = before | mark
        if marks[step_id] == whole and given < _MAX_CANDIDATES:
            given += 1
            yield step_id
        pending.extend((target, marks[step_id]) for target in graph.targets(step_id))


_MAX_CANDIDATES = 32


def _reach(graph: FirstDialectGraph, entry: str, without: set[str]) -> set[str]:
    reached: set[str] = set()
    pending = [entry]
    while pending:
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
    for condition in step_type.get("conditions") or []:
        if isinstance(condition, dict) and condition.get("transition_to") == meeting:
            condition["transition_to"] = exit_id


def _empty_step(graph: FirstDialectGraph, wanted_id: str, entry: str) -> str:
    step_type = {"type": "data_mapping", "mapping": {}}
    return graph.add_step(wanted_id[:120], step_type, "End of the branch", graph.place_of(entry))


def start_and_end(graph: FirstDialectGraph, start: Any) -> None:
    """A start step before ``start_step_id``, and an end step after every step that leads nowhere."""
    _add_end(graph)
    if not isinstance(start, str):
        graph.rewriting.refuse("WrongType", "/start_step_id", "Expected the id of a step")
        return
    if start in graph.index and graph.step_type(start).get("type") == "start":
        return
    made = graph.add_step("start", {"type": "start"}, "Start", "/start_step_id")
    graph.add_transition(made, start, "/start_step_id")


def _add_end(graph: FirstDialectGraph) -> None:
    exits = _region_exits(graph)
    compensations = {step.get("compensation_step_id") for step in graph.steps if isinstance(step, dict)}
    apart = exits | {each for each in compensations if isinstance(each, str)}
    last = [
        step_id
        for step_id in graph.index
        if step_id not in apart
        and graph.step_type(step_id).get("type") not in ("end", "decision", None)
        and not graph.out(step_id)
    ]
    if not last:
        return
    end = graph.add_step("end", {"type": "end"}, "End", graph.place_of(last[0]))
    for step_id in last:
        graph.add_transition(step_id, end, graph.place_of(step_id))


def _region_exits(graph: FirstDialectGraph) -> set[str]:
    found: set[Any] = set()
    for step_id in graph.index:
        step_type = graph.step_type(step_id)
        if step_type.get("type") == "map":
            found.add(step_type.get("exit_step_id"))
        branches = step_type.get("branches")
        if isinstance(branches, list):
            found.update(each.get("exit_step_id") for each in branches if isinstance(each, dict))
    return {each for each in found if isinstance(each, str)}

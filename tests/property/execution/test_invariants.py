"""Random workflows under random commands: in any order, twice, late, or for attempts that are long over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.execution.commands import (
    Advance,
    Cancel,
    Command,
    CompleteTask,
    FailTask,
    Heartbeat,
    Pause,
    Request,
    Rerun,
    Resume,
    Retry,
    SetVariables,
    Signal,
    Skip,
    TaskStarted,
    WakeUp,
)
from chalicelib.domain.execution.decide import decide, decide_all
from chalicelib.domain.execution.effects import Continue, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.program import Rules
from tests.property.execution.compensating import check_compensation, compensated
from tests.property.execution.events import awaited, check_events, event_steps, handlers, published
from tests.property.execution.families import PARENT, Children, sub_workflow_steps, wishes
from tests.property.execution.people import answers, fitting_answer, human_steps, points
from tests.unit.execution.play import BEGIN, Play, activity, workflow

RULES = Rules(steps_per_commit=4, max_step_runs=60, max_active_paths=25)
CONDITIONS = st.sampled_from([None, None, "true", "$.input.flag", "$.context.n > 1", "$.result.n = 1"])
POLICIES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"retry_policy": {"max_attempts": 3, "initial_interval": 2}},
        {"retry_policy": {"max_retries": 1, "retry_intervals": [0]}, "timeout": 20},
        {"timeout": 5},
        {"error_policy": {"type": "continue_workflow"}},
        {"skippable": True, "preconditions": ["$.input.flag"]},
        {"postconditions": ["$.result.n = 1"]},
    ]
)
TURNS = ["outcome", "outcome", "report", "repeat", "wake", "advance", "ask", "ask"]
WORKERS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {"task_list": "gpu"}, {"heartbeat_timeout": 3}, {"task_list": "gpu", "heartbeat_timeout": 3}]
)


@st.composite
def steps(draw: st.DrawFn, step_id: str, later: list[str]) -> dict[str, Any]:
    kinds = ["activity", "activity", "inline", "decision", "data_mapping", "script", "timer", "wait", "parallel", "map"]
    kind = draw(st.sampled_from(kinds))
    of: dict[str, Any]
    policy = draw(POLICIES)
    if kind == "timer":
        config = {"type": "delay", "seconds": draw(st.sampled_from([0, 3, 40, "$.input.text"]))}
        return {"id": step_id, "step_type": {"type": "timer", "timer_config": config}}
    if kind == "wait":
        wait: dict[str, Any] = draw(st.sampled_from([{}, {"timeout": 4}, {"timeout": 4, "timeout_step_id": later[-1]}]))
        return {"id": step_id, "step_type": {"type": "wait", **draw(awaited()), **wait}}
    if kind == "parallel":
        names = [f"{step_id}-{side}" for side in ("l", "r")]
        branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in names]
        strategy = draw(st.sampled_from(["all", "any", {"n": 1}]))
        cancel = draw(st.booleans())
        of = {"branches": branches, "completion_strategy": strategy, "cancel_remaining": cancel}
        return {"id": step_id, "step_type": {"type": "parallel", **of}, "timeout": draw(st.sampled_from([8, 100]))}
    if kind == "map":
        inner = f"{step_id}-i"
        of = {"items": "[1,2,3]", "entry_step_id": inner, "exit_step_id": inner}
        of |= draw(st.sampled_from([{}, {"max_concurrency": 1}, {"tolerated_failure_percentage": 40}]))
        return {"id": step_id, "step_type": {"type": "map", **of}, "skippable": draw(st.booleans())}
    if kind == "decision":
        conditions = [{"condition": draw(CONDITIONS) or "false", "transition_to": draw(st.sampled_from(later))}]
        return {"id": step_id, "step_type": {"type": "decision", "conditions": conditions, "default": later[0]}}
    if kind == "data_mapping":
        mapping = {"$.context.n": draw(st.sampled_from([1, 2, "$.input.flag", "$.input.text + 1"]))}
        return {"id": step_id, "step_type": {"type": "data_mapping", "mapping": mapping}}
    if kind == "script":
        return {
            "id": step_id,
            "step_type": {"type": "script", "expression": "{'n': 1}", "output_mapping": {"n": "$.output.n"}},
        }
    of = {"inline": kind == "inline", "output_mapping": {"n": "$.context.n"}, **draw(WORKERS)}
    return activity(step_id, of=of, **policy)


def inside(step: dict[str, Any], policy: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps in the regions of a step."""
    of = step["step_type"]
    if of["type"] == "parallel":
        return [activity(branch["entry_step_id"], **policy) for branch in of["branches"]]
    if of["type"] == "map":
        mapping = {"input_mapping": {"v": "$.item"}, "output_mapping": {"n": "$.context.n"}}
        return [activity(of["entry_step_id"], of=mapping, **policy)]
    return []


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A graph without cycles in which every step is reached and leads to the end."""
    ids = [f"s{number}" for number in range(draw(st.integers(1, 6)))]
    body: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    edges: list[tuple[str, ...]] = [("start", ids[0])]
    for number, step_id in enumerate(ids):
        later = [*ids[number + 1 :], "end"]
        kind = draw(st.sampled_from([steps] * 7 + [human_steps, sub_workflow_steps, event_steps]))
        step = draw(kind(step_id, later))
        body.append(step)
        body.extend(inside(step, draw(POLICIES)))
        if step["step_type"]["type"] == "human":
            asked.append(draw(points(step_id, later)))
        if step["step_type"]["type"] == "decision":
            continue
        edges.append((step_id, later[0]))
        for target in draw(st.lists(st.sampled_from(later), max_size=2, unique=True)):
            if target != later[0]:
                condition = draw(CONDITIONS)
                edges.append((step_id, target) if condition is None else (step_id, target, condition))
        if draw(st.booleans()):
            edges.append((step_id, draw(st.sampled_from(later)), draw(st.sampled_from(["error", "error:boom"]))))
    timeout = draw(st.sampled_from([None, 30]))
    fields: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
    fields["event_handlers"] = draw(handlers(ids))
    if draw(st.booleans()):
        body = compensated(draw, body)
        fields["compensate_on_cancel"] = draw(st.booleans())
    return workflow(*body, transitions=edges, human_intervention_points=asked, **fields)


class Player:
    """Plays an execution with whatever Hypothesis draws, and remembers every command for later repeats."""

    def __init__(self, data: st.DataObject, play: Play) -> None:
        self.data = data
        self.play = play
        self.told: list[Command] = [Advance(cause=1)]
        self.children = Children()
        self.children.note(play.effects)

    def tell(self, command: Command) -> None:
        self.told.append(command)
        before = self.play.state
        first = decide(self.play.program, before, command, self.play.now)
        again = decide(self.play.program, before, command, self.play.now)
        assert first == again
        self.play.tell(command)
        self.children.note(first.effects)
        if before.is_terminal and not isinstance(command, Request):
            assert not first.events
        self.check_alive()

    def check_alive(self) -> None:
        """What has not ended has something on its way: a task, a deadline, or more to decide."""
        state = self.play.state
        outside = ("waiting_for_event", "waiting_for_human_intervention")
        waits = any(run.state in outside for run in state.runs.values())
        if not state.is_terminal:
            assert waits or state.is_paused or list(outstanding(state)) or state.earliest_deadline() is not None
        else:
            assert not state.runs
            assert not state.strays
            assert not state.is_ending
            assert not list(outstanding(state))
            assert not self.children.going_on
        items = {region.owner for region in state.regions.values() if region.index is not None}
        assert items <= set(state.runs)

    def outcome(self) -> Command | None:
        tasks = self.play.tasks()
        if not tasks or self.data.draw(st.booleans()):
            told = self.children.outcome(self.data, self.play.state)
            if told is not None or not tasks:
                return told
        task = self.data.draw(st.sampled_from(tasks))
        at = self.play.now - timedelta(seconds=self.data.draw(st.sampled_from([0, 3, -3])))
        if self.data.draw(st.booleans()):
            output = self.data.draw(st.sampled_from([{"n": 1}, {"n": 2}, None]))
            return CompleteTask(run_id=task.run_id, attempt=task.attempt, output=output, started_at=at)
        error = ErrorInfo(code=self.data.draw(st.sampled_from(["Boom", "Other"])), message="x")
        lost = self.data.draw(st.booleans())
        return FailTask(run_id=task.run_id, attempt=task.attempt, error=error, started_at=at, lost=lost)

    def report(self) -> Command | None:
        """What a worker says before its outcome: of the open attempt, of an older one, in time or late."""
        tasks = self.play.tasks()
        if not tasks:
            return None
        task = self.data.draw(st.sampled_from(tasks))
        attempt = max(task.attempt - self.data.draw(st.sampled_from([0, 0, 0, 1])), 1)
        at = self.play.now - timedelta(seconds=self.data.draw(st.sampled_from([0, 2, -3])))
        if self.data.draw(st.booleans()):
            node = self.data.draw(st.sampled_from(["worker-1", "worker-2"]))
            return TaskStarted(run_id=task.run_id, attempt=attempt, started_at=at, node=node)
        return Heartbeat(run_id=task.run_id, attempt=attempt, at=at, progress={"progress_percentage": 50})

    def request(self) -> Any:
        """Something that a person asks for, sensible or not."""
        number = f"r{len(self.told)}"
        step = self.data.draw(st.sampled_from(sorted(self.play.program.graph.steps)))
        return self.data.draw(
            st.sampled_from(
                [
                    Signal(id=number, name="x", payload={"n": 1}),
                    Signal(id=number, name="y"),
                    Pause(id=number),
                    Resume(id=number),
                    Skip(id=number, step=step),
                    Retry(id=number, step=step),
                    Rerun(id=number, step=step),
                    Rerun(id=number, step=step, input={"n": 2}),
                    SetVariables(id=number, variables={"n": 3}),
                    Cancel(id=number),
                    *answers(number, step),
                    *wishes(self.data.draw(st.integers(1, 6))),
                ]
            )
        )

    def turn(self) -> None:
        kind = self.data.draw(
            st.sampled_from(["outcome", "outcome", "report", "repeat", "wake", "advance", "ask", "ask", "event"])
        )
        command: Command | None = None
        if kind == "outcome":
            command = self.outcome()
        elif kind == "report":
            command = self.report()
        elif kind == "repeat":
            command = self.data.draw(st.sampled_from(self.told))
        elif kind == "ask":
            command = self.request()
        elif kind == "event":
            command = self.data.draw(published(len(self.told), self.play.now))
        elif kind == "wake":
            self.play.now += timedelta(seconds=self.data.draw(st.sampled_from([0, 1, 2, 6])))
            command = WakeUp(at=self.play.now)
        else:
            command = Advance(cause=self.play.state.commit)
        if command is not None:
            self.tell(command)

    def bring_to_an_end(self) -> None:
        for turn in range(400):
            if self.play.state.is_terminal:
                return
            if any(isinstance(effect, Continue) for effect in outstanding(self.play.state)):
                self.tell(Advance(cause=self.play.state.commit))
                continue
            if self.play.state.is_paused:
                self.tell(Resume(id=f"end{len(self.told)}"))
                continue
            command = self.outcome()
            waiting = [run.event_name for run in self.play.state.runs.values() if run.event_name is not None]
            asked = [run for run in self.play.state.runs.values() if run.human is not None]
            if command is not None:
                self.tell(command)
            elif asked and (turn % 2 or self.play.state.earliest_deadline() is None):
                self.tell(fitting_answer(f"end{len(self.told)}", asked[0].run_id, self.play.program))
            elif waiting and (turn % 2 or self.play.state.earliest_deadline() is None):
                self.tell(Signal(id=f"end{len(self.told)}", name=waiting[0]))
            elif (deadline := self.play.state.earliest_deadline()) is not None:
                self.play.now = max(deadline, self.play.now)
                self.tell(WakeUp(at=deadline))
        raise AssertionError("the execution does not end")


@settings(max_examples=150)
@given(st.data())
def test_invariants_hold_when_commands_come_in_any_order_twice_and_late(data: st.DataObject) -> None:
    play = Play(data.draw(documents()), {"flag": data.draw(st.booleans()), "text": "x"}, rules=RULES, parent=PARENT)
    player = Player(data, play)
    player.check_alive()

    for _ in range(data.draw(st.integers(0, 12))):
        player.turn()
    player.bring_to_an_end()

    ended = play.state
    for command in player.told:
        player.play.tell(command)
    assert play.state is ended
    ends = [
        event.run_id
        for event in play.events
        if event.type in ("StepCompleted", "StepFailed", "StepSkipped", "StepCanceled") and "late" not in event.details
    ]
    assert len(ends) == len(set(ends))
    check_compensation(play.events)
    check_events(play.events)


@settings(max_examples=50)
@given(st.data())
def test_commands_decided_together_lead_where_they_lead_one_by_one(data: st.DataObject) -> None:
    play = Play(data.draw(documents()), {"flag": True, "text": "x"}, rules=Rules())
    commands = [
        CompleteTask(run_id=task.run_id, attempt=task.attempt, output={"n": 1}, started_at=BEGIN)
        for task in play.tasks()
    ]

    together = decide_all(play.program, play.state, commands, play.now)
    one_by_one = play.state
    for command in commands:
        decision = decide(play.program, one_by_one, command, play.now)
        if decision.events:
            one_by_one = evolve_commit(one_by_one, decision.to_commit(one_by_one))

    assert together.state.status == one_by_one.status
    assert together.state.variables == one_by_one.variables
    assert together.state.counts == one_by_one.counts

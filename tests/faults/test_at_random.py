"""Random workflows in a world where everything goes wrong: the whole engine over its ports, until each has ended.

Hypothesis draws a definition and a tape of numbers; what goes wrong is read off the tape, so that a failure shrinks to
the smallest definition and the quietest world that still show it. Messages come late, twice, out of order, or only once
they were dropped and delivered again; activities fail; people ask for sensible and other things; and the process is
killed before or after any call of a port.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.activities.errors import ActivityError
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.domain.errors import Conflict
from chalicelib.domain.execution.commands import (
    AnyRequest,
    Cancel,
    Pause,
    Rerun,
    Resume,
    Retry,
    SetVariables,
    Signal,
    Skip,
    SubmitHuman,
)
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.evolve import fold
from chalicelib.domain.execution.state import State
from chalicelib.engine.external_work import Poll, TaskRefused
from chalicelib.ports.queues import CommandMessage
from tests.faults.world import Fuse, World
from tests.property.execution.compensating import check_compensation
from tests.property.execution.test_invariants import documents
from tests.unit.execution.play import activity, chain

EXECUTIONS = int(os.environ.get("RANDOM_EXECUTIONS", "1000"))
"""How many executions are played in all; `make random` plays ten thousand."""
SHARES = 4
"""They are shared by so many tests, which run side by side."""
ENDS = ("StepCompleted", "StepFailed", "StepSkipped", "StepCanceled")


CHILD = chain(
    activity("t"),
    {"id": "n", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": 3}}},
    id="child",
)
"""What sub-workflow steps begin."""


class Tape:
    """Numbers that decide what goes wrong; beyond its end nothing does."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = iter(numbers)

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit`` - 1; 0 is the quiet choice."""
        return next(self._numbers, 0) % limit

    def one_in(self, chances: int) -> bool:
        """True once in ``chances``."""
        return self.below(chances) == chances - 1


class Chaos(World):
    """A world that goes wrong as its tape says."""

    def __init__(self, tape: Tape) -> None:
        registry = ActivityRegistry()
        registry.activity("t")(self._act)
        fuse = Fuse(tape.below(150) or None, after=bool(tape.below(2)))
        super().__init__(registry, fuse, max_step_runs=150, max_active_paths=25)
        self.tape = tape
        self.asked = 0
        self.order = 0

    def _act(self, given: Any, context: Any) -> Any:
        outcome = self.tape.below(6)
        if outcome in (4, 5):
            raise ActivityError("Boom" if outcome == 4 else "Other", "it failed", retryable=None)
        return None if outcome == 3 else {"n": 1 + outcome % 2}

    def play(self, turns: int) -> None:
        """Do so many things, each as the tape says."""
        for _ in range(turns):
            kind = self.tape.below(8)
            if kind == 7:
                self.clock.advance_to(self.clock.now() + timedelta(seconds=self.tape.below(9)))
            elif kind == 6:
                self.ask(self._any_request())
            elif kind == 5:
                self._publish_any()
            elif not self._serve(kind) and not self._deliver() and not self._advance_clock():
                return

    def _serve(self, first: int) -> bool:
        """Serve one queue, the first that has something, beginning with any of them."""
        queues = (
            (self.real.commands, self.engine.advance.handle),
            (self.real.tasks, self.engine.work.handle),
            (self.real.near_wakeups, self._wake),
        )
        for number in range(3):
            queue, handle = queues[(first + number) % 3]
            if self._serve_one(queue, handle):
                return True
        return self._publish()

    def _serve_one(self, queue: Any, handle: Any) -> bool:
        """A batch that may be handled for nothing, its acknowledgement being lost, or dropped and come again."""
        batch = queue.receive(1 + self.tape.below(3), now=self.clock.now())
        if not batch:
            return False
        fate = self.tape.below(6)
        failed = [each.delivery_id for each in batch] if fate == 5 else self.guarded(lambda: handle(batch))
        for delivery in batch:
            if fate == 4 or failed is None or delivery.delivery_id in failed:
                queue.release(delivery.delivery_id)
            else:
                queue.acknowledge(delivery.delivery_id)
        return True

    def _publish_any(self) -> None:
        """Publish an event as a caller does who tries again until there is an answer."""
        self.asked += 1
        name, correlation = ("x", "y")[self.tape.below(2)], (None, "a", "b")[self.tape.below(3)]
        event_id = f"event{self.asked - self.tape.below(2)}"
        data = {"n": self.tape.below(3)}

        def publish() -> bool:
            try:
                self.engine.publish_event(name, data, event_id=event_id, correlation=correlation)
            except Conflict:  # the number was another event's
                return True
            return True

        while self.guarded(publish) is None:
            pass

    def _deliver(self) -> bool:
        return super()._deliver() or self._work_outside()

    def _work_outside(self) -> bool:
        """An external worker takes a task, and ends it well, badly or not at all."""
        leased = self.guarded(lambda: self.engine.external_work.poll(Poll(task_list="gpu", worker_id="w")))
        if not leased:
            return leased is None
        token, fate = leased[0].task_token, self.tape.below(5)
        if fate == 4:  # it dies
            return True
        if fate == 3:
            self.guarded(lambda: self._answer(token, ErrorInfo(code="Boom", message="it failed")))
        else:
            self.guarded(lambda: self._answer(token, None))
        return True

    def _answer(self, token: str, error: ErrorInfo | None) -> bool:
        work = self.engine.external_work
        try:
            if error is None:
                work.complete(token, {"n": 1})
            else:
                work.fail(token, error)
        except TaskRefused:  # it is not wanted any more
            return False
        return True

    def ask(self, request: AnyRequest) -> None:
        """Ask something of the execution; it may be asked twice."""
        for _ in range(1 + self.tape.below(2)):
            message = CommandMessage(execution_id="x", command=request)
            self.real.commands.send(message, deduplication_id=f"{request.command_id}:{self.asked}:{self.tape.below(2)}")

    def _any_request(self) -> AnyRequest:
        self.asked += 1
        state = self.state()
        steps = sorted(state.counts) or ["start"]
        step, number = steps[self.tape.below(len(steps))], f"r{self.asked}"
        choices: list[AnyRequest] = [
            Signal(id=number, name="x", payload={"n": 1}),
            Signal(id=number, name="y"),
            Pause(id=number),
            Resume(id=number),
            Skip(id=number, step=step),
            Retry(id=number, step=step),
            Rerun(id=number, step=step, input={"n": 2}),
            SetVariables(id=number, variables={"n": 3}),
            Cancel(id=number),
            SubmitHuman(id=number, step=step, action="approve"),
            SubmitHuman(id=number, step=step, action="reject", reason="no"),
            SubmitHuman(id=number, step=step, action="modify_data", data={"n": 1}),
        ]
        return choices[self.tape.below(len(choices))]

    def bring_to_an_end(self) -> None:
        """From here on everything goes well, and whatever is waited for comes."""
        self.tape = Tape([])
        for _ in range(200):
            self.run()
            state = self.state()
            if state.is_terminal:
                return
            self.asked += 1
            self.ask(self._what_helps(state))
        raise AssertionError(f"the execution does not end: {self.state().status} {list(self.state().runs)}")

    def _what_helps(self, state: State) -> AnyRequest:
        number = f"end{self.asked}"
        if state.is_paused:
            return Resume(id=number)
        awaited = next((run.event_name for run in state.runs.values() if run.event_name is not None), None)
        return Cancel(id=number) if awaited is None else Signal(id=number, name=awaited)

    def state(self) -> State:
        """The fold of the history."""
        state = fold(self.commits())
        assert state is not None
        return state

    def check_history(self, execution_id: str = "x") -> None:
        """Whatever happened: no gap, no step run ended twice, nothing after the end but what revived it.

        The same holds of every execution that it began.
        """
        self.check(execution_id)
        events = [event for commit in self.commits(execution_id) for event in commit.events]
        for child_id in {event.details["child_id"] for event in events if "child" in event.details}:
            if self.commits(child_id):
                self.check_history(child_id)
        ends = Counter(event.run_id for event in events if event.type in ENDS and "late" not in event.details)
        assert max(ends.values(), default=1) == 1, ends
        answers = Counter(
            id for commit in self.commits(execution_id) for id in commit.command_ids if id.startswith("request:")
        )
        assert max(answers.values(), default=1) == 1, answers
        unplanned = [error for _, error in self.errors if type(error).__name__ != "ErrandFailed"]
        assert not unplanned, unplanned
        check_compensation(events)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("share", range(SHARES))
def test_every_execution_ends_whole_when_everything_goes_wrong_on_the_way(
    share: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # what fails on purpose is told by its thousands

    @settings(max_examples=EXECUTIONS // SHARES)
    @given(documents(), st.booleans(), st.lists(st.integers(0, 1_000), max_size=120))
    def play(document: dict[str, Any], flag: bool, numbers: list[int]) -> None:
        world = Chaos(Tape(numbers))
        world.register(document)
        world.register(CHILD)
        world.start("w", {"flag": flag, "text": "x"})
        world.play(60)
        world.bring_to_an_end()
        world.check_history()

    play()

"""Every mechanism of recovery is needed: taken away, some crash point or some repetition does harm.

Each test removes one mechanism and sees the suite of crash points (or a scene made for it) notice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.execution.commands import Advance, CompleteTask, WakeUp
from chalicelib.domain.execution.state import State
from chalicelib.engine import publish
from chalicelib.engine.advance import Advance as AdvanceUseCase
from chalicelib.engine.attempts import Attempts
from chalicelib.engine.committing import Committer
from chalicelib.engine.start import StartRequest
from chalicelib.ports.queues import CommandMessage, Delivery
from tests.faults.test_crashes import DOCUMENTS, violations
from tests.faults.world import Crash, Effects, Fuse, World


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Any], None]:
    """Takes a mechanism away: ``without(owner, name, replacement)``."""

    def remove(owner: Any, name: str, replacement: Any) -> None:
        monkeypatch.setattr(owner, name, replacement)

    return remove


def test_effects_are_lost_when_a_redelivered_command_does_not_perform_them_again(without: Any) -> None:
    without(AdvanceUseCase, "_recover", lambda *_: None)

    assert any("tasks.send" in place for place in violations("queued", after=False))


def test_execution_never_begins_when_the_publisher_does_not_kick(without: Any) -> None:
    without(publish, "kick", lambda *_: None)
    world = World(Effects().registry, Fuse())
    world.register(DOCUMENTS["queued"])
    world.fuse.at = len(world.fuse.calls) + 2  # the append has been made, the command not been sent
    _started_once(world)

    world.run()

    assert [commit.number for commit in world.commits()] == [1]


def test_execution_begins_when_its_start_died_between_commit_and_command() -> None:
    world = World(Effects().registry, Fuse())
    world.register(DOCUMENTS["queued"])
    world.fuse.at = len(world.fuse.calls) + 2
    _started_once(world)
    assert world.fuse.calls[-1] == "commands.send"

    world.run()

    world.check()
    assert world.status()["state"] == "completed"


def test_inline_attempt_is_made_twice_when_an_open_one_is_not_counted_lost(without: Any) -> None:
    """Not counted, the same attempt would simply be run again: the history would not show that one was lost."""
    lost: list[str] = []
    real = Attempts.lost

    def noted(self: Attempts, task: Any) -> Any:
        lost.append(task.run_id)
        return real(self, task)

    without(Attempts, "lost", noted)

    assert violations("inline", after=True) == []

    assert lost


def test_outcome_counts_twice_when_attempts_are_not_told_apart(without: Any) -> None:
    world = _at_rest_before_c()
    outcome = _outcome_of_the_open_task(world)
    twice = [_delivery(f"d{number}", outcome) for number in range(2)]

    assert world.engine.advance.handle(twice) == []
    before = len(world.commits())
    assert world.engine.advance.handle([_delivery("d3", outcome)]) == []
    assert len(world.commits()) == before

    without(State, "is_open", lambda *_: True)
    assert world.engine.advance.handle([_delivery("d4", outcome)]) == ["d4"]


def test_second_writer_reloads_and_decides_again_when_the_first_committed_before_it() -> None:
    world = _at_rest_before_c()
    outcome = _outcome_of_the_open_task(world)
    stale, other = world.engine.advance._committer, world._boot().advance._committer
    head = stale.load("x")

    other.decide("x", [outcome])
    state = stale.decide("x", [outcome], head=head)

    assert state.commit == head.commit + 1
    world.run()
    world.check()


@pytest.mark.parametrize("recognised", [True, False])
def test_effects_of_a_commit_whose_answer_was_lost_need_it_to_be_recognised(without: Any, recognised: bool) -> None:
    world = _at_rest_before_c()
    outcome = _outcome_of_the_open_task(world)
    append = type(world.real.store).append

    def answer_lost(self: Any, commit: Any, **kwargs: Any) -> int:
        append(self, commit, **kwargs)
        return append(self, commit, **kwargs)  # botocore tries again, and meets what it wrote itself

    without(type(world.real.store), "append", answer_lost)
    if not recognised:
        without(Committer, "_is_ours", lambda *_: False)
    assert world.engine.advance.handle([_delivery("d", outcome)]) == []

    assert world.commits()[-1].command_ids == (outcome.command_id,)
    assert len(world.real.tasks) == (1 if recognised else 0)  # type: ignore[arg-type]


def test_poisoned_command_fails_its_own_execution_only_and_visibly(without: Any) -> None:
    effects = Effects()
    world = World(effects.registry)
    for document in (DOCUMENTS["queued"], DOCUMENTS["inline"]):
        world.register(document)
    world.start("queued", {"n": 0}, "x")
    world.start("inline", {"n": 0}, "innocent")
    real = Committer._decide_all

    def poisoned(self: Committer, state: State, commands: Any) -> Any:
        if state.execution_id == "x":
            message = "a defect of the engine"
            raise RuntimeError(message)
        return real(self, state, commands)

    without(Committer, "_decide_all", poisoned)
    world.run()

    assert world.status("innocent")["state"] == "completed"
    status = world.status("x")
    assert (status["state"], status["error"]["code"]) == ("failed", "EngineError")
    assert {execution_id for execution_id, _ in world.errors} == {"x"}


def test_wake_up_is_armed_again_when_it_came_too_early() -> None:
    world = World(Effects().registry)
    world.register(DOCUMENTS["spread"])
    world.start("spread", {"n": 0})
    for _ in range(10):
        world._deliver()
    due = world.real.near_wakeups.next_visible_at()  # type: ignore[attr-defined]
    waiting = len(world.real.near_wakeups)  # type: ignore[arg-type]

    assert world.engine.advance.handle([_delivery("early", WakeUp(at=due))]) == []

    assert len(world.real.near_wakeups) == waiting + 1  # type: ignore[arg-type]


def test_command_for_an_execution_that_is_gone_is_dropped_and_reported() -> None:
    world = World(Effects().registry)

    assert world.engine.advance.handle([_delivery("d", Advance(cause=1), "gone")]) == []

    assert [execution_id for execution_id, _ in world.errors] == ["gone"]


def _at_rest_before_c() -> World:
    """An execution of ``queued`` whose first task is on its way to a worker."""
    world = World(Effects().registry)
    world.register(DOCUMENTS["queued"])
    world.start("queued", {"n": 0})
    batch = world.real.commands.receive(10, now=world.clock.now())  # type: ignore[attr-defined]
    assert world.engine.advance.handle(batch) == []
    for delivery in batch:
        world.real.commands.acknowledge(delivery.delivery_id)  # type: ignore[attr-defined]
    return world


def _outcome_of_the_open_task(world: World) -> CompleteTask:
    """Take the open task off its queue, as a worker does that then reports what is returned."""
    (delivery,) = world.real.tasks.receive(1, now=world.clock.now())  # type: ignore[attr-defined]
    world.real.tasks.acknowledge(delivery.delivery_id)  # type: ignore[attr-defined]
    task = delivery.message
    return CompleteTask(run_id=task.run_id, attempt=task.attempt, output={"n": 1}, started_at=world.clock.now())


def _started_once(world: World) -> None:
    with pytest.raises(Crash):
        world.engine.start(StartRequest(workflow_id="queued", input={"n": 0}, execution_id="x"))
    world.engine = world._boot()


def _delivery(delivery_id: str, command: Any, execution_id: str = "x") -> Delivery[CommandMessage]:
    return Delivery(delivery_id=delivery_id, message=CommandMessage(execution_id=execution_id, command=command))

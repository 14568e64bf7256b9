"""The sweeper, the publisher, the worker and the waker, each by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.commands import FailTask, WakeUp
from chalicelib.engine.committing import Committer
from chalicelib.engine.dead_letters import Deaths
from chalicelib.engine.publish import to_summary
from chalicelib.engine.sweep import Swept, TimerSweep
from chalicelib.ports.queues import CommandMessage, WakeUpMessage
from tests.faults.test_crashes import DOCUMENTS
from tests.faults.world import BEGIN, Effects, World


@pytest.fixture
def world() -> World:
    world = World(Effects().registry)
    for document in DOCUMENTS.values():
        world.engine.definitions.register(document)
    return world


def begun(world: World) -> Any:
    """Start ``queued`` and take its first task off the queue."""
    world.start("queued", {"n": 0})
    commands: Any = world.real.commands
    for delivery in (batch := commands.receive(10, now=BEGIN)):
        commands.acknowledge(delivery.delivery_id)
    assert world.engine.advance.handle(batch) == []
    tasks: Any = world.real.tasks
    (delivery,) = tasks.receive(1, now=BEGIN)
    tasks.acknowledge(delivery.delivery_id)
    return delivery


def sent(world: World) -> list[CommandMessage]:
    commands: Any = world.real.commands
    return [delivery.message for delivery in commands.receive(10, now=world.clock.now())]


def test_timers_nearly_due_are_moved_to_the_queue_and_the_others_stay(world: World) -> None:
    timers = world.real.timers
    for minutes in (-60, 0, 2, 10):
        timers.set(f"x{minutes}", BEGIN + timedelta(minutes=minutes))

    assert TimerSweep(timers, world.real.near_wakeups, world.clock)() == 3

    wakeups: Any = world.real.near_wakeups
    assert {delivery.message.execution_id for delivery in wakeups.receive(10, now=BEGIN)} == {"x-60", "x0"}
    assert wakeups.next_visible_at() == BEGIN + timedelta(minutes=2)
    assert [timer.execution_id for timer in timers.due(until=BEGIN + timedelta(days=1))] == ["x10"]


def test_timer_is_kept_when_the_queue_does_not_take_it(world: World) -> None:
    class Full:
        def send(self, message: WakeUpMessage, *, now: Any) -> None:
            raise Unavailable("the queue does not answer")

    world.real.timers.set("x", BEGIN)

    with pytest.raises(Unavailable):
        TimerSweep(world.real.timers, Full(), world.clock)()

    assert len(list(world.real.timers.due(until=BEGIN))) == 1


def test_dead_task_becomes_a_failure_of_its_step(world: World) -> None:
    task = begun(world).message
    world.real.dead_tasks.put(task)  # type: ignore[attr-defined]

    assert world.engine.sweep() == Swept(schedules=0, timers=0, commands=0, tasks=1)

    (message,) = sent(world)
    assert isinstance(message.command, FailTask)
    assert message.command.error.code == "TaskDeadLettered"
    assert "'count'" in message.command.error.message


def test_dead_wake_up_is_passed_on(world: World) -> None:
    begun(world)
    world.real.dead_tasks.put(WakeUpMessage(execution_id="x", at=BEGIN))  # type: ignore[attr-defined]

    assert world.engine.sweep().tasks == 1

    assert [message.command for message in sent(world)] == [WakeUp(at=BEGIN)]


def test_dead_command_is_decided_when_it_only_failed_in_company(world: World) -> None:
    task = begun(world).message
    outcome = FailTask(run_id=task.run_id, attempt=1, error=_error(), started_at=BEGIN)
    world.real.dead_commands.put(CommandMessage(execution_id="x", command=outcome))  # type: ignore[attr-defined]

    assert world.engine.sweep().commands == 1

    assert world.status()["state"] == "failed"


def test_dead_letter_stays_when_even_giving_up_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    task = begun(world).message
    outcome = FailTask(run_id=task.run_id, attempt=1, error=_error(), started_at=BEGIN)
    world.real.dead_commands.put(CommandMessage(execution_id="x", command=outcome))  # type: ignore[attr-defined]

    def down(*_: Any, **__: Any) -> int:
        raise Unavailable("the store does not answer")

    monkeypatch.setattr(type(world.real.store), "append", down)

    assert world.engine.sweep().commands == 0

    assert len(world.real.dead_commands) == 1  # type: ignore[arg-type]
    assert all(isinstance(error, Unavailable) for _, error in world.errors)


def test_letters_behind_it_are_answered_when_one_cannot_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(world)
    letters: Any = world.real.dead_tasks
    letters.put(WakeUpMessage(execution_id="refused", at=BEGIN))
    letters.put(WakeUpMessage(execution_id="x", at=BEGIN))
    send = type(world.real.commands).send

    def refusing(self: Any, message: CommandMessage, **kwargs: Any) -> None:
        if message.execution_id == "refused":
            raise Unavailable("the queue does not answer")
        send(self, message, **kwargs)

    monkeypatch.setattr(type(world.real.commands), "send", refusing)

    assert world.engine.sweep().tasks == 1

    assert [message.execution_id for message in sent(world)] == ["x"]
    assert [execution_id for execution_id, _ in world.errors] == ["refused"]
    assert len(letters) == 1


def test_everything_else_is_swept_when_one_part_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(world)
    world.real.dead_tasks.put(WakeUpMessage(execution_id="x", at=BEGIN))  # type: ignore[attr-defined]

    def down(*_: Any, **__: Any) -> None:
        raise Unavailable("the table does not answer")

    monkeypatch.setattr(type(world.real.timers), "due", down)

    with pytest.raises(Unavailable, match="the table"):
        world.engine.sweep()

    assert [message.command for message in sent(world)] == [WakeUp(at=BEGIN)]


def test_dead_command_is_kept_and_compensates_later_when_the_definition_cannot_be_read_just_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a command that cannot be decided, and then the stores that cannot tell what there is to compensate
    task = begun(world).message
    outcome = FailTask(run_id=task.run_id, attempt=1, error=_error(), started_at=BEGIN)
    world.real.dead_commands.put(CommandMessage(execution_id="x", command=outcome))  # type: ignore[attr-defined]
    failures: list[Exception] = [RuntimeError("a defect"), Unavailable("the table does not answer")]
    real = Committer._decide_all

    def failing(self: Committer, state: Any, commands: Any) -> Any:
        if failures:
            raise failures.pop(0)
        return real(self, state, commands)

    monkeypatch.setattr(Committer, "_decide_all", failing)

    # when, then
    assert world.engine.sweep().commands == 0
    assert world.status()["state"] == "running"
    world.real.dead_commands.release_all()  # type: ignore[attr-defined]
    assert world.engine.sweep().commands == 1
    assert world.status()["error"]["code"] == "Boom"


def test_death_is_counted_when_its_note_could_not_be_taken_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = Deaths(world.real.entries, world.clock)

    def down(*_: Any, **__: Any) -> None:
        raise Unavailable("the table does not answer")

    assert deaths.expect("x", "c") == 0
    with monkeypatch.context() as patch:
        patch.setattr(type(world.real.entries), "delete", down)
        deaths.survived("x", "c")
    assert deaths.expect("x", "c") == 1
    deaths.survived("x", "c")
    assert deaths.expect("x", "c") == 0


def test_task_received_again_is_dropped_when_its_attempt_is_over(world: World) -> None:
    delivery = begun(world)
    assert world.engine.work.handle([delivery]) == []
    world.run()
    again = msgspec.structs.replace(delivery, receive_count=2)

    assert world.engine.work.handle([again]) == []

    assert sent(world) == []


def test_task_received_again_is_run_when_its_attempt_is_open(world: World) -> None:
    again = msgspec.structs.replace(begun(world), receive_count=2)

    assert world.engine.work.handle([again]) == []

    assert len(sent(world)) == 1


def test_only_the_task_that_could_not_be_reported_comes_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = begun(world)
    other = msgspec.structs.replace(
        delivery, delivery_id="other", message=msgspec.structs.replace(delivery.message, execution_id="y")
    )
    send = type(world.real.commands).send

    def refusing(self: Any, message: CommandMessage, **kwargs: Any) -> None:
        if message.execution_id == "y":
            raise Unavailable("the queue does not answer")
        send(self, message, **kwargs)

    monkeypatch.setattr(type(world.real.commands), "send", refusing)

    assert world.engine.work.handle([delivery, other]) == ["other"]

    assert [execution_id for execution_id, _ in world.errors] == ["y"]


def test_row_of_an_execution_follows_its_commits(world: World) -> None:
    world.start("failing", {"n": 0})
    world.run()

    row = world.real.summaries.get("x")

    assert row is not None
    assert row == to_summary(world.engine.publish._loader.load("x"))  # type: ignore[arg-type]
    assert (row.state, row.workflow_id, row.duration_ms) == ("failed", "failing", 0)
    assert row.error is not None
    assert row.error.code == "Flaky"


def test_row_is_written_only_when_a_commit_changes_it(world: World) -> None:
    world.start("queued", {"n": 0})
    world.run()
    written: list[int] = []
    project = world.real.summaries.project
    world.engine.publish._summaries = _Noting(project, written)  # type: ignore[assignment]

    for commit in world.commits():
        world.engine.publish.handle("x", [commit])

    shown = [number for number in written if number > 1]
    assert len(written) == 3
    assert len(world.commits()) > 5
    assert shown


class _Noting:
    def __init__(self, project: Any, written: list[int]) -> None:
        self._project, self._written = project, written

    def project(self, summary: Any, **kwargs: Any) -> bool:
        self._written.append(summary.commit_number)
        return bool(self._project(summary, **kwargs))


def _error() -> Any:
    from chalicelib.domain.execution.events import ErrorInfo

    return ErrorInfo(code="Boom", message="it failed")

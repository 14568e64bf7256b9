"""Dead letters get their answer.

Layer: engine. A dead command was decided in company, three times in vain. It is decided once more, alone::

    decided            -> it was the company's fault; done
    may pass later     -> it stays: a store or queue that is down is no fault of the execution
    anything else      -> its execution fails, visibly, with EngineError
    the sweeper dies   -> next time the same; then its failing is decided; then it fails with nothing decided at all

That the sweeper died is told by a note that is written before and taken away after: what kills each process that
decides it must not keep the other letters waiting for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, TypeVar

from chalicelib.domain.errors import Unavailable, WeftError
from chalicelib.domain.execution.commands import FailExecution, FailTask
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.advance import Advance
from chalicelib.engine.committing import Committer
from chalicelib.engine.event_index import in_key
from chalicelib.engine.wake import Wake
from chalicelib.engine.work import errand_failed, report
from chalicelib.ports.entries import Entries
from chalicelib.ports.queues import CommandMessage, CommandQueue, DeadLetterQueue, Delivery, WakerMessage
from chalicelib.ports.system import Clock

T = TypeVar("T")
DEATHS_BEFORE_GIVING_UP: Final = 2
"""How many sweepers may die of a command before it is decided no more."""
_BATCH: Final = 10
_MOST_BATCHES: Final = 100
_NOTED_FOR: Final = timedelta(days=15)
"""Longer than any dead letter is kept."""
_TRIES: Final = 3


class DeadCommandSweep:
    """Answers the commands that could not be decided."""

    def __init__(
        self,
        letters: DeadLetterQueue[CommandMessage],
        advance: Advance,
        committer: Committer,
        deaths: Deaths,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._letters = letters
        self._advance = advance
        self._committer = committer
        self._deaths = deaths
        self._on_error = on_error

    def __call__(self) -> int:
        """Answer every letter; gives how many. Raises what receiving raises."""
        return _drain(self._letters, self._decide_alone, self._on_error)

    def _decide_alone(self, delivery: Delivery[CommandMessage]) -> None:
        """Decide a command alone, or give its execution up. Raises if it is to stay."""
        message = delivery.message
        cause = message.command.command_id
        deaths = self._deaths.expect(message.execution_id, cause)
        try:
            if not self._is_decided(delivery, deaths):
                self._give_up(message.execution_id, cause, deaths)
        except Exception:
            self._deaths.survived(message.execution_id, cause)
            raise
        self._deaths.survived(message.execution_id, cause)

    def _is_decided(self, delivery: Delivery[CommandMessage], deaths: int) -> bool:
        """Whether the command is decided now. Raises what stopped it if that may pass."""
        if deaths >= DEATHS_BEFORE_GIVING_UP:
            return False
        again = Delivery(delivery_id=delivery.delivery_id, message=delivery.message, receive_count=2)
        error = self._advance.stopped([again]).get(delivery.message.execution_id)
        if isinstance(error, WeftError) and error.retryable:
            raise error
        return error is None

    def _give_up(self, execution_id: str, cause: str, deaths: int) -> None:
        what = "killed whatever decided it" if deaths >= DEATHS_BEFORE_GIVING_UP else "could not be decided"
        error = ErrorInfo(code="EngineError", message=f"the command {cause!r} {what}; see the logs")
        command = FailExecution(cause=cause, error=error)
        self._committer.give_up(execution_id, command, undecided=deaths > DEATHS_BEFORE_GIVING_UP)


class DeadTaskSweep:
    """Answers the tasks whose workers died, and the wake-ups that could not be turned into commands."""

    def __init__(
        self,
        letters: DeadLetterQueue[Task | WakerMessage],
        commands: CommandQueue,
        wake: Wake,
        clock: Clock,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._letters = letters
        self._commands = commands
        self._wake = wake
        self._clock = clock
        self._on_error = on_error

    def __call__(self) -> int:
        """Answer every letter; gives how many. Raises what receiving raises."""
        return _drain(self._letters, self._answer, self._on_error)

    def _answer(self, delivery: Delivery[Task | WakerMessage]) -> None:
        """A task that nobody could work off becomes a failure of its attempt; a wake-up or fan-out is passed on."""
        message = delivery.message
        if not isinstance(message, Task):
            self._wake.handle(Delivery(delivery_id=delivery.delivery_id, message=message))
            return
        if message.errand:
            text = "it was given to workers again and again, and none gave an outcome"
            self._on_error(message.execution_id, errand_failed(message, "TaskDeadLettered", text))
            return
        text = f"activity {message.activity_type!r} was given to workers again and again, and none gave an outcome"
        outcome = FailTask(
            run_id=message.run_id,
            attempt=message.attempt,
            error=ErrorInfo(code="TaskDeadLettered", message=text),
            started_at=self._clock.now(),
        )
        report(self._commands, message, outcome)


class Deaths:
    """How many sweepers died of a command: an entry ``dead-letter#<execution>``, ``<command id>`` while it is tried."""

    def __init__(self, entries: Entries, clock: Clock) -> None:
        self._entries = entries
        self._clock = clock

    def expect(self, execution_id: str, command_id: str) -> int:
        """Note that this process may die of the command; gives how many have. Raises ``Unavailable``."""
        partition, key = _place(execution_id, command_id)
        noted = self._entries.get(partition, key)
        deaths = 0 if noted is None else int(noted.body["tried"])
        self._entries.put(partition, key, {"tried": deaths + 1}, expires_at=self._clock.now() + _NOTED_FOR)
        return deaths

    def survived(self, execution_id: str, command_id: str) -> None:
        """Take the note away. Where that cannot be done, one death too many is counted."""
        for _ in range(_TRIES):
            with suppress(Unavailable):
                self._entries.delete(*_place(execution_id, command_id))
                return


def _drain(
    letters: DeadLetterQueue[T], answer: Callable[[Delivery[T]], None], on_error: Callable[[str, Exception], None]
) -> int:
    """Answer every letter and delete it. One that fails is reported, stays, and holds up no other."""
    answered = 0
    for _ in range(_MOST_BATCHES):
        deliveries = letters.receive(_BATCH)
        if not deliveries:
            break
        for delivery in deliveries:
            try:
                answer(delivery)
                letters.delete(delivery)
                answered += 1
            except Exception as raised:  # noqa: BLE001 - whatever it is, the others are waiting
                on_error(getattr(delivery.message, "execution_id", ""), raised)
    return answered


def _place(execution_id: str, command_id: str) -> tuple[str, str]:
    return f"dead-letter#{in_key(execution_id)}", in_key(command_id)

"""Running a call for at most so long.

Layer: activities. Python cannot stop a thread, so a call that overruns is left behind: its thread is a daemon (it holds
up no process), its outcome is dropped, and ``abandon`` tells it to end. In Lambda such a thread is frozen between
invocations and goes on during later ones, until it ends or the environment is recycled.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from chalicelib.domain.errors import WeftError

T = TypeVar("T")

# A coroutine is cancelled at its limit, which lets it clean up; its thread is given up only this much later.
ASYNC_GRACE_SECONDS: Final = 1.0


class TimeLimitExceeded(WeftError):
    """The call took longer than it may. ``thread`` is what goes on without it."""

    code = "Timeout"
    retryable = True

    def __init__(self, seconds: float, thread: threading.Thread | None = None) -> None:
        super().__init__(f"It took longer than {seconds:g} s.")
        self.seconds = seconds
        self.thread = thread


class _Call(Generic[T]):
    """One call in a thread, with its outcome. Whatever it raises is kept for the caller, ``SystemExit`` included."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self.outcome: list[T] = []
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.outcome.append(self._function())
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            self.error = error


def run_within(seconds: float | None, function: Callable[[], T], abandon: Callable[[], None] | None = None) -> T:
    """Call ``function`` in a thread of its own and return what it returns, or raise what it raises.

    After ``seconds`` (None: however long it takes) raises ``TimeLimitExceeded``, having called ``abandon``, if given.
    """
    call = _Call(function)
    # The thread sees the context variables of its caller: loggers and tracers keep their fields there.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(call,), name="weft-bounded", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        if abandon is not None:
            abandon()
        raise TimeLimitExceeded(seconds or 0.0, thread)
    if call.error is not None:
        raise call.error
    return call.outcome[0]


def run_async_within(
    seconds: float | None, function: Callable[[], Coroutine[Any, Any, T]], abandon: Callable[[], None] | None = None
) -> T:
    """Like ``run_within`` for a coroutine function: at its limit it is cancelled, and so may clean up.

    It gets an event loop and a thread of its own, whatever the caller runs in.
    """
    import asyncio

    async def limited() -> T:
        scope = asyncio.timeout(seconds)
        try:
            async with scope:
                return await function()
        except TimeoutError:
            if seconds is not None and scope.expired():
                raise TimeLimitExceeded(seconds) from None
            raise

    patience = None if seconds is None else seconds + ASYNC_GRACE_SECONDS
    return run_within(patience, lambda: asyncio.run(limited()), abandon)

"""From what an activity raised to the error that a workflow sees.

Layer: activities. Whatever was raised, the outcome can be encoded and stays small: texts are cut, unpaired surrogates
replaced, a ``__str__`` that fails is answered for.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any, Final

from chalicelib.activities.bounded import TimeLimitExceeded
from chalicelib.activities.errors import ActivityCanceled, ActivityError
from chalicelib.activities.results import checked_result
from chalicelib.domain.execution.events import ErrorInfo

MAX_CODE: Final = 128
MAX_MESSAGE: Final = 2_000
MAX_STACK: Final = 4_000
MAX_FRAMES: Final = 20
MAX_CAUSES: Final = 3
MAX_DETAILS_BYTES: Final = 32_000

# Frames of these modules are the machinery between the worker and the activity.
_MACHINERY: Final = frozenset({"chalicelib.activities.bounded", "chalicelib.activities.runner"})


def to_error_info(error: BaseException, *, package: str) -> ErrorInfo:
    """The failure as data. ``package`` is the top-level package of the activity: only its frames are shown."""
    if isinstance(error, ActivityError):
        details, note = _details_of(error)
        return ErrorInfo(
            code=_text(error.code, MAX_CODE) or "ActivityError",
            message=_text(error.message, MAX_MESSAGE) + note,
            details=details,
            stack_trace=_stack_of(error, package),
            retryable=error.retryable,
        )
    if isinstance(error, ActivityCanceled):
        return ErrorInfo(code="Canceled", message=_message_of(error), retryable=False)
    if isinstance(error, TimeLimitExceeded):
        return ErrorInfo(code="Timeout", message=_message_of(error))
    if isinstance(error, SystemExit):
        message = f"The activity ended the process: SystemExit({_text(error.code, 100)}). Raise ActivityError instead."
        return ErrorInfo(code="ActivityError", message=message, stack_trace=_stack_of(error, package))
    name = type(error).__name__
    message = _message_of(error)
    return ErrorInfo(
        code="ActivityError",
        message=f"{name}: {message}" if message else name,
        stack_trace=_stack_of(error, package),
    )


def _details_of(error: ActivityError) -> tuple[Any, str]:
    try:
        return checked_result(error.details, max_bytes=MAX_DETAILS_BYTES), ""
    except ActivityError as unusable:
        problem = unusable.message.replace("The result", "The error's details")
        return None, f" [{problem}]"


def _message_of(error: BaseException) -> str:
    return _text(error, MAX_MESSAGE)


def _text(value: object, limit: int) -> str:
    try:
        text = str(value)
    except Exception as broken:  # noqa: BLE001 - a __str__ of the user's own may raise anything
        text = f"<no text: {type(broken).__name__}>"
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _stack_of(error: BaseException, package: str) -> str | None:
    """The activity's own frames, the innermost last, and what the error was raised from; None if there is no frame."""
    frames = traceback.StackSummary.extract(_frames_of(error, package), limit=-MAX_FRAMES)
    if not frames:
        return None
    causes = [f"Caused by {type(cause).__name__}: {_text(cause, 200)}\n" for cause in _causes_of(error)]
    return _text("".join([*frames.format(), *causes]).rstrip("\n"), MAX_STACK)


def _frames_of(error: BaseException, package: str) -> Iterator[tuple[Any, int]]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == package and module not in _MACHINERY:
            yield frame, line


def _causes_of(error: BaseException) -> Iterator[BaseException]:
    cause = error
    for _ in range(MAX_CAUSES):
        following = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
        if following is None:
            return
        yield following
        cause = following

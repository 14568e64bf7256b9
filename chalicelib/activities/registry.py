"""Which activities there are, by name.

Layer: activities. A name belongs to one function. Registering happens when a module is imported and does nothing else;
what is registered never changes afterwards.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any, Final, TypeVar

import msgspec

from chalicelib.activities.errors import ActivityRegistrationError
from chalicelib.domain.definitions.model import RetryPolicy

INLINE_LIMIT_SECONDS: Final = 10.0
BUILT_IN_NAMES: Final = ("aws.call", "http.request", "lambda.invoke", "notify.send")

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

ActivityFunction = TypeVar("ActivityFunction", bound=Callable[..., Any])


class RegisteredActivity(msgspec.Struct, frozen=True, kw_only=True):
    """A function under its name. ``place`` is ``file:line``; ``timeout_seconds`` bounds one attempt."""

    name: str
    function: Callable[..., Any]
    place: str
    takes_context: bool
    is_async: bool
    inline: bool = False
    retry: RetryPolicy | None = None
    timeout_seconds: float | None = None


class ActivityRegistry:
    """Activities by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, RegisteredActivity] = {}

    def activity(
        self,
        name: str,
        *,
        retry: RetryPolicy | None = None,
        inline: bool = False,
        timeout: float | timedelta | None = None,
    ) -> Callable[[ActivityFunction], ActivityFunction]:
        """Decorate ``function(input, context)`` or ``function(input)``, plain or async; see ``activity`` below."""

        def register(function: ActivityFunction) -> ActivityFunction:
            place = _place_of(inspect.currentframe())
            self.add(
                RegisteredActivity(
                    name=_checked_name(name),
                    function=function,
                    place=place,
                    takes_context=_takes_context(name, function, place),
                    is_async=inspect.iscoroutinefunction(function),
                    inline=inline,
                    retry=_checked_retry(name, retry),
                    timeout_seconds=_checked_timeout(name, timeout, inline=inline),
                )
            )
            return function

        return register

    def add(self, registered: RegisteredActivity) -> None:
        """Raises ``ActivityRegistrationError`` for a name that another function has; the same one again is harmless."""
        present = self._by_name.get(registered.name)
        # A module may be executed twice (reloaded, or imported under two names): then the place is the same.
        if present is not None and present.place != registered.place:
            raise ActivityRegistrationError(
                f"The activity {registered.name!r} is registered twice: at {present.place} and at {registered.place}. "
                "Give one of them another name."
            )
        self._by_name[registered.name] = registered

    def find(self, name: str) -> RegisteredActivity | None:
        """The activity of that name, or None."""
        return self._by_name.get(name)

    def names(self) -> tuple[str, ...]:
        """Every name, sorted."""
        return tuple(sorted(self._by_name))


REGISTRY: Final = ActivityRegistry()


def activity(
    name: str,
    *,
    retry: RetryPolicy | None = None,
    inline: bool = False,
    timeout: float | timedelta | None = None,
) -> Callable[[ActivityFunction], ActivityFunction]:
    """Register a function as the activity ``name``, which definitions use as ``activity_type``.

    The function takes ``(input, context)`` or ``(input)``, may be ``async def``, and returns a JSON value. ``input`` is
    a private copy. ``retry`` applies where the definition gives no policy. ``inline`` runs it inside the decider, for
    10 s at most: only for what is quick. ``timeout`` (seconds, or a timedelta) bounds one attempt.

    The function itself is returned, unchanged. Raises ``ActivityRegistrationError``.
    """
    return REGISTRY.activity(name, retry=retry, inline=inline, timeout=timeout)


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise ActivityRegistrationError(
            f"{name!r} cannot name an activity: use up to 128 letters, digits, dots, hyphens and underscores, "
            "such as 'billing.Charge'."
        )
    if name in BUILT_IN_NAMES:
        raise ActivityRegistrationError(f"{name!r} is a built-in activity. Choose another name.")
    if name.startswith("weft."):
        raise ActivityRegistrationError(f"{name!r}: names beginning with 'weft.' are the engine's own. Choose another.")
    return name


def _checked_retry(name: str, retry: RetryPolicy | None) -> RetryPolicy | None:
    if retry is None:
        return None
    problem = next((text for wrong, text in _problems_of(retry) if wrong), None)
    if problem is not None:
        raise ActivityRegistrationError(f"The retry policy of the activity {name!r}: {problem}.")
    return retry


def _problems_of(retry: RetryPolicy) -> tuple[tuple[bool, str], ...]:
    attempts, retries = retry.max_attempts, retry.max_retries
    longest = retry.max_interval
    return (
        ((attempts is None) == (retries is None), "give either max_attempts or max_retries"),
        (attempts is not None and attempts < 1, "max_attempts counts the first try, so it is at least 1"),
        (retries is not None and retries < 0, "max_retries is at least 0"),
        (retry.initial_interval < 0, "initial_interval is at least 0 seconds"),
        (retry.backoff_coefficient < 1, "backoff_coefficient is at least 1"),
        (longest is not None and longest < 0, "max_interval is at least 0 seconds"),
        (not 0 <= retry.jitter <= 1, "jitter is a fraction from 0 to 1"),
        (any(seconds < 0 for seconds in retry.retry_intervals or ()), "retry_intervals are at least 0 seconds"),
    )


def _checked_timeout(name: str, timeout: float | timedelta | None, *, inline: bool) -> float | None:
    if timeout is None:
        return None
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else float(timeout)
    if not seconds > 0:
        raise ActivityRegistrationError(f"The timeout of the activity {name!r} is {seconds} s; it must be above 0.")
    if inline and seconds > INLINE_LIMIT_SECONDS:
        raise ActivityRegistrationError(
            f"The activity {name!r} is inline with a timeout of {seconds} s; inline ones get at most "
            f"{INLINE_LIMIT_SECONDS:g} s. Shorten it, or register it without inline."
        )
    return seconds


def _takes_context(name: str, function: Callable[..., Any], place: str) -> bool:
    parameters = inspect.signature(function).parameters.values()
    wanted = [p for p in parameters if p.kind in _POSITIONAL]
    demanded = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    most = 2 if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(wanted)
    least = sum(p.default is p.empty for p in wanted)
    if demanded or least > 2 or most < 1:
        raise ActivityRegistrationError(f"The activity {name!r} at {place} must take (input, context) or (input).")
    return most >= 2


def _place_of(decorator: FrameType | None) -> str:
    """Where the decorator stands: the function itself may hide behind other decorators."""
    if decorator is None or decorator.f_back is None:
        return "an unknown place"
    return f"{decorator.f_back.f_code.co_filename}:{decorator.f_back.f_lineno}"

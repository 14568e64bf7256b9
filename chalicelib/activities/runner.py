"""Runs registered and built-in activities: the adapter behind the ``ActivityRunner`` port.

Layer: activities. ``run`` never raises for what an activity does; only ``KeyboardInterrupt`` passes, which is the
user's word to the process. An activity runs in the calling thread, or, where it is bounded in time or async, in one of
its own (``bounded`` says what becomes of one that overruns).
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.activities.bounded import TimeLimitExceeded, run_async_within, run_within
from chalicelib.activities.built_in import ClientFactory, Services, built_in_activities
from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityError
from chalicelib.activities.failures import to_error_info
from chalicelib.activities.registry import INLINE_LIMIT_SECONDS, ActivityRegistry, RegisteredActivity
from chalicelib.activities.results import checked_result
from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.execution.tasks import Task
from chalicelib.domain.jsonvalue import STORED_DEPTH, dumps, loads
from chalicelib.ports.activities import Beat, Failed, StillOpen, Succeeded
from chalicelib.ports.notifications import PostOffice
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings


class RegisteredActivities:
    """The activities of a registry, and the built-in ones. Safe to use from several threads."""

    def __init__(
        self,
        registry: ActivityRegistry,
        settings: Settings,
        *,
        clock: Clock,
        client: ClientFactory | None = None,
        post_office: PostOffice | None = None,
        inline_limit_seconds: float = INLINE_LIMIT_SECONDS,
    ) -> None:
        """``client(service)`` gives a boto3 client; without one they are made when first used.

        ``post_office`` is what ``notify.send`` sends by.
        """
        self._registry = registry
        self._max_bytes = settings.max_payload_bytes
        self._clock = clock
        self._inline_limit_seconds = inline_limit_seconds
        self._built_in = built_in_activities(Services(settings, client, post_office))
        self._runaways: list[threading.Thread] = []

    def run(
        self, task: Task, *, still_open: StillOpen, inline: bool | None = None, beat: Beat | None = None
    ) -> Succeeded | Failed:
        """Run ``task`` to its end. ``inline`` says where it runs, for the limit of 10 s; None: as it is registered.

        An unknown type fails with ``ActivityNotFound``, a result that is no JSON value with ``ActivityError``, one
        over the payload limit with ``PayloadTooLarge``, an attempt over its limit of time with ``Timeout``.
        """
        found = self._find(task.activity_type)
        if found is None:
            return Failed(to_error_info(self._not_found(task.activity_type), package=""))
        limit = self._limit_seconds(found, found.inline if inline is None else inline)
        context = ActivityContext(
            task, still_open=still_open, clock=self._clock, deadline=self._deadline(task.deadline, limit), beat=beat
        )
        try:
            output = self._call(found, loads(dumps(task.input), max_depth=STORED_DEPTH), context, limit)
            return Succeeded(checked_result(output, max_bytes=self._max_bytes))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it was, it is the attempt's outcome and no one else's
            return self._failed(error, found, context)
        finally:
            context.close()

    def knows(self, activity_type: str) -> bool:
        """Whether such an activity is registered here, or built in."""
        return self._find(activity_type) is not None

    def is_inline(self, activity_type: str) -> bool:
        """Whether the activity is registered to run inside the decider."""
        found = self._find(activity_type)
        return found is not None and found.inline

    def retry_of(self, activity_type: str) -> RetryPolicy | None:
        """The policy that the activity was registered with, if any."""
        found = self._find(activity_type)
        return None if found is None else found.retry

    def names(self) -> tuple[str, ...]:
        """Every activity that can run here, sorted."""
        return tuple(sorted({*self._registry.names(), *self._built_in}))

    @property
    def runaways(self) -> int:
        """How many attempts that overran their limit are still running in this process."""
        self._runaways = [thread for thread in self._runaways if thread.is_alive()]
        return len(self._runaways)

    def _find(self, name: str) -> RegisteredActivity | None:
        return self._built_in.get(name) or self._registry.find(name)

    def _not_found(self, name: str) -> ActivityError:
        import difflib

        near = difflib.get_close_matches(name, self.names(), n=3, cutoff=0.6)
        hint = f" Did you mean {' or '.join(repr(other) for other in near)}?" if near else ""
        message = f"No activity {name!r} is registered here.{hint}"
        return ActivityError("ActivityNotFound", message, retryable=False)

    def _limit_seconds(self, found: RegisteredActivity, inline: bool) -> float | None:
        limits = [found.timeout_seconds, self._inline_limit_seconds if inline else None]
        return min((limit for limit in limits if limit is not None), default=None)

    def _deadline(self, deadline: datetime | None, limit: float | None) -> datetime | None:
        if limit is None:
            return deadline
        ours = self._clock.now() + timedelta(seconds=limit)
        return ours if deadline is None else min(ours, deadline)

    def _call(self, found: RegisteredActivity, given: Any, context: ActivityContext, limit: float | None) -> Any:
        call = partial(found.function, given, context) if found.takes_context else partial(found.function, given)
        if found.is_async:
            return run_async_within(limit, call, context.close)
        if limit is None:
            return call()
        return run_within(limit, call, context.close)

    def _failed(self, error: BaseException, found: RegisteredActivity, context: ActivityContext) -> Failed:
        if isinstance(error, TimeLimitExceeded):
            self._runaways += [error.thread] if error.thread is not None else []
            context.logger.error("the attempt was given up after %g s", error.seconds)
        else:
            context.logger.warning("the attempt failed", exc_info=error)
        return Failed(to_error_info(error, package="" if found.name in self._built_in else _package_of(found)))


def _package_of(found: RegisteredActivity) -> str:
    """The top-level package of the activity, whose frames a stack trace shows; a built-in one shows none."""
    return str(getattr(found.function, "__module__", "")).partition(".")[0]

"""Registering activities: what is kept, and what is refused with a reason.

Layer: tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.activities import ActivityContext, RetryPolicy, activity
from chalicelib.activities.errors import ActivityRegistrationError
from chalicelib.activities.registry import REGISTRY, ActivityRegistry, RegisteredActivity


def plain(input: dict[str, Any], context: ActivityContext) -> dict[str, Any]:
    return {**input, "step": context.step_id}


def found(registry: ActivityRegistry, name: str) -> RegisteredActivity:
    registered = registry.find(name)
    assert registered is not None
    return registered


def test_the_function_stays_itself_when_it_is_decorated() -> None:
    registry = ActivityRegistry()
    assert registry.activity("test.Plain")(plain) is plain
    assert found(registry, "test.Plain").function is plain


def test_options_are_kept_when_they_are_given() -> None:
    registry = ActivityRegistry()
    policy = RetryPolicy(max_attempts=3)
    registry.activity("test.Plain", retry=policy, inline=True, timeout=timedelta(seconds=5))(plain)
    registered = found(registry, "test.Plain")
    assert (registered.retry, registered.inline, registered.timeout_seconds) == (policy, True, 5.0)


def test_nothing_is_bounded_or_retried_when_no_option_is_given() -> None:
    registry = ActivityRegistry()
    registry.activity("test.Plain")(plain)
    registered = found(registry, "test.Plain")
    assert (registered.retry, registered.inline, registered.timeout_seconds) == (None, False, None)


def test_both_places_are_named_when_a_name_is_registered_twice() -> None:
    registry = ActivityRegistry()

    @registry.activity("test.Twice")
    def first(input: Any) -> Any:
        return input

    with pytest.raises(ActivityRegistrationError) as refused:

        @registry.activity("test.Twice")
        def second(input: Any) -> Any:
            return input

    line_of_first = first.__code__.co_firstlineno
    line_of_second = line_of_first + 6
    assert refused.value.message.count(__file__) == 2
    assert f"{__file__}:{line_of_first} " in refused.value.message
    assert f"{__file__}:{line_of_second}." in refused.value.message
    assert found(registry, "test.Twice").function is first


def test_the_newer_function_is_taken_when_a_module_is_executed_again() -> None:
    registry = ActivityRegistry()

    def module() -> Callable[[Any], Any]:
        @registry.activity("test.Reloaded")
        def again(input: Any) -> Any:
            return input

        return again

    module()
    newer = module()
    assert found(registry, "test.Reloaded").function is newer


def test_names_are_sorted_when_listed() -> None:
    registry = ActivityRegistry()
    registry.activity("test.B")(plain)
    registry.activity("test.A")(plain)
    assert registry.names() == ("test.A", "test.B")
    assert registry.find("test.C") is None


def test_the_decorator_registers_in_the_shared_registry() -> None:
    name = "test_registry.Shared"
    activity(name, retry=RetryPolicy(max_retries=1), inline=True, timeout=2)(plain)
    registered = found(REGISTRY, name)
    assert (registered.inline, registered.timeout_seconds) == (True, 2.0)


@pytest.mark.parametrize("name", ["", "a b", ".a", "a/b", "x" * 129, "ü", 7, None])
def test_a_name_is_refused_when_it_could_not_stand_in_a_definition(name: Any) -> None:
    with pytest.raises(ActivityRegistrationError, match="cannot name an activity"):
        ActivityRegistry().activity(name)(plain)


@pytest.mark.parametrize("name", ["aws.call", "http.request", "lambda.invoke"])
def test_a_name_is_refused_when_it_is_built_in(name: str) -> None:
    with pytest.raises(ActivityRegistrationError, match="built-in"):
        ActivityRegistry().activity(name)(plain)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (RetryPolicy(), "either max_attempts or max_retries"),
        (RetryPolicy(max_attempts=2, max_retries=1), "either max_attempts or max_retries"),
        (RetryPolicy(max_attempts=0), "max_attempts counts the first try"),
        (RetryPolicy(max_retries=-1), "max_retries is at least 0"),
        (RetryPolicy(max_attempts=2, initial_interval=-1), "initial_interval"),
        (RetryPolicy(max_attempts=2, backoff_coefficient=0.5), "backoff_coefficient"),
        (RetryPolicy(max_attempts=2, max_interval=-1), "max_interval"),
        (RetryPolicy(max_attempts=2, jitter=1.5), "jitter"),
        (RetryPolicy(max_retries=2, retry_intervals=[1, -1]), "retry_intervals"),
    ],
)
def test_a_retry_policy_is_refused_when_it_makes_no_sense(policy: RetryPolicy, reason: str) -> None:
    with pytest.raises(ActivityRegistrationError, match=reason):
        ActivityRegistry().activity("test.Plain", retry=policy)(plain)


@pytest.mark.parametrize("timeout", [0, -1, timedelta(0), float("nan")])
def test_a_timeout_is_refused_when_it_is_not_positive(timeout: Any) -> None:
    with pytest.raises(ActivityRegistrationError, match="must be above 0"):
        ActivityRegistry().activity("test.Plain", timeout=timeout)(plain)


def test_a_timeout_is_refused_when_an_inline_activity_may_not_run_that_long() -> None:
    ActivityRegistry().activity("test.Plain", timeout=11)(plain)
    with pytest.raises(ActivityRegistrationError, match="at most 10 s"):
        ActivityRegistry().activity("test.Plain", inline=True, timeout=11)(plain)


def takes_all(*everything: Any) -> Any:
    return everything


def takes_more(input: Any, context: Any, limit: int = 3, *, dry: bool = False) -> Any:
    return input, context, limit, dry


class Doubler:
    def __call__(self, input: Any) -> Any:
        return input


async def waits(input: Any, context: Any) -> Any:
    return input, context


@pytest.mark.parametrize(
    ("function", "takes_context", "is_async"),
    [
        (plain, True, False),
        (lambda input: input, False, False),
        (takes_all, True, False),
        (takes_more, True, False),
        (Doubler(), False, False),
        (partial(plain, {"bound": 1}), False, False),
        (waits, True, True),
        (partial(waits, {}), False, True),
    ],
)
def test_the_arguments_are_known_when_a_function_is_registered(
    function: Callable[..., Any], takes_context: bool, is_async: bool
) -> None:
    registry = ActivityRegistry()
    registry.activity("test.Any")(function)
    registered = found(registry, "test.Any")
    assert (registered.takes_context, registered.is_async) == (takes_context, is_async)


@pytest.mark.parametrize(
    "function",
    [lambda: None, lambda a, b, c: (a, b, c), lambda *, input: input, lambda input, *, must: (input, must)],
)
def test_a_function_is_refused_when_it_cannot_take_an_input(function: Callable[..., Any]) -> None:
    with pytest.raises(ActivityRegistrationError, match=r"must take \(input, context\) or \(input\)"):
        ActivityRegistry().activity("test.Any")(function)


def test_the_place_is_named_when_the_decorator_is_called_from_nowhere() -> None:
    from chalicelib.activities.registry import _place_of

    assert _place_of(None) == "an unknown place"

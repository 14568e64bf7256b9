"""When failed attempts are tried again, and after how long."""

from __future__ import annotations

import pytest

from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.retry import NO_RETRY, max_retries, next_retry, same_code, wait_seconds

ERROR = ErrorInfo(code="CardDeclined", message="no")


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        # 2, 2*3=6, 2*9=18 cut to 10: together 18 s
        (RetryPolicy(max_attempts=4, initial_interval=2, backoff_coefficient=3, max_interval=10), [2, 6, 10, None]),
        (RetryPolicy(max_attempts=1), [None]),
        (RetryPolicy(max_attempts=3), [1, 2, None]),
        # listed intervals: the last one repeats
        (RetryPolicy(max_retries=4, retry_intervals=[1, 5]), [1, 5, 5, 5, None]),
        (RetryPolicy(max_retries=2), [1, 2, None]),
        (RetryPolicy(max_retries=0, retry_intervals=[1]), [None]),
    ],
)
def test_waits_follow_the_policy_when_attempts_keep_failing(policy: RetryPolicy, waits: list[float | None]) -> None:
    decided = [
        next_retry(policy, failures=failures, error=ERROR, seed="x").wait_seconds
        for failures in range(1, len(waits) + 1)
    ]

    assert decided == waits


def test_wait_stays_finite_when_the_backoff_has_no_ceiling() -> None:
    policy = RetryPolicy(max_attempts=10_000, initial_interval=1, backoff_coefficient=10.0)

    assert wait_seconds(policy, 2, "x") == 10
    assert wait_seconds(policy, 5_000, "x") == 366 * 86_400


@pytest.mark.parametrize("code", ["CardDeclined", "CARD_DECLINED", "carddeclined"])
def test_no_retry_when_the_error_is_listed(code: str) -> None:
    policy = RetryPolicy(max_attempts=3, non_retryable_errors=[code])

    assert next_retry(policy, failures=1, error=ERROR, seed="x") == NO_RETRY


def test_no_retry_when_the_error_says_so() -> None:
    error = ErrorInfo(code="CardDeclined", message="no", retryable=False)

    assert next_retry(RetryPolicy(max_attempts=3), failures=1, error=error, seed="x") == NO_RETRY


def test_jitter_shortens_by_at_most_its_fraction_and_repeats_itself() -> None:
    policy = RetryPolicy(max_attempts=3, initial_interval=100, jitter=0.5)

    waits = [wait_seconds(policy, 1, f"execution-{number}") for number in range(200)]

    assert all(50 <= wait <= 100 for wait in waits)
    assert len(set(waits)) > 150
    assert waits[7] == wait_seconds(policy, 1, "execution-7")


def test_max_retries_counts_without_the_first_try() -> None:
    assert max_retries(RetryPolicy(max_attempts=4)) == 3
    assert max_retries(RetryPolicy(max_retries=4)) == 4
    assert max_retries(RetryPolicy()) == 0


def test_codes_match_without_regard_to_case_and_underscores() -> None:
    assert same_code("TIMEOUT", "Timeout")
    assert same_code("ACTIVITY_ERROR", "ActivityError")
    assert not same_code("Timeout", "HeartbeatTimeout")

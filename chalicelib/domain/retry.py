"""When a failed attempt is tried again, and after how long.

Layer: domain. Pure. Exponential: the wait before retry k (from 1) is ``initial_interval * coefficient^(k-1)``, at most
``max_interval`` seconds. Listed: the k-th of ``retry_intervals``, the last one repeating.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.execution.events import ErrorInfo


class RetryDecision(NamedTuple):
    """Try again after ``wait_seconds``, or not at all (None)."""

    wait_seconds: float | None


NO_RETRY = RetryDecision(None)


def max_retries(policy: RetryPolicy) -> int:
    """How often an attempt may be repeated, not counting the first."""
    if policy.max_retries is not None:
        return policy.max_retries
    return max((policy.max_attempts or 1) - 1, 0)


def next_retry(policy: RetryPolicy, *, failures: int, error: ErrorInfo, seed: str) -> RetryDecision:
    """Decide after ``failures`` failed attempts (from 1). ``seed`` makes the jitter the same on every replay.

    The policy's ``retry_condition`` is an expression and the caller's to evaluate.
    """
    if failures > max_retries(policy) or error.retryable is False or _is_listed(error.code, policy):
        return NO_RETRY
    return RetryDecision(wait_seconds(policy, failures, seed))


def wait_seconds(policy: RetryPolicy, retry: int, seed: str) -> float:
    """Seconds before retry number ``retry`` (from 1)."""
    if policy.retry_intervals:
        base = policy.retry_intervals[min(retry, len(policy.retry_intervals)) - 1]
    else:
        base = _exponential(policy, retry)
    if policy.jitter == 0:
        return base
    return base * (1 - policy.jitter * _fraction(f"{seed}:{retry}"))


def same_code(left: str, right: str) -> bool:
    """Error codes match without regard to case and underscores."""
    return left.replace("_", "").casefold() == right.replace("_", "").casefold()


def _exponential(policy: RetryPolicy, retry: int) -> float:
    ceiling = float("inf") if policy.max_interval is None else policy.max_interval
    try:
        return min(policy.initial_interval * policy.backoff_coefficient ** (retry - 1), ceiling, _LONGEST_WAIT)
    except OverflowError:
        return min(ceiling, _LONGEST_WAIT)


_LONGEST_WAIT = 366 * 86_400.0
"""A backoff without a ceiling stops growing at a year."""


def _is_listed(code: str, policy: RetryPolicy) -> bool:
    return any(same_code(code, listed) for listed in policy.non_retryable_errors)


def _fraction(seed: str) -> float:
    digest = hashlib.sha256(seed.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64

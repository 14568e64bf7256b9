"""What a step may cost at most, and whether it does. The report says it, and a test fails by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from bench.costs.prices import Prices
from bench.costs.scenarios import INLINE, LOADED, LONGEST, QUEUED, Counted

ONCE_WRITE_UNITS: Final = 10.0
GROWTH: Final = 1.05
"""A step of a long execution against one of an execution of a hundred steps."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Of one step: write units, requests to SQS, invocations, dollars per million steps."""

    write_units: float
    sqs_requests: float
    lambda_requests: float
    dollars: float


BUDGETS: Final = {
    INLINE: Budget(write_units=1.2, sqs_requests=0.3, lambda_requests=0.2, dollars=1.0),
    QUEUED: Budget(write_units=1.5, sqs_requests=6.0, lambda_requests=3.0, dollars=5.0),
    LOADED: Budget(write_units=1.5, sqs_requests=1.5, lambda_requests=0.4, dollars=2.5),
}


class Line(msgspec.Struct, frozen=True):
    """``used`` of ``what`` in a scenario, of which there may be ``most``."""

    scenario: str
    what: str
    used: float
    most: float

    @property
    def is_held(self) -> bool:
        """Whether the budget is; what rounding adds does not count."""
        return self.used <= self.most + 1e-9


def lines(counted: Mapping[str, Counted], at: Prices) -> list[Line]:
    """Every budget of the scenarios that were counted."""
    found: list[Line] = []
    for name, budget in BUDGETS.items():
        if name not in counted:
            continue
        step, once = counted[name].per_step, counted[name].once
        found += [
            Line(name, "write units", step.write_units, budget.write_units),
            Line(name, "SQS requests", step.sqs_requests, budget.sqs_requests),
            Line(name, "invocations", step.lambda_requests, budget.lambda_requests),
            Line(name, "US$ per million steps", at.dollars(step) * 1_000_000, budget.dollars),
            Line(name, "write units once", once.write_units, ONCE_WRITE_UNITS),
        ]
    if INLINE in counted and LONGEST in counted:
        found.append(Line(LONGEST, "times a step of 100", growth(counted[INLINE], counted[LONGEST], at), GROWTH))
    return found


def growth(short: Counted, long: Counted, at: Prices) -> float:
    """How many times as much a step costs in the long execution. Processor time, which varies, is left out."""
    return _without_time(long, at) / _without_time(short, at)


def _without_time(counted: Counted, at: Prices) -> float:
    return at.dollars(counted.per_step) - counted.per_step.gb_seconds * at.lambda_gb_second

"""What other services charge for the same work, computed by their published rules.

As with Weft, the activity's own compute is left out. What is in: the request to Lambda that an activity is, where it
is one of its own, and the time that a function waits for the service itself.

Step Functions Standard: each state entered is a transition, and so is the start ("Step Functions pricing": a
transition each time a step of the workflow is executed). Express: a request each execution, and its duration in
GB-seconds, in steps of 100 ms and 64 MB; the memory is 50 MB, the definition, and the data times the map's items. It
lasts five minutes at most, and what it did is not kept. Lambda durable functions: an operation for the start, for each
step, wait and callback; what is written, what is kept for 14 days, a request for each invocation, and its duration.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

import msgspec

from bench.costs.prices import Prices

ACTIVITY_SECONDS: Final = 0.05
"""How long an activity takes, where a service bills the time that its workflow waits for it."""
CHECKPOINT_SECONDS: Final = 0.01
MEMORY_GB: Final = 0.25
STEP_BYTES: Final = 300
"""Input and output of a step, as the workflows of ``workflows`` have them."""
STATE_BYTES: Final = 350
"""A state of a definition in the Amazon States Language."""
KEPT_DAYS: Final = 14
EXPRESS_MOST_SECONDS: Final = 300
STANDARD_MOST_EVENTS: Final = 25_000
"""An execution with more fails ("Step Functions service quotas": events in the history of one execution)."""
_TASK_EVENTS: Final = 5  # entered, scheduled, started, succeeded, exited
_STATE_EVENTS: Final = 2  # entered, exited
_BILLION: Final = 1024**3


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow as the alternatives see it.

    ``activities`` run code, ``states`` are all of its states, ``width`` of them at a time; ``pauses`` wait for a person
    or a day.
    """

    steps: int
    activities: int
    states: int
    width: int = 1
    pauses: int = 0
    pause_seconds: float = 0.0


def chain(steps: int) -> Work:
    """Activities one after the other."""
    return Work(steps=steps, activities=steps, states=steps)


def decisions(steps: int) -> Work:
    """Choices one after the other."""
    return Work(steps=steps, activities=0, states=steps)


def mapped(items: int) -> Work:
    """One activity for each item: a state in each iteration, and the map itself."""
    return Work(steps=items, activities=items, states=items + 1, width=40)


def pause(seconds: float) -> Work:
    """One wait, for a person or for time to pass."""
    return Work(steps=1, activities=0, states=1, pauses=1, pause_seconds=seconds)


def standard(work: Work, prices: Prices) -> float | None:
    """Dollars an execution, Step Functions Standard; None for a history that is too long for it."""
    if work.activities * _TASK_EVENTS + (work.states - work.activities) * _STATE_EVENTS > STANDARD_MOST_EVENTS:
        return None
    transitions = work.states + 1
    return (transitions * prices.transition_million + work.activities * prices.lambda_million) / 1_000_000


def express(work: Work, prices: Prices) -> float | None:
    """Dollars an execution, Step Functions Express; None for what lasts too long for it."""
    seconds = work.activities / work.width * ACTIVITY_SECONDS + work.states * 0.001
    if seconds + work.pause_seconds > EXPRESS_MOST_SECONDS:
        return None
    data_mb = (work.states * STATE_BYTES + STEP_BYTES * max(work.width, 1)) / 1024**2
    gigabytes = ceil((50 + data_mb) / 64) * 64 / 1024
    requests = (prices.express_million + work.activities * prices.lambda_million) / 1_000_000
    return requests + ceil(seconds * 10) / 10 * gigabytes * prices.express_gb_second


def durable(work: Work, prices: Prices) -> float | None:
    """Dollars an execution, Lambda durable functions. A decision is code in the function, no operation."""
    operations = 1 + work.activities + work.pauses
    written = (operations * STEP_BYTES) / _BILLION
    kept = written * KEPT_DAYS / 30
    seconds = operations * CHECKPOINT_SECONDS
    return (
        operations * prices.durable_operation_million / 1_000_000
        + written * prices.durable_gigabyte_written
        + kept * prices.durable_gigabyte_month
        + (1 + work.pauses) * prices.lambda_million / 1_000_000
        + seconds * MEMORY_GB * prices.lambda_gb_second
    )


ALTERNATIVES: Final[dict[str, Callable[[Work, Prices], float | None]]] = {
    "Step Functions Standard": standard,
    "Step Functions Express": express,
    "Lambda durable functions": durable,
}


def per_million_steps(work: Work, name: str, prices: Prices) -> float | None:
    """Dollars per million steps of ``work``, the whole execution counted; None where the service cannot do it."""
    dollars = ALTERNATIVES[name](work, prices)
    return None if dollars is None else dollars / work.steps * 1_000_000

"""What a deployed stack costs that does nothing, by the month.

Counted from `infra/`, and modelled where AWS does the asking: an event source of a queue has five pollers, each with a
request of 20 seconds on its way (AWS, "Using Lambda with Amazon SQS"; five is what idle queues are observed to have).
The sweeper runs each minute: what it asks of DynamoDB and SQS is counted from a real sweep.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from bench.costs import workflows
from bench.costs.meter import MeteredStack
from bench.costs.prices import Prices
from bench.costs.usage import Usage
from weftctl.inprocess.declared import declared

SECONDS: Final = 30 * 86_400
POLLERS: Final = 5
POLL_SECONDS: Final = 20
SWEEPS: Final = SECONDS // 60
LOG_DAYS: Final = 14


class IdleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the bill."""

    what: str
    units: float
    dollars: float


def idle_lines(prices: Prices) -> list[IdleLine]:
    """The bill of an idle month."""
    polls = SECONDS // POLL_SECONDS * POLLERS
    standard, fifo = queues_with_readers()
    alarms = len(declared("AWS::CloudWatch::Alarm"))
    swept = _one_sweep()
    sweeps = swept / (1 / SWEEPS)
    kept = sweeps.log_gigabytes * LOG_DAYS / 30
    return [
        IdleLine(
            what=f"polling {standard} standard queues",
            units=standard * polls,
            dollars=standard * polls * prices.sqs_standard_million / 1_000_000,
        ),
        IdleLine(
            what=f"polling {fifo} FIFO queue",
            units=fifo * polls,
            dollars=fifo * polls * prices.sqs_fifo_million / 1_000_000,
        ),
        IdleLine(what="the sweeper, each minute", units=SWEEPS, dollars=prices.dollars(sweeps)),
        IdleLine(what="alarms", units=alarms, dollars=alarms * prices.alarm_month),
        IdleLine(what="logs kept, GB", units=kept, dollars=kept * prices.log_gigabyte_month),
    ]


def idle_dollars(prices: Prices) -> float:
    """What an idle stack costs a month."""
    return sum(line.dollars for line in idle_lines(prices))


def queues_with_readers() -> tuple[int, int]:
    """How many standard and FIFO queues have a function that reads them: all but the dead-letter queues."""
    read = [each for each in declared("AWS::SQS::Queue").values() if "RedrivePolicy" in each]
    fifo = sum(1 for each in read if each.get("FifoQueue"))
    return len(read) - fifo, fifo


def _one_sweep() -> Usage:
    """Usage of a sweep that finds nothing, the cursor being a minute old."""
    with MeteredStack(workflows.registry()) as stack:
        stack.sweep()
        stack.clock.advance_to(stack.clock.now() + timedelta(minutes=1))
        before = stack.usage()
        stack.sweep()
        return stack.usage() - before

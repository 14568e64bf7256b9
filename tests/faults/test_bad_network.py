"""Executions end right on a bad network and a bad AWS; `make network` tries many more storms."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from botocore.awsrequest import AWSResponse

from tests.faults.everywhere.playing import play
from tests.faults.everywhere.points import smooth, wrong
from tests.faults.everywhere.references import REFERENCES
from tests.faults.weather.network import Fault, Network, inflict, is_conditional
from tests.faults.weather.storms import RATES, Storm, weather
from weftctl.inprocess import Call, InProcessStack, Send
from weftctl.inprocess.stack import BEGIN


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("reference", sorted(REFERENCES))
def test_execution_ends_alike_when_requests_fail_answers_get_lost_and_clocks_differ(
    reference: str, rate: float
) -> None:
    storm = Storm(reference, rate, random.randrange(1_000_000))

    outcome = weather(storm)

    assert outcome.wrong is None, f"python -m tests.faults.weather --only {storm}"


@pytest.mark.parametrize("fault", Fault)
def test_execution_ends_alike_when_one_thing_happens_again_and_again(fault: Fault) -> None:
    network = Network(random.randrange(1_000_000), 0.3, [fault])

    ending = play(REFERENCES["every-step-type"], network, order=random.Random(1), own_clients=True)

    assert wrong(smooth("every-step-type").ending, ending) is None
    assert {each for _, _, each in network.injected} == {fault}


class Outage:
    """A layer in which a service refuses what begins with ``operations``, from the first decision on till ``ends``."""

    def __init__(self, service: str, operations: str, ends: datetime) -> None:
        self.armed = False
        self.refused = 0
        self._has_begun = False
        self._service, self._operations, self._ends = service, operations, ends
        self._now: Callable[[], datetime] = lambda: ends

    def prepare(self, stack: InProcessStack) -> None:
        self._now = stack.clock.now

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        self._has_begun |= call.function == "decider"
        is_meant = call.service == self._service and call.operation.startswith(self._operations)
        if not (self.armed and is_meant and self._has_begun and self._now() < self._ends):
            return send()
        self.refused += 1
        return inflict(Fault.UNAVAILABLE, call, send)


@pytest.mark.parametrize(
    ("service", "operations", "minutes"),
    [("dynamodb", "", 15), ("dynamodb", "PutItem", 15), ("sqs", "", 15), ("sqs", "Send", 15), ("eventbridge", "", 2)],
)
def test_execution_ends_alike_when_a_service_is_away_for_long(service: str, operations: str, minutes: int) -> None:
    # given an outage: but for the last, so long that commands die and the sweeper finds them several times
    outage = Outage(service, operations, BEGIN + timedelta(minutes=minutes))

    ending = play(REFERENCES["saga"], outage, prepare=outage.prepare, own_clients=True)

    assert wrong(smooth("saga").ending, ending) is None
    assert outage.refused > 0


# --- the network itself ---------------------------------------------------------------------------------------------


def test_same_things_happen_when_the_seed_is_the_same() -> None:
    storms = [weather(Storm("order", 0.3, seed)) for seed in (5, 5)]

    assert storms[0] == storms[1]
    assert storms[0].faults > 0


def test_as_much_fails_as_the_rate_says() -> None:
    network, called = Network(1, 0.3), [0]

    class Counting:
        armed = False

        def __call__(self, call: Call, send: Send) -> AWSResponse:
            network.armed = self.armed
            called[0] += self.armed
            return network(call, send)

    play(REFERENCES["saga"], Counting(), own_clients=True)

    assert 0.2 < network.injected.total() / called[0] < 0.4


def test_violation_is_told_when_something_never_gets_through() -> None:
    class Deaf:
        """Never takes a task in."""

        armed = False

        def __call__(self, call: Call, send: Send) -> AWSResponse:
            lost = self.armed and call.service == "sqs" and call.body["QueueUrl"].endswith("tasks-medium")
            return inflict(Fault.TIMED_OUT_BEFORE, call, send) if lost else send()

    ending = play(REFERENCES["map"], Deaf(), own_clients=True)

    assert "has not ended" in str(wrong(smooth("map").ending, ending))


def test_conditions_fail_only_where_there_is_one() -> None:
    network = Network(1, 1.0, [Fault.CONDITION_BEFORE])
    injected: list[bool] = []

    class Watching:
        armed = False

        def __call__(self, call: Call, send: Send) -> AWSResponse:
            before = network.injected.total()
            network.armed = self.armed and not injected
            answered = network(call, send)
            if network.injected.total() > before:
                injected.append(is_conditional(call))
            return answered

    play(REFERENCES["map"], Watching(), own_clients=True)

    assert injected == [True]

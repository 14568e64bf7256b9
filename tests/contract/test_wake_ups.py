"""What every ``WakeUpQueue`` promises. Layer: tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.ports.queues import WakeUpMessage
from tests.contract.backends import Backend

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(milliseconds=1), timedelta(days=3)])
def test_a_wake_up_comes_at_once_when_it_is_due(backend: Backend, ago: timedelta) -> None:
    now = backend.now()
    message = WakeUpMessage(execution_id="a", at=now - ago)

    backend.wake_ups().send(message, now=now)

    assert [delivery.message for delivery in backend.wake_up_consumer().receive()] == [message]


def test_a_wake_up_comes_when_it_is_due_and_not_before(backend: Backend) -> None:
    # given
    consumer, now = backend.wake_up_consumer(), backend.now()
    message = WakeUpMessage(execution_id="a", at=now + timedelta(milliseconds=1_200))

    # when
    backend.wake_ups().send(message, now=now)

    # then
    assert consumer.receive() == []
    (delivery,) = consumer.receive(by=message.at)
    assert delivery.message == message
    assert backend.now() >= message.at


def test_the_instant_is_exact_when_it_has_microseconds(backend: Backend) -> None:
    now = backend.now()
    message = WakeUpMessage(execution_id="a", at=(now - timedelta(seconds=1)).replace(microsecond=123_457))

    backend.wake_ups().send(message, now=now)

    assert [delivery.message for delivery in backend.wake_up_consumer().receive()] == [message]


def test_a_wake_up_is_accepted_when_it_is_months_away(backend: Backend) -> None:
    now = backend.now()

    backend.wake_ups().send(WakeUpMessage(execution_id="a", at=now + timedelta(days=200)), now=now)

    assert backend.wake_up_consumer().receive() == []


def test_a_wake_up_ends_in_the_dead_letters_when_it_failed_three_times(backend: Backend) -> None:
    consumer, now = backend.wake_up_consumer(), backend.now()
    message = WakeUpMessage(execution_id="a", at=now)
    backend.wake_ups().send(message, now=now)

    for _ in range(3):
        (delivery,) = consumer.receive()
        consumer.release(delivery)
    assert consumer.receive() == []

    assert [delivery.message for delivery in backend.dead_tasks().receive(10)] == [message]

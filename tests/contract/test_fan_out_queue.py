"""What every ``FanOutQueue`` promises. Layer: tests."""

from __future__ import annotations

import pytest

from chalicelib.domain.published import PublishedEvent
from chalicelib.ports.queues import FanOutMessage, WakeUpMessage
from tests.contract.backends import Backend
from tests.contract.samples import ODD_VALUES, incompressible

pytestmark = pytest.mark.contract


def test_a_fan_out_comes_to_the_consumer_of_wake_ups(backend: Backend) -> None:
    now = backend.now()
    event = PublishedEvent(event_id="e", name="n", data=ODD_VALUES, correlation="k", published_at=now, lineage=2)
    fan_out = FanOutMessage(event=event, to="subscribers", after="own#7")
    wake_up = WakeUpMessage(execution_id="a", at=now)

    backend.fan_outs().send(fan_out)
    backend.wake_ups().send(wake_up, now=now)

    received = [delivery.message for _ in range(2) for delivery in backend.wake_up_consumer().receive()]
    assert sorted(map(repr, received)) == sorted(map(repr, [fan_out, wake_up]))


def test_a_fan_out_comes_whole_when_its_event_is_larger_than_a_message(backend: Backend) -> None:
    event = PublishedEvent(event_id="e", name="n", data=incompressible(400_000), published_at=backend.now())

    backend.fan_outs().send(FanOutMessage(event=event))

    (delivery,) = backend.wake_up_consumer().receive()
    assert delivery.message == FanOutMessage(event=event)

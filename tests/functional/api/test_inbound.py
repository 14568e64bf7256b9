"""Events of a bus, as Lambda hands them in. Layer: tests."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

import app as application
from chalicelib import bootstrap
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.published import PublishedEvent
from tests.functional.api.service import Service
from tests.unit.execution.play import chain


def bus_event(detail: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "parcel",
        "source": "shop.parcels",
        "account": "000000000000",
        "time": "2001-01-01T00:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail if detail is not None else {"correlation": 7, "order": {"id": "a"}},
        **more,
    }


def receive(service: Service, event: dict[str, Any]) -> Any:
    with bootstrap.use(service.engine):
        return application.event_receiver(event, None)


def kept(service: Service, name: str = "parcel") -> list[PublishedEvent]:
    """Every event of a name that was published."""
    entries = service.engine.adapters.entries
    return [
        PublishedEvent(**{**entry.body, "published_at": service.clock.now()}) for entry in entries.read(f"event#{name}")
    ]


def test_an_event_of_the_bus_is_published_under_its_own_id_once(service: Service) -> None:
    answers = [receive(service, bus_event()) for _ in range(2)]

    assert answers == [{"event_id": "bus:17793124-05d4-b198-2fde-7ededc63b103"}] * 2
    (event,) = kept(service)
    assert (event.name, event.correlation, event.source) == ("parcel", "7", "shop.parcels")
    assert event.data == {"correlation": 7, "order": {"id": "a"}}


@pytest.mark.parametrize(("path", "correlation"), [("order.id", "a"), ("order.no", None), ("order.id.x", None)])
def test_the_correlation_is_where_the_setting_says(service: Service, path: str, correlation: str | None) -> None:
    settings = msgspec.structs.replace(service.engine.settings, event_correlation_path=path)
    service.engine = msgspec.structs.replace(service.engine, settings=settings)

    receive(service, bus_event())

    assert [event.correlation for event in kept(service)] == [correlation]


def test_a_workflow_starts_by_an_event_of_the_bus(service: Service) -> None:
    service.post("", chain(id="w", subscriptions=[{"type": "event", "event_name": "parcel"}]))

    receive(service, bus_event({"n": 1}))
    service.work()

    (row,) = service.get("/executions").body["executions"]
    assert service.get(f"/executions/{row['execution_id']}").body["input"] == {"n": 1}


def test_an_event_that_nobody_can_take_is_let_go(service: Service) -> None:
    too_large = {"text": "x" * (service.engine.settings.max_payload_bytes + 1)}

    assert receive(service, bus_event(too_large)) == {"event_id": None}


def test_an_event_comes_again_when_it_could_not_be_published_now(service: Service) -> None:
    class Away:
        def add(self, *_: Any, **__: Any) -> bool:
            message = "later"
            raise Unavailable(message)

    adapters = msgspec.structs.replace(service.engine.adapters, entries=Away())
    service.engine = bootstrap.assemble(service.engine.settings, adapters)

    with pytest.raises(Unavailable):
        receive(service, bus_event())

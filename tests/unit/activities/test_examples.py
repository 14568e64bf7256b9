"""The activities of the example workflows.

Layer: tests.
"""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.activities.loading import load_activities
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.settings import Settings
from tests.unit.activities.fakes import Attempts, FakeClock, a_task, error_of, output_of


def run(name: str, input: Any, **task: Any) -> Any:
    runner = RegisteredActivities(load_activities(), Settings(), clock=FakeClock())
    return runner.run(a_task(f"example.{name}", input, **task), still_open=Attempts())


def output(name: str, input: Any, **task: Any) -> Any:
    return output_of(run(name, input, **task))


def error(name: str, input: Any, **task: Any) -> ErrorInfo:
    return error_of(run(name, input, **task))


def test_a_greeting_is_prepared_and_said_when_a_name_is_given() -> None:
    greeting = output("PrepareGreeting", {"name": "World"})
    assert greeting == {"greeting": "Hello, World!"}
    assert output("SingleGreeting", greeting) == {"message": "Hello, World!", "count": 1}
    assert output("RepeatGreeting", {**greeting, "count": 3}) == {
        "message": "Hello, World! Hello, World! Hello, World!",
        "count": 3,
    }


def test_a_count_is_whole_when_it_came_as_a_decimal_number() -> None:
    assert output("RepeatGreeting", {"greeting": "Hi", "count": 2.0}) == {"message": "Hi Hi", "count": 2}


@pytest.mark.parametrize("count", [0, -1, 1.5, "3", True, 10**12, None])
def test_a_count_is_refused_when_nothing_can_be_said_so_often(count: Any) -> None:
    refused = error("RepeatGreeting", {"greeting": "Hi", "count": count})
    assert (refused.code, refused.retryable) == ("InvalidInput", False)
    assert "count" in refused.message


@pytest.mark.parametrize(
    ("name", "input", "field"),
    [
        ("PrepareGreeting", {}, "name"),
        ("PrepareGreeting", {"name": 5}, "name"),
        ("SingleGreeting", {}, "greeting"),
        ("ChargeCard", {"order_id": "o-1"}, "amount"),
        ("ChargeCard", {"order_id": "o-1", "amount": 0}, "amount"),
        ("ChargeCard", {"order_id": "", "amount": 5}, "order_id"),
        ("ReserveStock", {"sku": "A", "quantity": 0}, "quantity"),
        ("ReserveStock", {"sku": "A", "quantity": 1.5}, "quantity"),
        ("ReleaseStock", {"quantity": 1}, "sku"),
        ("PickOrder", {}, "order_id"),
        ("Refund", {}, "payment_id"),
    ],
)
def test_the_field_is_named_when_an_input_does_not_fit(name: str, input: Any, field: str) -> None:
    refused = error(name, input)
    assert (refused.code, refused.retryable) == ("InvalidInput", False)
    assert field in refused.message


def test_a_card_is_charged_once_when_the_attempt_is_repeated() -> None:
    order = {"order_id": "o-1", "amount": 12.5}
    first, second = output("ChargeCard", order, attempt=1), output("ChargeCard", order, attempt=2)
    assert first == second
    assert first["payment_id"].startswith("pay_")
    assert {**first, "payment_id": ""} == {"payment_id": "", "order_id": "o-1", "amount": 12.5, "status": "charged"}
    assert output("ChargeCard", order, run_id="work#2")["payment_id"] != first["payment_id"]


def test_a_card_is_declined_when_the_order_asks_for_it() -> None:
    declined = error("ChargeCard", {"order_id": "o-declined", "amount": 5})
    assert (declined.code, declined.retryable) == ("CardDeclined", False)


def test_the_gateway_recovers_when_the_order_asks_for_two_failures() -> None:
    order = {"order_id": "o-flaky-2", "amount": 5}
    for attempt in (1, 2):
        failed = error("ChargeCard", order, attempt=attempt)
        assert (failed.code, failed.retryable) == ("GatewayUnavailable", True)
    assert output("ChargeCard", order, attempt=3)["status"] == "charged"


def test_stock_is_reserved_and_released_when_there_is_some() -> None:
    reserved = output("ReserveStock", {"sku": "A-1", "quantity": 2, "note": "ignored"})
    assert reserved["reservation_id"].startswith("res_")
    assert (reserved["sku"], reserved["quantity"], reserved["status"]) == ("A-1", 2, "reserved")
    assert output("ReleaseStock", reserved) == {"sku": "A-1", "quantity": 2, "status": "released"}


def test_nothing_is_reserved_when_it_is_sold_out() -> None:
    refused = error("ReserveStock", {"sku": "SOLD-OUT", "quantity": 1})
    assert (refused.code, refused.retryable, refused.details) == ("OutOfStock", False, {"sku": "SOLD-OUT"})


def test_an_order_is_picked_and_a_payment_refunded() -> None:
    picked = output("PickOrder", {"order_id": "o-1"})
    assert (picked["order_id"], picked["status"]) == ("o-1", "picked")
    refunded = output("Refund", {"payment_id": "pay_1"})
    assert (refunded["payment_id"], refunded["status"]) == ("pay_1", "refunded")
    assert refunded["refund_id"].startswith("ref_")

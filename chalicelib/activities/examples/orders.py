"""Payment and stock of ``order-fulfilment``, played without any service behind them.

Layer: activities. What they answer follows from the input and the idempotency key alone: a repeated attempt gives the
same payment, and a failure can be asked for, to see retries and compensation at work:

    order_id ends in "-declined"    ChargeCard fails with CardDeclined, not to be retried
    order_id ends in "-flaky-2"     ChargeCard's first 2 attempts fail with GatewayUnavailable, to be retried
    sku is "SOLD-OUT"               ReserveStock fails with OutOfStock, not to be retried
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Final

import msgspec

from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityError
from chalicelib.activities.examples.fields import read, whole
from chalicelib.activities.registry import activity

SOLD_OUT: Final = "SOLD-OUT"
_FLAKY: Final = re.compile(r"-flaky-(\d{1,4})$")

Id = Annotated[str, msgspec.Meta(min_length=1)]


class Charge(msgspec.Struct):
    """What to charge for which order."""

    order_id: Id
    amount: Annotated[float, msgspec.Meta(gt=0)]


class Payment(msgspec.Struct):
    """A payment made before."""

    payment_id: Id


class Line(msgspec.Struct):
    """So many pieces of one article."""

    sku: Id
    quantity: Annotated[float, msgspec.Meta(gt=0)]


class Order(msgspec.Struct):
    """An order."""

    order_id: Id


@activity("example.ChargeCard")
def charge_card(input: dict[str, Any], context: ActivityContext) -> dict[str, Any]:
    """``{order_id, amount}`` gives ``{payment_id, order_id, amount, status: "charged"}``."""
    charge = read(input, Charge)
    if charge.order_id.endswith("-declined"):
        raise ActivityError("CardDeclined", f"The card for order {charge.order_id} was declined.", retryable=False)
    flaky = _FLAKY.search(charge.order_id)
    if flaky is not None and context.attempt <= int(flaky[1]):
        message = f"The payment gateway does not answer (attempt {context.attempt})."
        raise ActivityError("GatewayUnavailable", message, retryable=True)
    return {
        "payment_id": _id("pay", context),
        "order_id": charge.order_id,
        "amount": input["amount"],
        "status": "charged",
    }


@activity("example.Refund")
def refund(input: dict[str, Any], context: ActivityContext) -> dict[str, Any]:
    """``{payment_id}`` gives ``{refund_id, payment_id, status: "refunded"}``."""
    return {"refund_id": _id("ref", context), "payment_id": read(input, Payment).payment_id, "status": "refunded"}


@activity("example.ReserveStock")
def reserve_stock(input: dict[str, Any], context: ActivityContext) -> dict[str, Any]:
    """``{sku, quantity}`` gives ``{reservation_id, sku, quantity, status: "reserved"}``."""
    line = read(input, Line)
    quantity = whole(line.quantity, "quantity")
    if line.sku == SOLD_OUT:
        raise ActivityError("OutOfStock", f"{line.sku} is sold out.", retryable=False, details={"sku": line.sku})
    return {"reservation_id": _id("res", context), "sku": line.sku, "quantity": quantity, "status": "reserved"}


@activity("example.ReleaseStock")
def release_stock(input: dict[str, Any]) -> dict[str, Any]:
    """``{sku, quantity}`` gives ``{sku, quantity, status: "released"}``."""
    line = read(input, Line)
    return {"sku": line.sku, "quantity": whole(line.quantity, "quantity"), "status": "released"}


@activity("example.PickOrder")
def pick_order(input: dict[str, Any], context: ActivityContext) -> dict[str, Any]:
    """``{order_id}`` gives ``{pick_id, order_id, status: "picked"}``."""
    return {"pick_id": _id("pick", context), "order_id": read(input, Order).order_id, "status": "picked"}


def _id(kind: str, context: ActivityContext) -> str:
    """The same for every attempt of a step run, as a service that honours idempotency keys would answer."""
    return f"{kind}_{hashlib.sha256(context.idempotency_key.encode()).hexdigest()[:16]}"

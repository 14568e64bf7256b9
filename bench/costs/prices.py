"""Prices by region, and what a usage costs at them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from bench.costs.usage import Usage

REGION: Final = "us-east-1"
_FILE: Final = Path(__file__).with_name("prices.yaml")


class Prices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """List prices of one region, in US dollars."""

    write_million: float
    read_million: float
    sqs_standard_million: float
    sqs_fifo_million: float
    lambda_million: float
    lambda_gb_second: float
    lambda_arm_gb_second: float
    event_million: float
    s3_put_million: float
    s3_get_million: float
    api_million: float
    viewer_message_million: float
    log_gigabyte: float
    log_gigabyte_month: float
    alarm_month: float
    trace_million: float
    transition_million: float
    express_million: float
    express_gb_second: float
    durable_operation_million: float
    durable_gigabyte_written: float
    durable_gigabyte_month: float

    def dollars(self, used: Usage) -> float:
        """What ``used`` costs. The functions run on x86, as Chalice packages them."""
        millions = (
            used.write_units * self.write_million
            + used.read_units * self.read_million
            + (used.standard_requests + used.standard_polls) * self.sqs_standard_million
            + (used.fifo_requests + used.fifo_polls) * self.sqs_fifo_million
            + used.lambda_requests * self.lambda_million
            + used.events * self.event_million
            + used.s3_puts * self.s3_put_million
            + used.s3_gets * self.s3_get_million
            + used.api_requests * self.api_million
            + used.viewer_messages * self.viewer_message_million
        )
        return millions / 1_000_000 + used.gb_seconds * self.lambda_gb_second + used.log_gigabytes * self.log_gigabyte


class PriceTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices by region: the day they were looked up, where, and which of them no page showed."""

    date: date
    sources: dict[str, str]
    from_memory: list[str]
    regions: dict[str, Prices]


@cache
def price_table() -> PriceTable:
    """The table of `prices.yaml`."""
    document: Any = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return msgspec.convert(document, PriceTable)


def prices(region: str = REGION) -> Prices:
    """The prices of ``region``. Raises ``KeyError`` for one that the table does not have."""
    return price_table().regions[region]

"""What was used, in the units that AWS bills. Sums, differences and shares of it."""

from __future__ import annotations

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Billed units. ``polls`` are requests of Lambda's event sources, which are modelled: nobody here sends them."""

    write_units: float = 0.0
    read_units: float = 0.0
    standard_requests: float = 0.0
    """Requests to standard queues, a request for each 64 KB begun."""
    fifo_requests: float = 0.0
    standard_polls: float = 0.0
    """Receives and deletes by event sources of standard queues."""
    fifo_polls: float = 0.0
    lambda_requests: float = 0.0
    gb_seconds: float = 0.0
    events: float = 0.0
    """Events put on the bus, one for each 64 KB begun."""
    s3_puts: float = 0.0
    s3_gets: float = 0.0
    log_gigabytes: float = 0.0
    api_requests: float = 0.0
    viewer_messages: float = 0.0
    """Messages to viewers over WebSocket, one for each 32 KB begun."""

    @property
    def sqs_requests(self) -> float:
        """Every request to a queue, modelled ones among them."""
        return self.standard_requests + self.fifo_requests + self.standard_polls + self.fifo_polls

    def __add__(self, other: Usage) -> Usage:
        return self._with(other, 1.0)

    def __sub__(self, other: Usage) -> Usage:
        return self._with(other, -1.0)

    def __truediv__(self, parts: float) -> Usage:
        return Usage(**{name: getattr(self, name) / parts for name in self.__struct_fields__})

    def _with(self, other: Usage, factor: float) -> Usage:
        names = self.__struct_fields__
        return Usage(**{name: getattr(self, name) + factor * getattr(other, name) for name in names})

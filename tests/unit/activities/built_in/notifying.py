"""``notify.send`` over stores in memory, with a notifier whose deliveries can be made to fail. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.activities import ActivityContext, ActivityError
from chalicelib.activities.built_in import ClientFactory, Services
from chalicelib.activities.built_in.notify.activity import run
from chalicelib.adapters.memory import MemoryEntries, MemoryNotifier
from chalicelib.engine.notices import Notices
from chalicelib.ports.notifications import Delivery, Notifier, PostOffice, Receipt, Sending
from chalicelib.settings import Settings
from tests.unit.activities.fakes import FakeClock, a_context, a_task

NOTIFICATION = {
    "channels": [
        {"type": "email", "recipients": ["a@example.com"], "cc": ["c@example.com"], "bcc": ["b@example.com"]},
        {"type": "sms", "recipients": ["+4915112345678", "+8613812345678"]},
        {"type": "in_app", "user_groups": ["sales", "directors"]},
        {"type": "webhook", "url": "https://hooks.example.com/weft", "headers": {"X-Team": "sales"}},
    ]
}
TARGETS = 6


class Flaky(MemoryNotifier):
    """Fails the targets of ``errors``."""

    errors: dict[str, ActivityError] = {}

    def send(self, delivery: Delivery, sending: Sending) -> Receipt:
        for target, error in self.errors.items():
            if target in str(delivery.target):
                raise error
        return super().send(delivery, sending)


class Office:
    """A post office, and the attempts at one message."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.entries = MemoryEntries(self.clock)
        self.notices = Notices(self.entries, self.clock, kept_days=90)
        self.notifier = Flaky(self.notices)

    def send(
        self,
        input: Any,
        *,
        attempt: int = 1,
        settings: Settings | None = None,
        client: ClientFactory | None = None,
        really: bool = False,
    ) -> dict[str, Any]:
        """One attempt. ``really``: by the senders that would reach AWS and the network."""
        notifier: Notifier | None = None if really else self.notifier
        office = PostOffice(log=self.notices, board=self.notices, notifier=notifier)
        context = self.context(attempt)
        return run(input, context, Services(settings or Settings(), client, office))

    def refusal(self, input: Any, **options: Any) -> ActivityError:
        """The error that the attempt ends in."""
        with pytest.raises(ActivityError) as refused:
            self.send(input, **options)
        return refused.value

    def context(self, attempt: int = 1) -> ActivityContext:
        return a_context(a_task("notify.send", attempt=attempt), clock=self.clock)

    def shown(self, *groups: str) -> list[str]:
        """The texts of the notices of ``groups``, newest first."""
        return [notice.text for notice in self.notices.page(groups, page_size=100).items]

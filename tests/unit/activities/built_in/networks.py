"""Name resolution by the test's own table, and a record of what was connected to.

Layer: tests.
"""

from __future__ import annotations

from collections.abc import Sequence

from urllib3.connection import HTTPConnection

from chalicelib.activities.built_in.http.exchange import Network
from chalicelib.activities.built_in.http.targets import Target


class FakeNetwork(Network):
    """Resolves from ``names``: each look-up takes the next list of addresses, the last one stays.

    With ``connect_to``, every connection really goes there, whatever address was asked for.
    """

    def __init__(self, names: dict[str, list[list[str]]], *, connect_to: str | None = None) -> None:
        self._names = {name: list(answers) for name, answers in names.items()}
        self._connect_to = connect_to
        self.resolved: list[str] = []
        self.connected: list[str] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.resolved.append(host)
        answers = self._names.get(host)
        if answers is None:
            raise OSError(f"{host} is not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connection(self, address: str, target: Target, connect_timeout: float) -> HTTPConnection:
        self.connected.append(address)
        return super().connection(self._connect_to or address, target, connect_timeout)

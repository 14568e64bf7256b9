"""Ports are taken on the loopback address, or the reason is said. Layer: tests."""

from __future__ import annotations

import errno
import socket

import pytest

from weftctl.local.errors import LocalRuntimeError
from weftctl.local.ports import ANY_PORT, LOOPBACK, free_port, listen, port_of


def test_only_this_machine_can_connect_when_a_port_is_taken() -> None:
    with listen(ANY_PORT) as listener:
        assert listener.getsockname()[0] == LOOPBACK
        with socket.create_connection((LOOPBACK, port_of(listener)), timeout=10):
            pass


def test_the_port_and_the_remedy_are_said_when_it_is_taken() -> None:
    with listen(ANY_PORT) as taken, pytest.raises(LocalRuntimeError, match=f"{port_of(taken)}.*--port"):
        listen(port_of(taken))


def test_the_port_is_free_again_when_it_was_given_back() -> None:
    with listen(ANY_PORT) as first:
        port = port_of(first)

    with listen(port) as second:
        assert port_of(second) == port


@pytest.mark.parametrize(("number", "said"), [(errno.EACCES, "administrator"), (errno.EADDRINUSE, "another program")])
def test_the_reason_is_said_when_the_system_refuses(monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    class Refusing(socket.socket):
        def bind(self, address: object) -> None:
            raise OSError(number, "refused")

    monkeypatch.setattr("socket.socket", Refusing)

    with pytest.raises(LocalRuntimeError, match=said):
        listen(80)


def test_an_unforeseen_error_passes_when_the_system_refuses_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(socket.socket):
        def bind(self, address: object) -> None:
            raise OSError(errno.EADDRNOTAVAIL, "no loopback")

    monkeypatch.setattr("socket.socket", Broken)

    with pytest.raises(OSError, match="no loopback"):
        listen(80)


def test_the_preferred_port_is_given_when_it_is_free() -> None:
    port = free_port()

    assert free_port(port) == port


def test_another_port_is_given_when_the_preferred_one_is_taken() -> None:
    with listen(ANY_PORT) as taken:
        assert free_port(port_of(taken)) != port_of(taken)

"""Ports of this machine, on the loopback address only: nothing here can be reached from outside."""

from __future__ import annotations

import errno
import socket

from weftctl.local.errors import LocalRuntimeError

LOOPBACK = "127.0.0.1"
ANY_PORT = 0


def listen(port: int) -> socket.socket:
    """A listening socket on ``port``, or on a free one for ``ANY_PORT``.

    Raises:
        LocalRuntimeError: another program has the port, or it needs rights that this user lacks.
    """
    # The protocol by name: asyncio turns Nagle's algorithm off only where it reads TCP; answers would take 40 ms more.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free, not "in TIME_WAIT"
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise LocalRuntimeError(
                f"port {port} is taken by another program: stop that, or choose another port (--port)"
            ) from None
        if error.errno == errno.EACCES:
            raise LocalRuntimeError(f"port {port} needs administrator rights: choose one above 1023 (--port)") from None
        raise
    return listener


def port_of(listener: socket.socket) -> int:
    """The port that a listening socket has."""
    port: int = listener.getsockname()[1]
    return port


def free_port(preferred: int = ANY_PORT) -> int:
    """A port that is free right now: ``preferred`` if possible. Another program may take it before it is used."""
    for candidate in (preferred, ANY_PORT):
        try:
            with listen(candidate) as listener:
                return port_of(listener)
        except LocalRuntimeError:
            continue
    raise LocalRuntimeError("this machine has no free port")

"""One request and its answer, over a connection to an address that was checked.

Layer: activities. The name is resolved once, every address it has is checked, and the connection goes to one of those:
a name that means something else a moment later (DNS rebinding) is not asked again. ``Host``, SNI and the certificate's
name stay those of the URL. No proxy is used, whatever the environment says.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from chalicelib.activities.built_in.http.addresses import is_public
from chalicelib.activities.built_in.http.targets import Target
from chalicelib.activities.errors import ActivityError

NAME: Final = "http.request"
CONNECT_TIMEOUT_SECONDS: Final = 5.0
CHUNK_BYTES: Final = 65_536


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``headers`` are lower-case, repeated ones joined by a comma."""

    status: int
    headers: dict[str, str]
    body: bytes


class Network:
    """The machine's name resolution and connections. Holds nothing; a test may put another in its place."""

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address of ``host``, in the system's order, for all forms that it takes (``127.1``, ``0x7f.1``).

        Raises ``OSError``.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def connection(self, address: str, target: Target, connect_timeout: float) -> HTTPConnection:
        """A connection to be made to ``address`` for ``target``, whose certificate must be for the target's host."""
        if target.scheme == "http":
            return HTTPConnection(address, target.port, timeout=connect_timeout)
        return HTTPSConnection(
            address,
            target.port,
            timeout=connect_timeout,
            ssl_context=tls_context(),
            server_hostname=target.host,
        )


@cache
def tls_context() -> ssl.SSLContext:
    """The system's certificates and the default checks; loading them takes tens of milliseconds, so it is done once."""
    return ssl.create_default_context()


class Exchange:
    """Sends requests, one after the other. ``abort`` may be called from another thread to end the present one."""

    def __init__(self, *, network: Network, allowed_hosts: Collection[str], max_bytes: int, timeout: float) -> None:
        """``allowed_hosts``, with or without a port, may be private; ``timeout`` (seconds) bounds each single wait."""
        self._network = network
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._aborted = False

    def send(self, method: str, target: Target, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Raises ``ActivityError``: ``AddressNotAllowed``, ``PayloadTooLarge``, ``HttpCertificateError``, or the
        retryable ``HttpNetworkError``.
        """
        with _network_errors(target), contextlib.closing(self._connect(target)) as connection:
            # The connection's own Host would be the address.
            connection.request(
                method, target.path, body=body, headers={"Host": target.authority, **headers}, preload_content=False
            )
            with contextlib.closing(connection.getresponse()) as response:
                return Answer(status=response.status, headers=_headers_of(response), body=self._read(response))

    def abort(self) -> None:
        """End the present request at once, wherever it waits."""
        self._aborted = True
        if self._socket is not None:
            # socket's own method, not that of an SSL socket, which would first undo the encryption under the reader.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _connect(self, target: Target) -> HTTPConnection:
        failure: OSError | HTTPError = OSError("the name has no address")
        for address in self._checked_addresses(target):
            connection = self._network.connection(address, target, min(self._timeout, CONNECT_TIMEOUT_SECONDS))
            try:
                connection.connect()
            except ssl.SSLCertVerificationError:
                connection.close()
                raise
            except (OSError, HTTPError) as error:
                connection.close()
                failure = error
                continue
            return self._adopt(connection)
        raise failure

    def _adopt(self, connection: HTTPConnection) -> HTTPConnection:
        self._socket = connection.sock
        if self._aborted:
            connection.close()
            raise OSError("aborted")
        # Connecting had a limit of its own; urllib3 sets this one on the socket before it reads.
        connection.timeout = self._timeout
        return connection

    def _checked_addresses(self, target: Target) -> Sequence[str]:
        addresses = self._network.resolve(target.host, target.port)
        # One closed address among open ones is refused too: which one is used would be for chance to say.
        if self._allowed.isdisjoint(target.names) and not all(is_public(address) for address in addresses):
            message = (
                f"{NAME}: {target.host!r} is not a public address. To allow it, list the host in "
                "WEFT_HTTP_ALLOWED_PRIVATE_HOSTS."
            )
            raise ActivityError("AddressNotAllowed", message, retryable=False, details={"host": target.host})
        return addresses

    def _read(self, response: BaseHTTPResponse) -> bytes:
        content = bytearray()
        # Decoded sizes count, chunk by chunk: a small body may unpack to a large one.
        for chunk in response.stream(CHUNK_BYTES, decode_content=True):
            content += chunk
            if len(content) > self._max_bytes:
                message = f"{NAME}: the answer is over {self._max_bytes} bytes (WEFT_HTTP_MAX_RESPONSE_BYTES)."
                raise ActivityError("PayloadTooLarge", message, retryable=False)
        return bytes(content)


def _headers_of(response: BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): response.headers[name] for name in response.headers}


@contextlib.contextmanager
def _network_errors(target: Target) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        message = f"{NAME}: the certificate of {target.host!r} is not accepted: {error.verify_message}"
        raise ActivityError("HttpCertificateError", message, retryable=False) from error
    except (OSError, HTTPError, http.client.HTTPException) as error:
        message = f"{NAME}: {target.authority} cannot be reached: {type(error).__name__}: {error}"
        raise ActivityError("HttpNetworkError", message, retryable=True) from error

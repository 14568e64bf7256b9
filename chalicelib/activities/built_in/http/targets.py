"""URLs, taken apart once and strictly.

Layer: activities. The host that is checked is the host that is connected to and named in ``Host`` and TLS: one parse,
nothing left to be read differently later.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
# urlsplit drops some of these in silence, and a backslash is a slash to some servers.
_NEVER_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\\]")
_PATH_SAFE: Final = "/%:@!$&'()*+,;=~"


class BadTargetError(ValueError):
    """A URL that cannot be requested; the text says why."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes. ``host`` is lower-case ASCII, an IPv6 literal without brackets; ``path`` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the ``Host`` header."""
        return self._bracketed if self.port == DEFAULT_PORTS[self.scheme] else f"{self._bracketed}:{self.port}"

    @property
    def names(self) -> frozenset[str]:
        """The forms in which a list of hosts may name this one."""
        return frozenset({self.host, self._bracketed, f"{self._bracketed}:{self.port}"})

    @property
    def origin(self) -> tuple[str, str, int]:
        """Equal for two targets of one origin."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The whole, as text."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def redirected(self, location: str) -> Target:
        """Where a ``Location`` header leads from here. Raises ``BadTargetError``, also for https to http."""
        # Headers are read as Latin-1, which gives the bytes back as they came.
        target = parse_target(urljoin(self.url, quote(location.encode("latin-1"), safe=_PATH_SAFE + "?#[]")))
        if (self.scheme, target.scheme) == ("https", "http"):
            raise BadTargetError("it leads from https to http")
        return target


def parse_target(url: str, query: Mapping[str, Any] | None = None) -> Target:
    """``url`` with ``query`` (``{name: scalar or list of scalars}``) added. Raises ``BadTargetError``."""
    if _NEVER_IN_URL.search(url):
        raise BadTargetError("it holds a space, a control character or a backslash; percent-encode it")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadTargetError(str(error)) from error
    if parts.scheme not in DEFAULT_PORTS:
        raise BadTargetError("it must begin with http:// or https://")
    if "@" in parts.netloc:
        raise BadTargetError("it holds a user name or password; send an Authorization header instead")
    if port == 0:
        raise BadTargetError("its port is 0")
    added = [part for part in (quote(parts.query, safe=_PATH_SAFE + "?"), _encoded(query or {})) if part]
    path = quote(parts.path or "/", safe=_PATH_SAFE) + ("?" + "&".join(added) if added else "")
    return Target(
        scheme=parts.scheme, host=_ascii_host(host or ""), port=port or DEFAULT_PORTS[parts.scheme], path=path
    )


def _ascii_host(host: str) -> str:
    if ":" in host:
        return _ipv6(host)
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as error:
        raise BadTargetError(f"its host {host!r} is no host name") from error
    if _HOST.fullmatch(ascii_host) is None:
        raise BadTargetError(f"its host {host!r} is no host name" if host else "it names no host")
    return ascii_host.lower()


def _ipv6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError as error:
        raise BadTargetError(f"its host [{host}] is no IPv6 address") from error
    if address.scope_id is not None:
        raise BadTargetError("its host has a zone")
    return str(address)


def _encoded(query: Mapping[str, Any]) -> str:
    pairs = [
        (name, _scalar(name, item))
        for name, value in query.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    return urlencode(pairs)


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    raise BadTargetError(f"the query parameter {name!r} must be text, a number, true, false, or a list of these")

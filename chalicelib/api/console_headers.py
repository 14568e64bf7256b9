"""What a browser may do with the console: the headers that go with its files.

Layer: api. Nothing runs that is not a file of the console, nothing is fetched but from here and from the issuer that
signs people in, and no other page may frame it. See docs/console.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from chalicelib.api.console_config import console_config
from chalicelib.settings import Settings

_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?")
_THIS_MACHINE: Final = ("ws://localhost:*", "ws://127.0.0.1:*")
"""The WebSocket of the local stage. That ``'self'`` covers it too is known to some browsers only."""

_ALWAYS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def security_headers(settings: Settings) -> dict[str, str]:
    """The headers of every file of the console."""
    headers = {"Content-Security-Policy": content_security_policy(settings), **_ALWAYS}
    if not settings.is_local:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def content_security_policy(settings: Settings) -> str:
    """The policy: what is not named is forbidden."""
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],  # pictures of executions are fetched with a token, then shown
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'", *_connections(settings)],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def _connections(settings: Settings) -> list[str]:
    """Where the console may connect to beside its own origin: live updates, and the issuer."""
    config = console_config(settings)
    oidc = config["oidc"] or {}
    addresses = [oidc.get(name) for name in ("issuer", "authorization_endpoint", "token_endpoint")]
    live = _THIS_MACHINE if settings.is_local else _origins([config["websocket"]])
    return list(dict.fromkeys([*live, *_origins(addresses)]))


def _origins(addresses: Iterable[str | None]) -> list[str]:
    """The origins of addresses. One with a host that could say more in a policy than a host is left out."""
    parts = [urlsplit(address) for address in addresses if address]
    return [f"{part.scheme}://{part.netloc}" for part in parts if part.scheme and _HOST.fullmatch(part.netloc)]

"""JSON Web Tokens by PyJWT, and the issuer's keys by HTTPS.

Layer: adapters. Only signatures with public keys count: neither ``none`` nor a shared secret, so a key that everybody
may read never signs. Keys are kept for an hour; one that is not known is looked for at once, for the issuer may have
changed its keys, but not more often than once a minute, for anybody can name one. If the issuer does not answer, the
keys that are known count for a day. PyJWT and its cryptography are imported for the first token: no other request pays
for that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import urllib3

from chalicelib.domain.errors import Unauthorized, Unavailable
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings

if TYPE_CHECKING:
    import jwt

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
FRESH: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=1)
LOOKED_FOR_AGAIN: Final = timedelta(minutes=1)
LEEWAY_SECONDS: Final = 30
LONGEST_TOKEN_BYTES: Final = 8_192
LARGEST_KEYS_BYTES: Final = 262_144
_TIMEOUT: Final = urllib3.Timeout(connect=2, read=3)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

Fetch = Callable[[str], bytes]
"""The body behind an address. Raises ``Unavailable``."""


class JwtTokens:
    """``Tokens`` of the issuer in the settings."""

    def __init__(self, settings: Settings, clock: Clock, fetch: Fetch | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = KeySet(jwks_url(settings), clock, fetch or _fetch)

    def claims(self, token: str) -> Mapping[str, Any]:
        import jwt

        if len(token) > LONGEST_TOKEN_BYTES:
            raise Unauthorized("The token is longer than any that is taken here.", code="InvalidToken")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise Unauthorized("The token is not signed in a way that is taken here.", code="InvalidToken")
            key = self._keys.key(header.get("kid"))
            claims = self._decoded(token, key)
        except jwt.PyJWTError as error:
            raise Unauthorized(_words(error), code="InvalidToken") from error
        self._must_be_for_us(claims)
        return claims

    def _decoded(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        import jwt

        at = self._clock.now().timestamp()
        # Times are compared here, by our clock; PyJWT would ask the machine's.
        options: Any = {
            "require": ["exp", "iss", "sub"],
            **dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat", "verify_aud"), False),
        }
        issuer = self._settings.jwt_issuer
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[key.algorithm_name], issuer=issuer, options=options)
        if _instant(claims, "exp") + LEEWAY_SECONDS <= at:
            raise Unauthorized("The token has expired: sign in again.", code="TokenExpired")
        for name in ("nbf", "iat"):
            if name in claims and _instant(claims, name) > at + LEEWAY_SECONDS:
                raise Unauthorized("The token does not count yet.", code="InvalidToken")
        return claims

    def _must_be_for_us(self, claims: Mapping[str, Any]) -> None:
        """By ``aud``; access tokens of some issuers have none, and name their client in ``client_id``."""
        said = claims.get("aud", claims.get("client_id"))
        audiences = said if isinstance(said, list) else [said]
        if not any(isinstance(each, str) and each in self._settings.jwt_audience for each in audiences):
            raise Unauthorized("The token is for another application.", code="InvalidToken")


class KeySet:
    """The issuer's keys, by their ids."""

    def __init__(self, url: str, clock: Clock, fetch: Fetch) -> None:
        self._url = url
        self._clock = clock
        self._fetch = fetch
        self._lock = Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._looked_at: datetime | None = None

    def key(self, kid: object) -> jwt.PyJWK:
        """The key with this id; without one, the only key there is. Raises ``Unauthorized`` and ``Unavailable``."""
        with self._lock:
            now = self._clock.now()
            if self._fetched_at is None or now >= self._fetched_at + FRESH or self._find(kid) is None:
                self._look(now)
            found = self._find(kid)
        if found is None:
            raise Unauthorized("The token is signed with a key that its issuer does not have.", code="InvalidToken")
        return found

    def _find(self, kid: object) -> jwt.PyJWK | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid) if isinstance(kid, str) else None

    def _look(self, now: datetime) -> None:
        """Ask the issuer, unless that was done a moment ago."""
        count = self._fetched_at is not None and now < self._fetched_at + KEPT
        if self._looked_at is not None and now < self._looked_at + LOOKED_FOR_AGAIN:
            if not count:
                raise Unavailable("The issuer's keys cannot be had: see the log.")
            return
        self._looked_at = now
        try:
            self._keys = _keys_in(self._fetch(self._url))
        except Unavailable:
            if not count:
                raise
        else:
            self._fetched_at = now


def jwks_url(settings: Settings) -> str:
    """Where the issuer's keys are: as set, else where Cognito, Auth0 and others have them."""
    return settings.jwks_url or f"{settings.jwt_issuer.rstrip('/')}/.well-known/jwks.json"


def _keys_in(document: bytes) -> dict[str | None, jwt.PyJWK]:
    import jwt

    try:
        listed = json.loads(document)["keys"]
        entries = [each for each in listed if each.get("use", "sig") == "sig" and each.get("kty") != "oct"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = "what the issuer gives for its keys is no JSON Web Key Set"
        raise Unavailable(message) from error
    found: dict[str | None, jwt.PyJWK] = {}
    for entry in entries:
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue  # of a kind that is not known: nothing signed with it counts
        if key.algorithm_name in ALGORITHMS:
            found[entry.get("kid")] = key
    return found


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthorized(f"The token's {name!r} is no time.", code="InvalidToken")
    return float(value)


def _words(error: Exception) -> str:
    """What is wrong, in PyJWT's words, which say nothing of the token's content."""
    return f"The token is not valid: {error}."


def _fetch(url: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        message = f"the issuer's keys are fetched by https only, not from {url}"
        raise Unavailable(message)
    try:
        answer = _pool().request("GET", url, redirect=False, preload_content=False, timeout=_TIMEOUT, retries=1)
        body = answer.read(LARGEST_KEYS_BYTES + 1)
        answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        message = f"the issuer's keys cannot be fetched from {url}: {error}"
        raise Unavailable(message) from error
    if answer.status != 200 or len(body) > LARGEST_KEYS_BYTES:
        message = f"the issuer's keys cannot be fetched from {url}: it answered {answer.status}"
        raise Unavailable(message)
    return bytes(body)


def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(num_pools=1)

"""An issuer of tokens, with keys that change. Layer: tests."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from chalicelib.adapters.tokens import JwtTokens
from chalicelib.domain.errors import Unavailable
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings

ISSUER = "https://issuer.example/pool"
AUDIENCE = "weft-console"


@cache
def rsa_key(name: str = "first") -> rsa.RSAPrivateKey:
    """A key, made once."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def public(key: Any, kid: str | None, **more: Any) -> dict[str, Any]:
    """A key as the issuer publishes it."""
    algorithm: Any = (
        RSAAlgorithm
        if isinstance(key, rsa.RSAPrivateKey)
        else ECAlgorithm
        if isinstance(key, ec.EllipticCurvePrivateKey)
        else OKPAlgorithm
    )
    entry: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return {**entry, **({} if kid is None else {"kid": kid}), "use": "sig", **more}


class Issuer:
    """Publishes ``keys``, and signs. ``asked`` are the addresses that its keys were fetched from."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [public(rsa_key(), "k-1")]
        self.document: bytes | None = None
        self.asked: list[str] = []
        self.is_away = False

    def fetch(self, url: str) -> bytes:
        """Its keys, by their address."""
        self.asked.append(url)
        if self.is_away:
            raise Unavailable("the issuer does not answer")
        return self.document if self.document is not None else json.dumps({"keys": self.keys}).encode()

    def tokens(self, settings: Settings, clock: Clock) -> JwtTokens:
        """What verifies its tokens."""
        return JwtTokens(settings, clock, self.fetch)


def settings(**more: Any) -> Settings:
    """Of a deployment that trusts the issuer."""
    return Settings(**{"stage": "prod", "jwt_issuer": ISSUER, "jwt_audience": [AUDIENCE], **more})


def claims(at: datetime, **more: Any) -> dict[str, Any]:
    """What the issuer says of somebody, for an hour; a claim that is None is left out."""
    now = int(at.timestamp())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u-1",
        "iat": now,
        "exp": now + 3600,
        "groups": ["weft-viewers"],
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


def signed(
    payload: dict[str, Any], *, key: Any = None, algorithm: str = "RS256", kid: str | None = "k-1", **header: Any
) -> str:
    """A token."""
    headers = {**header, **({} if kid is None else {"kid": kid})}
    return jwt.encode(payload, rsa_key() if key is None else key, algorithm=algorithm, headers=headers)

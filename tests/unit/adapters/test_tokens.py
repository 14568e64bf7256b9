"""Which tokens count, and how often the issuer is asked for its keys. Layer: tests."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from chalicelib.adapters.memory import VirtualClock
from chalicelib.adapters.tokens import (
    FRESH,
    KEPT,
    LARGEST_KEYS_BYTES,
    LEEWAY_SECONDS,
    LONGEST_TOKEN_BYTES,
    LOOKED_FOR_AGAIN,
    JwtTokens,
    jwks_url,
)
from chalicelib.domain.errors import Unauthorized, Unavailable
from tests.functional.api.issuer import (
    AUDIENCE,
    ISSUER,
    Issuer,
    claims,
    ec_key,
    ed_key,
    public,
    rsa_key,
    settings,
    signed,
)

START = datetime.fromisoformat("2026-01-31T09:00:00+00:00")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def tokens(issuer: Issuer, clock: VirtualClock) -> JwtTokens:
    return issuer.tokens(settings(), clock)


def pause(clock: VirtualClock, length: timedelta) -> None:
    clock.advance_to(clock.now() + length)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(rsa_key(), "RS256"), (rsa_key(), "RS512"), (ec_key(), "ES256"), (ed_key(), "EdDSA")],
    ids=["RS256", "RS512", "ES256", "EdDSA"],
)
def test_the_claims_are_given_when_a_token_is_signed_by_the_issuer(
    issuer: Issuer, tokens: JwtTokens, key: Any, algorithm: str
) -> None:
    more = {"alg": algorithm} if algorithm == "RS512" else {}
    issuer.keys = [public(key, "k-1", **more)]

    assert tokens.claims(signed(claims(START), key=key, algorithm=algorithm)) == claims(START)
    assert issuer.asked == [f"{ISSUER}/.well-known/jwks.json"]


@pytest.mark.parametrize(
    "more",
    [
        {"aud": ["other", AUDIENCE]},
        {"aud": None, "client_id": AUDIENCE, "token_use": "access"},
        {"nbf": int(START.timestamp()) + LEEWAY_SECONDS - 1},
        {"exp": int(START.timestamp()) - LEEWAY_SECONDS + 1},
    ],
)
def test_a_token_counts_when_it_is_for_us_and_its_time_is_now(tokens: JwtTokens, more: dict[str, Any]) -> None:
    assert tokens.claims(signed(claims(START, **more)))["sub"] == "u-1"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"exp": int(START.timestamp()) - LEEWAY_SECONDS}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "no time"),
        ({"nbf": int(START.timestamp()) + LEEWAY_SECONDS + 1}, "not count yet"),
        ({"iat": int(START.timestamp()) + 3600}, "not count yet"),
        ({"iat": True}, "no time"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": ISSUER + "/"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"sub": None}, "sub"),
        ({"aud": "other"}, "another application"),
        ({"aud": ["other", 5]}, "another application"),
        ({"aud": None}, "another application"),
        ({"aud": "other", "client_id": AUDIENCE}, "another application"),
    ],
)
def test_a_token_is_refused_when_it_says_something_else(tokens: JwtTokens, more: dict[str, Any], words: str) -> None:
    with pytest.raises(Unauthorized, match=words):
        tokens.claims(signed(claims(START, **more)))


def unsigned(header: dict[str, Any]) -> str:
    parts = [json.dumps(each).encode() for each in (header, claims(START))]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


def forged_with_the_public_key() -> str:
    """Signed with a shared secret that everybody can read: the issuer's public key."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [json.dumps(each).encode() for each in ({"alg": "HS256", "kid": "k-1"}, claims(START))]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    digest = hmac.new(pem, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "token",
    [
        unsigned({"alg": "none"}),
        unsigned({"alg": "none", "kid": "k-1"}),
        unsigned({"alg": "RS256", "kid": "k-1"}),
        unsigned({"kid": "k-1"}),
        forged_with_the_public_key(),
        signed(claims(START), key=rsa_key("another")),
        signed(claims(START), key=ec_key(), algorithm="ES256"),
        signed(claims(START), algorithm="PS256"),
        signed(claims(START), crit=["exotic"], exotic=1),
        signed(claims(START))[:-4] + "AAAA",
        signed(claims(START, sub="u-1")).replace(".", "", 1),
        "a.b.c",
        "",
    ],
)
def test_a_token_is_refused_when_the_issuer_did_not_sign_it(tokens: JwtTokens, token: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        tokens.claims(token)

    assert refused.value.code == "InvalidToken"
    assert token == "" or token not in refused.value.message


def test_a_token_is_not_looked_at_when_it_is_very_long(issuer: Issuer, tokens: JwtTokens) -> None:
    with pytest.raises(Unauthorized):
        tokens.claims(signed(claims(START, groups=["x" * LONGEST_TOKEN_BYTES])))

    assert issuer.asked == []


# --- the issuer's keys ------------------------------------------------------------------------------------------------


def test_the_issuer_is_asked_once_an_hour_when_many_tokens_come(
    issuer: Issuer, tokens: JwtTokens, clock: VirtualClock
) -> None:
    for _ in range(5):
        tokens.claims(signed(claims(clock.now())))
    assert len(issuer.asked) == 1

    pause(clock, FRESH)
    tokens.claims(signed(claims(clock.now())))

    assert len(issuer.asked) == 2


def test_a_token_counts_at_once_when_the_issuer_has_a_new_key(
    issuer: Issuer, tokens: JwtTokens, clock: VirtualClock
) -> None:
    tokens.claims(signed(claims(START)))
    pause(clock, LOOKED_FOR_AGAIN)
    issuer.keys = [public(ec_key(), "k-2")]

    assert tokens.claims(signed(claims(START), key=ec_key(), algorithm="ES256", kid="k-2"))["sub"] == "u-1"
    with pytest.raises(Unauthorized, match="does not have"):
        tokens.claims(signed(claims(START)))


def test_the_issuer_is_asked_once_a_minute_when_tokens_name_keys_that_are_not_there(
    issuer: Issuer, tokens: JwtTokens, clock: VirtualClock
) -> None:
    tokens.claims(signed(claims(START)))
    for number in range(50):
        with pytest.raises(Unauthorized):
            tokens.claims(signed(claims(START), kid=f"made-up-{number}"))
    assert len(issuer.asked) == 1

    pause(clock, LOOKED_FOR_AGAIN)
    with pytest.raises(Unauthorized):
        tokens.claims(signed(claims(START), kid="made-up"))

    assert len(issuer.asked) == 2
    assert tokens.claims(signed(claims(START)))["sub"] == "u-1"


def test_the_known_keys_count_for_a_day_when_the_issuer_is_away(
    issuer: Issuer, tokens: JwtTokens, clock: VirtualClock
) -> None:
    tokens.claims(signed(claims(START)))
    issuer.is_away = True

    pause(clock, KEPT - timedelta(seconds=1))
    tokens.claims(signed(claims(clock.now())))
    pause(clock, LOOKED_FOR_AGAIN)

    for _ in range(2):  # the issuer is not asked a second time, and the keys count no more for that
        with pytest.raises(Unavailable):
            tokens.claims(signed(claims(clock.now())))


def test_nobody_is_let_in_nor_the_issuer_pressed_when_its_keys_were_never_had(
    issuer: Issuer, tokens: JwtTokens, clock: VirtualClock
) -> None:
    issuer.is_away = True
    for _ in range(5):
        with pytest.raises(Unavailable):
            tokens.claims(signed(claims(START)))
    assert len(issuer.asked) == 1

    issuer.is_away = False
    pause(clock, LOOKED_FOR_AGAIN)

    assert tokens.claims(signed(claims(START)))["sub"] == "u-1"


def test_the_only_key_counts_when_a_token_names_none(issuer: Issuer, tokens: JwtTokens) -> None:
    issuer.keys = [public(rsa_key(), None)]

    assert tokens.claims(signed(claims(START), kid=None))["sub"] == "u-1"


def test_no_key_counts_when_there_are_several_and_a_token_names_none(issuer: Issuer, tokens: JwtTokens) -> None:
    issuer.keys.append(public(ec_key(), "k-2"))

    with pytest.raises(Unauthorized):
        tokens.claims(signed(claims(START), kid=None))


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "k-1", "alg": "HS256"},
        public(rsa_key(), "k-1", use="enc"),
        public(rsa_key(), "k-1", alg="HS256"),
        {"kty": "exotic", "kid": "k-1"},
    ],
)
def test_a_key_does_not_count_when_it_signs_no_tokens(issuer: Issuer, tokens: JwtTokens, entry: dict[str, Any]) -> None:
    issuer.keys = [entry]

    with pytest.raises(Unauthorized):
        tokens.claims(signed(claims(START)))


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys": 5}', b'{"keys": [5]}'])
def test_a_token_cannot_be_verified_when_the_issuer_gives_no_keys(
    issuer: Issuer, tokens: JwtTokens, document: bytes
) -> None:
    issuer.document = document

    with pytest.raises(Unavailable):
        tokens.claims(signed(claims(START)))


# --- fetching ---------------------------------------------------------------------------------------------------------


class Keys(BaseHTTPRequestHandler):
    """Answers as the path says."""

    document: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        answers = {"/large": b"x" * (LARGEST_KEYS_BYTES + 1), "/keys": self.document}
        status = {"/moved": 302, "/broken": 500}.get(self.path, 200)
        self.send_response(status)
        body = answers.get(self.path, b"")
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/keys")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Keys.document = json.dumps({"keys": [public(rsa_key(), "k-1")]}).encode()
    with HTTPServer(("127.0.0.1", 0), Keys) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_the_keys_are_fetched_when_a_token_comes(server: str, clock: VirtualClock) -> None:
    assert JwtTokens(settings(jwks_url=f"{server}/keys"), clock).claims(signed(claims(START)))["sub"] == "u-1"


@pytest.mark.parametrize("path", ["/large", "/moved", "/broken"])
def test_the_keys_do_not_count_when_they_are_not_answered_as_they_should(
    server: str, clock: VirtualClock, path: str
) -> None:
    with pytest.raises(Unavailable):
        JwtTokens(settings(jwks_url=f"{server}{path}"), clock).claims(signed(claims(START)))


@pytest.mark.parametrize("url", ["http://issuer.example/keys", "file:///etc/passwd", "http://127.0.0.1:1/keys"])
def test_the_keys_cannot_be_had_when_their_address_is_not_safe_or_answers_not(clock: VirtualClock, url: str) -> None:
    with pytest.raises(Unavailable):
        JwtTokens(settings(jwks_url=url), clock).claims(signed(claims(START)))


def test_the_keys_are_below_the_issuer_when_nothing_else_is_set() -> None:
    assert jwks_url(settings(jwt_issuer="https://a.example/")) == "https://a.example/.well-known/jwks.json"
    assert jwks_url(settings(jwks_url="https://b.example/certs")) == "https://b.example/certs"

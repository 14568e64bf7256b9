"""An OpenID Connect issuer of its own, for one user: authorization code with PKCE. Layer: tests."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT: Final = "weft-console"
AUDIENCE: Final = "weft"
_KEY: Final = "k-1"


class Authority:
    """Serves on a free port until it is closed. ``refused`` are the reasons why it gave no token."""

    def __init__(self, **claims: Any) -> None:
        self.refused: list[str] = []
        self._claims = claims
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._codes: dict[str, dict[str, str]] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, name="authority", daemon=True).start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()

    def document(self, path: str) -> dict[str, Any] | None:
        """What lies below ``/.well-known``."""
        if path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            return {"issuer": self.issuer, **{name: self.issuer + end for name, end in ends.items()}}
        if path == "/.well-known/jwks.json":
            public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
            return {"keys": [{**public, "kid": _KEY, "use": "sig"}]}
        return None

    def authorize(self, asked: dict[str, str]) -> str:
        """Where somebody is led back to who has signed in."""
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def exchange(self, given: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, to whom can prove that it asked for it."""
        asked = self._codes.pop(given.get("code", ""), None)
        reason = "no such code" if asked is None else _wrong(asked, given)
        if asked is None or reason is not None:
            self.refused.append(str(reason))
            return None
        return {
            "access_token": self._signed(aud=AUDIENCE),
            "id_token": self._signed(aud=CLIENT, nonce=asked["nonce"]),
            "token_type": "Bearer",
            "expires_in": 3600,
        }

    def _signed(self, **more: Any) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "iat": now, "exp": now + 3600, **self._claims, **more}
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY})


def _handler(authority: Authority) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", authority.authorize(_single(parts.query)))
                self.end_headers()
                return
            self._answer(authority.document(parts.path), missing=404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            self._answer(authority.exchange(_single(body)), missing=400)

        def _answer(self, document: dict[str, Any] | None, *, missing: int) -> None:
            content = json.dumps(document or {"error": "invalid_grant"}).encode()
            self.send_response(200 if document is not None else missing)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing: the test tells what matters."""

    return Handler


def _wrong(asked: dict[str, str], given: dict[str, str]) -> str | None:
    """Why a code is not for who brings it; None if it is."""
    digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked.get("code_challenge"):
        return "the verifier is not that of the challenge"
    if (given.get("client_id"), given.get("redirect_uri")) != (CLIENT, asked["redirect_uri"]):
        return "another client, or another address"
    return None


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}

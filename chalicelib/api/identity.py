"""Who is calling. Closed by default: whoever cannot be told is refused.

Layer: api. A person is known by a token that the issuer in the settings has signed, a machine by an API key. Of a key
the SHA-256 alone is known; it is compared in constant time, with every key there is, so that time tells nothing. Only
the local stage, which runs against an emulator, believes a person without proof. Headers such as ``X-User-Name``, which
anybody can write, are never read.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from chalicelib.domain.errors import Unauthorized
from chalicelib.settings import ApiKey, Settings

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
_SHOWN_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_OF_THIS_MACHINE: Final = re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?")
DEV_FORM: Final = "Bearer dev:<user>:<group>,<group>"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A caller: ``name`` stands in logs and histories, ``groups`` give the roles, ``is_admin`` all of them.

    ``proof`` says what it is known by; one by a token is nobody from ``expires_at`` on.
    """

    name: str
    groups: frozenset[str] = frozenset()
    is_admin: bool = False
    proof: Literal["name", "key", "token"] = "name"
    expires_at: datetime | None = None


Verify = Callable[[str], Mapping[str, Any]]
"""The claims of a token; see ``chalicelib.ports.tokens``."""


def _no_tokens(_: str) -> Mapping[str, Any]:
    raise Unauthorized("Nobody can verify tokens here.")


def identify(headers: Mapping[str, str], settings: Settings, verify: Verify = _no_tokens) -> Identity:
    """The caller, by ``X-Api-Key`` or else ``Authorization`` (names of ``headers`` in lower case).

    ``verify`` is asked where it is set whose tokens count. Raises ``Unauthorized`` with what is missing, and
    ``Unavailable`` when a token cannot be verified for the moment.
    """
    if not settings.is_local and not (settings.stage and (settings.api_keys or settings.takes_tokens)):
        raise Unauthorized(_closed(settings), code="NoAuthorizer")
    key = headers.get("x-api-key")
    if key is not None:
        return _by_key(key, settings.api_keys)
    authorization = headers.get("authorization")
    token = _jwt_of(authorization)
    if token is not None and settings.takes_tokens:
        return _by_claims(verify(token), settings)
    if settings.is_local and authorization is not None:
        return _by_name(authorization, settings)
    if settings.is_local:
        _refuse_foreign_page(headers.get("origin"), settings)
        return _DEVELOPER
    if authorization is None:
        raise Unauthorized(f"This request names nobody. Send {_wanted(settings)}.")
    raise Unauthorized(_refusal(authorization, settings))


def _closed(settings: Settings) -> str:
    if not settings.stage:
        return "This deployment refuses every request: it does not know its stage (WEFT_STAGE)."
    if settings.stage == "local":
        return "This deployment refuses every request: the stage 'local' needs an emulator (WEFT_AWS_ENDPOINT_URL)."
    if settings.jwt_issuer:
        return "This deployment refuses every request: it does not know for whom tokens must be (WEFT_JWT_AUDIENCE)."
    return "This deployment refuses every request: it has no API keys (WEFT_API_KEYS) and no issuer (WEFT_JWT_ISSUER)."


def _wanted(settings: Settings) -> str:
    key = "an API key in the header X-Api-Key"
    return f"a token in the header Authorization, or {key}" if settings.takes_tokens else key


def _jwt_of(authorization: str | None) -> str | None:
    """The token in the header, if it has the form of one."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and _JWT.fullmatch(token.strip()) else None


def _by_claims(claims: Mapping[str, Any], settings: Settings) -> Identity:
    names = [settings.jwt_name_claim] if settings.jwt_name_claim else _names_in(claims)
    name = next((claims[each] for each in names if isinstance(claims.get(each), str)), None)
    if name is None or not _SHOWN_NAME.fullmatch(name):
        raise Unauthorized("The token names nobody in a form that is taken here.", code="InvalidToken")
    said = _groups_in(claims, settings.jwt_groups_claim)
    meant = [alias for group in said for alias in settings.jwt_group_aliases.get(group, ())]
    return Identity(
        name=name,
        groups=frozenset([*said, *meant]),
        proof="token",
        expires_at=datetime.fromtimestamp(int(claims["exp"]), UTC),
    )


def _names_in(claims: Mapping[str, Any]) -> list[str]:
    """An address counts as a name only where the issuer has seen that it is the person's."""
    verified = ["email"] if claims.get("email_verified") in {True, "true"} else []
    return ["preferred_username", "username", "cognito:username", *verified, "sub"]


def _groups_in(claims: Mapping[str, Any], claim: str) -> list[str]:
    """The groups in a claim of this name, else at this path; a list, or a text with spaces or commas in between."""
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        found = re.split(r"[ ,]+", found)
    return [each for each in found if isinstance(each, str) and each] if isinstance(found, list) else []


def _by_key(given: str, keys: list[ApiKey]) -> Identity:
    digest = hashlib.sha256(given.encode(errors="replace")).hexdigest().encode()
    matching = [key for key in keys if hmac.compare_digest(digest, key.sha256.lower().encode())]
    if not matching:
        raise Unauthorized("The API key in the header X-Api-Key is not known here.")
    return _of_key(matching[0])


def _of_key(key: ApiKey) -> Identity:
    return Identity(name=key.name, groups=frozenset(key.groups), proof="key")


def still_valid(caller: Identity, settings: Settings) -> Identity:
    """A caller that was identified a while ago, by what counts now. Raises ``Unauthorized`` for a key that is gone.

    When it expires is looked at by whoever kept it.
    """
    if caller.proof != "key":
        return caller
    for key in settings.api_keys:
        if key.name == caller.name:
            return _of_key(key)
    message = f"The API key of {caller.name!r} is not known here any more."
    raise Unauthorized(message)


def to_body(caller: Identity) -> dict[str, Any]:
    """A caller as JSON, to be kept; ``from_body`` reads it."""
    body: dict[str, Any] = msgspec.to_builtins(caller)
    return {**body, "groups": sorted(caller.groups)}


def from_body(body: Mapping[str, Any]) -> Identity:
    """The caller that ``to_body`` wrote."""
    return msgspec.convert(body, Identity)


def _by_name(authorization: str, settings: Settings) -> Identity:
    scheme, _, token = authorization.partition(" ")
    word, _, rest = token.strip().partition(":")
    user, _, listed = rest.partition(":")
    groups = frozenset(group.strip() for group in listed.split(",") if group.strip())
    if scheme.lower() != "bearer" or word != "dev":
        raise Unauthorized(
            f"{_refusal(authorization, settings)} The local stage takes {DEV_FORM!r}, or no header at all."
        )
    if not all(_NAME.fullmatch(each) for each in (user, *groups)):
        raise Unauthorized(f"The header Authorization is not of the form {DEV_FORM!r}.")
    return Identity(name=user, groups=groups)


def _refuse_foreign_page(origin: str | None, settings: Settings) -> None:
    """Whoever sends no header is the developer, but not a page from elsewhere that the developer happens to look at."""
    if origin is None or origin in settings.cors_origins or _OF_THIS_MACHINE.fullmatch(origin):
        return
    raise Unauthorized(f"A page of {origin[:100]!r} may act for nobody here: name it in WEFT_CORS_ORIGINS, or sign in.")


def _refusal(authorization: str, settings: Settings) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return "The header Authorization is not of a kind that is known here."
    if token.strip().startswith("dev:"):
        return f"A name without proof is believed in the local stage only. Send {_wanted(settings)}."
    if _JWT.fullmatch(token.strip()):
        return "JWTs are not accepted here. Send an API key in the header X-Api-Key."
    return "The bearer token is of no kind that is known here."


_DEVELOPER: Final = Identity(name="dev", is_admin=True)

"""What the console has to know before anybody has signed in. Layer: api."""

from __future__ import annotations

from typing import Any

from chalicelib.settings import Settings

LOCAL_WEBSOCKET = "/ws"


def console_config(settings: Settings) -> dict[str, Any]:
    """``{stage, api, websocket, oidc, development_token}``. Nothing in it is secret.

    ``websocket`` is an address, or in the local stage a path below the page's own origin. ``oidc`` is ``{issuer,
    client_id, scopes, authorization_endpoint?, token_endpoint?}``, None where nobody can sign in; endpoints that are
    not named are found at the issuer's ``.well-known/openid-configuration``. ``development_token`` says whether
    ``dev:<user>:<groups>`` is believed.
    """
    return {
        "stage": settings.stage,
        "api": "/api/v1",
        "websocket": LOCAL_WEBSOCKET if settings.is_local else settings.websocket_address,
        "oidc": _oidc(settings),
        "development_token": settings.is_local,
    }


def _oidc(settings: Settings) -> dict[str, Any] | None:
    if not (settings.takes_tokens and settings.oidc_client_id):
        return None
    endpoints = {
        "authorization_endpoint": settings.oidc_authorization_endpoint,
        "token_endpoint": settings.oidc_token_endpoint,
    }
    return {
        "issuer": settings.jwt_issuer,
        "client_id": settings.oidc_client_id,
        "scopes": settings.oidc_scopes,
        **{name: address for name, address in endpoints.items() if address},
    }

"""What every answer gets, and what no route has: unknown paths, other methods, preflights.

Layer: api. The API has a greedy route for all that no other route takes, since the gateway itself would answer an
unknown path with 403 and a text about tokens. It also takes the preflights of browsers, so that the origins allowed
are a setting and not part of the deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from chalice.app import Blueprint, Request, Response

from chalicelib import bootstrap, observability
from chalicelib.api import identity
from chalicelib.api.problems import MethodNotAllowed, UnknownRoute
from chalicelib.api.routing import ANY_TYPE, headers_of, path_of, refusal, request_id_of, unplanned
from chalicelib.domain.definitions.findings import brief
from chalicelib.domain.errors import WeftError

GREEDY: Final = "/{proxy+}"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
ALLOWED_HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, X-Api-Key"
EXPOSED_HEADERS: Final = "Location, Retry-After, X-Request-Id"
PREFLIGHT_SECONDS: Final = 600

unrouted = Blueprint(__name__)
RouteTable = Mapping[str, Mapping[str, Any]]


@unrouted.route("/", methods=list(METHODS), content_types=ANY_TYPE)
@unrouted.route(GREEDY, methods=list(METHODS), content_types=ANY_TYPE)
def no_route() -> Response:
    """Say that there is no such route, or not with this method, or answer a browser's preflight."""
    return _outside(unrouted.current_request, unrouted.current_app.routes)


def finish(request: Request, respond: Callable[[Request], Response]) -> Response:
    """Around every request: its id in the log, problems instead of the framework's own errors, and common headers."""
    request_id = request_id_of(request)
    with observability.invocation(request.lambda_context, request_id=request_id):
        response = respond(request)
        if isinstance(response.body, dict):  # ours is text already, so this is the framework's own
            response = _translated(request, response, unrouted.current_app.routes)
        response.headers = {**_common_headers(request, request_id), **response.headers}  # a view knows better
    return response


def allowed_origin(origin: str | None, allowed: Collection[str]) -> str | None:
    """The origin to be let in, if it is: named in the setting, or any where that says ``*``."""
    return origin if origin is not None and (origin in allowed or "*" in allowed) else None


def methods_of(path: str, routes: RouteTable) -> list[str]:
    """The methods that a path has in a table of routes; none for a path that no route has."""
    found = {method for pattern, entries in routes.items() if _matches(path, pattern) for method in entries}
    return [method for method in METHODS if method in found]


def _matches(path: str, pattern: str) -> bool:
    if pattern in ("/", GREEDY):
        return False
    parts, wanted = path.strip("/").split("/"), pattern.strip("/").split("/")
    return len(parts) == len(wanted) and all(
        part == want or (want.startswith("{") and part != "") for part, want in zip(parts, wanted, strict=True)
    )


def _outside(request: Request, routes: RouteTable) -> Response:
    request_id = request_id_of(request)
    try:
        methods = methods_of(path_of(request), routes)
        if request.method == "OPTIONS" and methods:
            return Response(body="", status_code=204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})
        identity.identify(headers_of(request), bootstrap.settings(), bootstrap.verify_token)
        raise _no_view(request, methods)
    except WeftError as error:
        return refusal(error, request_id)


def _no_view(request: Request, methods: Sequence[str]) -> WeftError:
    path = path_of(request)
    if methods:
        return MethodNotAllowed(f"{brief(path)} takes {' and '.join(methods)}, not {request.method}.", methods)
    return UnknownRoute(f"There is no route {brief(path)}.")


def _translated(request: Request, response: Response, routes: RouteTable) -> Response:
    """One of the framework's own errors (``{Code, Message}``) as a problem."""
    if response.status_code == 405:
        return _outside(request, routes)
    return unplanned(request_id_of(request))


def _common_headers(request: Request, request_id: str | None) -> dict[str, str]:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if request_id is not None:
        headers["X-Request-Id"] = request_id
    origin = headers_of(request).get("origin")
    if origin is None:
        return headers
    # What is answered depends on the origin, also where it is not let in: a cache must not mix the two.
    headers["Vary"] = "Origin"
    if allowed_origin(origin, _origins()) is None:
        return headers
    headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED_HEADERS}
    if request.method == "OPTIONS":
        headers |= {
            "Access-Control-Allow-Methods": ", ".join(METHODS),
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
    return headers


def _origins() -> Collection[str]:
    try:
        return bootstrap.settings().cors_origins
    except WeftError:  # settings that cannot be read: the request has been answered with that already
        return ()

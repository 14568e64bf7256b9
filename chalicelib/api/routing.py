"""From a request of the framework to a view and back.

Layer: api. Each view runs inside one wrapper that does, in this order: who is it, may they, is the URL sound, then the
view itself; whatever is raised on the way becomes a problem. The wrapper and not a middleware, because the framework
has turned an exception into a bare 500 before a middleware sees it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import msgspec
from chalice.app import Blueprint, Request, Response

from chalicelib import bootstrap, observability
from chalicelib.api import answers, bodies, identity, parameters, problems, roles
from chalicelib.api.answers import Answer
from chalicelib.api.identity import Identity
from chalicelib.api.parameters import QuerySpec
from chalicelib.domain.errors import InvalidRequest, WeftError

if TYPE_CHECKING:
    from chalicelib.bootstrap import Engine

ANY_TYPE: Final = ["*/*"]
"""The framework's own check of media types would also refuse a GET; bodies are checked where they are read."""
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request that has been let in. Names of ``headers`` are in lower case, ``query`` has been parsed."""

    headers: Mapping[str, str]
    query: Mapping[str, Any]
    body: bytes
    caller: Identity
    engine: Engine
    request_id: str | None = None

    def json(self) -> Any:
        """The body, a JSON value. Raises ``TooLarge``, ``UnsupportedMediaType``, ``InvalidRequest``, ``JsonError``."""
        bodies.refuse_larger(self.body, self.engine.settings.max_payload_bytes, "The body")
        return bodies.json_value(self.body, self.headers)

    def idempotency_key(self) -> str | None:
        """The key that makes this request the same as another. Raises ``InvalidRequest`` for one that none can be."""
        key = self.headers.get("idempotency-key")
        if key is None or _IDEMPOTENCY_KEY.fullmatch(key):
            return key
        message = "The header Idempotency-Key must be 1 to 255 visible ASCII characters."
        raise InvalidRequest(message)


View = Callable[..., Answer]
FileView = Callable[..., Response]


class Routes(Blueprint):
    """A blueprint whose views take a ``Call`` and the path parameters, and give an ``Answer``."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.queries: dict[tuple[str, str], QuerySpec] = {}

    def on(self, method: str, path: str, query: QuerySpec | None = None) -> Callable[[View], View]:
        """Register a view. Raises ``KeyError`` for a route that the table of roles does not have."""
        role = roles.REQUIRED[method, path]
        spec = self.queries[method, path] = query or {}

        def register(view: View) -> View:
            @wraps(view)
            def entry(**path_parameters: str) -> Response:
                request = self.current_request
                return _respond(
                    request,
                    view.__name__,
                    path_parameters,
                    lambda: answers.to_response(_answer(request, view, path_parameters, role, spec)),
                )

            self.route(path, methods=[method], content_types=ANY_TYPE)(entry)
            return view

        return register

    def file(self, path: str) -> Callable[[FileView], FileView]:
        """Register a view of a file that anybody may get; it takes the framework's request and gives its response."""
        if roles.REQUIRED["GET", path] is not None:
            message = f"{path} is not for everybody"
            raise ValueError(message)
        self.queries["GET", path] = {}

        def register(view: FileView) -> FileView:
            @wraps(view)
            def entry(**path_parameters: str) -> Response:
                request = self.current_request
                return _respond(request, view.__name__, path_parameters, lambda: view(request, **path_parameters))

            self.route(path, methods=["GET"], content_types=ANY_TYPE)(entry)
            return view

        return register


def request_id_of(request: Request) -> str | None:
    """The gateway's id of a request."""
    found = request.context.get("requestId")
    return None if found is None else str(found)


def path_of(request: Request) -> str:
    """The path as it was asked for, below the stage."""
    return str(request.to_original_event().get("path") or request.context.get("path") or request.path)


def headers_of(request: Request) -> dict[str, str]:
    """The headers of a request, names in lower case."""
    return {name.lower(): str(value) for name, value in request.headers.items()}


def refusal(error: WeftError, request_id: str | None) -> Response:
    """The answer to a request that raised ``error``; one that no caller can have caused is answered as unplanned."""
    problem = problems.from_error(error)
    if problem is None:
        return unplanned(request_id)
    observability.logger().info("Refused", status=problem.status, code=problem.code, detail=problem.detail)
    return answers.to_problem_response(problem, request_id)


def unplanned(request_id: str | None) -> Response:
    """The answer to a request that failed for a reason nobody planned; logs the exception being handled."""
    observability.logger().exception("A request failed", request_id=request_id)
    observability.count("UnplannedErrors")
    return answers.to_problem_response(problems.unplanned(), request_id)


def _respond(
    request: Request, name: str, path_parameters: Mapping[str, str], answer: Callable[[], Response]
) -> Response:
    request_id = request_id_of(request)
    try:
        with observability.span(name, **_loggable(path_parameters)):
            return answer()
    except WeftError as error:
        return refusal(error, request_id)
    except Exception:  # noqa: BLE001 - the caller gets an answer whatever happens, and the log the rest
        return unplanned(request_id)


def _answer(
    request: Request, view: View, path_parameters: Mapping[str, str], role: str | None, spec: QuerySpec
) -> Answer:
    if role is None:
        return view()
    headers = headers_of(request)
    caller = identity.identify(headers, bootstrap.settings(), bootstrap.verify_token)
    roles.require(caller, role)
    path = parameters.read_path(path_parameters)
    observability.logger().append_keys(caller=caller.name, **_loggable(path))
    call = Call(
        headers=headers,
        query=parameters.read_query(query_of(request), spec),
        body=_body_of(request),
        caller=caller,
        engine=bootstrap.engine(),
        request_id=request_id_of(request),
    )
    return view(call, **path)


def _loggable(path_parameters: Mapping[str, str]) -> dict[str, str]:
    """Path parameters without those that are secrets."""
    return {name: value for name, value in path_parameters.items() if name != "task_token"}


def query_of(request: Request) -> dict[str, list[str]]:
    """The values of each query parameter."""
    given = request.query_params
    return {} if given is None else {name: given.getlist(name) for name in given}


def _body_of(request: Request) -> bytes:
    raw = request.raw_body
    return raw if isinstance(raw, bytes) else str(raw).encode()

"""One local port for the whole application: REST and the console over HTTP, ``/ws`` as WebSocket.

The emulator serves both under addresses that hold generated ids. Queries, headers and bodies pass unchanged in both
directions, and the application sees the path as it was sent. Like API Gateway, it refuses bodies over 10 MB.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import httpx
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

MAX_BODY_BYTES = 10 * 1024 * 1024
GRACE_SECONDS = 1  # for requests under way when the stack stops
TIMEOUT_SECONDS = 40.0  # the API's function has 29 s, and a cold one some more

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

# RFC 9110, 7.6.1: these speak of one connection, not of the message. Host and length are set anew.
_HOP_BY_HOP = frozenset(
    {"connection", "content-length", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"}
    | {"transfer-encoding", "upgrade"}
)
_HANDSHAKE = "sec-websocket-"
SUBPROTOCOL = "weft"


@dataclass(frozen=True)
class Upstream:
    """Where the emulator serves the application. ``host`` is ``host:port``."""

    host: str
    rest_api_id: str
    websocket_api_id: str
    stage: str

    @property
    def rest(self) -> str:
        return f"http://{self.host}/restapis/{self.rest_api_id}/{self.stage}/_user_request_"

    @property
    def websocket(self) -> str:
        return f"ws://{self.host}/_aws/execute-api/{self.websocket_api_id}/{self.stage}"


def passed_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those headers that belong to the message, in order."""
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def escaped(path: bytes) -> bytes:
    """A path, as it was sent, such that the emulator hands it to the application as API Gateway does: not decoded.

    The emulator decodes a path once, and would find the two segments of ``a/b`` in ``a%2Fb``.
    """
    return path.replace(b"%", b"%25")


class FrontProxy:
    """Serves ``listener`` from a thread of its own until ``stop``. ``upstream`` may be replaced while it runs."""

    def __init__(self, upstream: Upstream, listener: socket.socket) -> None:
        self.upstream = upstream
        self._listener = listener
        self._client: httpx.AsyncClient | None = None
        routes = [WebSocketRoute("/ws", self._websocket), Route("/{path:path}", self._http, methods=METHODS)]
        application = Starlette(routes=routes, lifespan=self._lifespan)
        config = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            ws="websockets-sansio",
            server_header=False,  # both come from behind
            date_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="front-proxy", daemon=True)

    def start(self) -> None:
        """Starts serving. The socket listens already, so a request that is early waits instead of failing."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the connections and the thread."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._listener])

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            self._client = client
            yield

    async def _http(self, request: Request) -> Response:
        if int(request.headers.get("content-length", "0")) > MAX_BODY_BYTES:
            return _too_large()
        body = await request.body()
        if len(body) > MAX_BODY_BYTES:  # sent in chunks, with no length announced
            return _too_large()
        assert self._client is not None  # noqa: S101 - made before the first request
        outgoing = self._client.build_request(
            request.method, self._url(request), headers=passed_headers(request.headers.items()), content=body
        )
        try:
            answer = await self._client.send(outgoing, stream=True)
            content = b"".join([chunk async for chunk in answer.aiter_raw()])  # raw: as compressed as it came
        except httpx.HTTPError as error:
            return _refusal(502, f"the embedded AWS does not answer: {type(error).__name__}")
        response = Response(content, status_code=answer.status_code)
        response.raw_headers = [
            *(
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in passed_headers(answer.headers.multi_items())
            ),
            (b"content-length", str(len(content)).encode("ascii")),
        ]
        return response

    def _url(self, request: Request) -> httpx.URL:
        base = httpx.URL(self.upstream.rest)
        query = request.scope["query_string"]
        return base.copy_with(
            raw_path=base.raw_path + escaped(request.scope["raw_path"]) + (b"?" + query if query else b"")
        )

    async def _websocket(self, near: WebSocket) -> None:
        query = near.scope["query_string"].decode("ascii")
        address = f"{self.upstream.websocket}{'?' + query if query else ''}"
        headers = [(n, v) for n, v in passed_headers(near.headers.items()) if not n.lower().startswith(_HANDSHAKE)]
        offered = [websockets.Subprotocol(name) for name in near.scope.get("subprotocols", [])]
        try:
            async with websockets.connect(
                address, additional_headers=headers, subprotocols=offered or None, proxy=None, max_size=MAX_BODY_BYTES
            ) as far:
                await near.accept(subprotocol=far.subprotocol or _chosen(offered))
                await _relay(near, far)
        except websockets.InvalidStatus as refused:
            await near.send_denial_response(Response(status_code=refused.response.status_code))
        except (OSError, websockets.WebSocketException):
            await near.close(code=1011)


def _chosen(offered: list[websockets.Subprotocol]) -> str | None:
    """What the application chooses of the subprotocols: the emulator lets it, but does not say so to the viewer."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def _refusal(status: int, message: str) -> Response:
    """An answer of the proxy's own, in the form of API Gateway's."""
    return JSONResponse({"message": message}, status_code=status)


def _too_large() -> Response:
    """What the deployed gateway says of a body that is too large (``infra/functions.yaml``)."""
    text = "A request body has at most 10 MB."
    problem = {
        "type": "about:blank",
        "title": "Payload Too Large",
        "status": 413,
        "detail": text,
        "code": "PayloadTooLarge",
        "error": "PayloadTooLarge",
        "message": text,
    }
    return JSONResponse(problem, status_code=413, media_type="application/problem+json")


async def _relay(near: WebSocket, far: websockets.ClientConnection) -> None:
    """Passes messages both ways until either side closes; then closes the other."""
    up, down = asyncio.create_task(_upwards(near, far)), asyncio.create_task(_downwards(near, far))
    await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
    for task in (up, down):
        task.cancel()
    await asyncio.gather(up, down, return_exceptions=True)
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # already closed by the client
        await near.close(code=far.close_code or 1000)


async def _upwards(near: WebSocket, far: websockets.ClientConnection) -> None:
    with contextlib.suppress(WebSocketDisconnect, websockets.ConnectionClosed):
        while True:
            message = await near.receive()
            if message["type"] == "websocket.disconnect":
                return
            await far.send(message["text"] if message.get("text") is not None else message["bytes"])


async def _downwards(near: WebSocket, far: websockets.ClientConnection) -> None:
    async for message in far:
        if isinstance(message, str):
            await near.send_text(message)
        else:
            await near.send_bytes(message)

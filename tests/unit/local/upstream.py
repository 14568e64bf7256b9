"""An emulator's two gateways as far as the proxy sees them: everything is echoed. Layer: tests."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from weftctl.local.ports import ANY_PORT, LOOPBACK, listen, port_of
from weftctl.local.proxy import METHODS, Upstream


class EchoingUpstream:
    """Answers HTTP with what it was asked, and a WebSocket with what it says. Serves while it is entered."""

    def __init__(self) -> None:
        self._listener = listen(ANY_PORT)
        routes = [WebSocketRoute("/{path:path}", _echo), Route("/{path:path}", _describe, methods=METHODS)]
        config = uvicorn.Config(Starlette(routes=routes), log_level="warning", ws="websockets-sansio")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})

    @property
    def upstream(self) -> Upstream:
        return Upstream(f"{LOOPBACK}:{port_of(self._listener)}", "rest1", "ws1", "api")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


async def _describe(request: Request) -> Response:
    body = await request.body()
    if request.headers.get("x-wanted") == "compressed":
        return Response(b"not really gzip", headers={"content-encoding": "gzip", "x-kept": "1"}, status_code=203)
    return JSONResponse(
        {
            "method": request.method,
            "path": request.scope["raw_path"].decode("ascii"),
            "query": request.scope["query_string"].decode("ascii"),
            "headers": dict(request.headers),
            "body": body.decode("utf-8"),
        }
    )


async def _echo(websocket: WebSocket) -> None:
    if websocket.headers.get("authorization") == "refused":
        await websocket.send_denial_response(Response(status_code=401))
        return
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=offered[0] if offered[:1] == ["chosen"] else None)
    await websocket.send_text(
        " ".join([f"{websocket.url.path}?{websocket.url.query}", str(websocket.headers.get("authorization")), *offered])
    )
    async for text in websocket.iter_text():
        if text == "leave":
            await websocket.close(code=4001)
            return
        await websocket.send_text(f"echo {text}")
        await websocket.send_bytes(text.encode())

"""The web console: its page, its files, and what it has to know before anybody has signed in.

Layer: api. Everything here is for everybody: the page shows nothing that it does not fetch with its user's token. The
page's address is ``…/console`` without a slash at its end, below whatever stage: what the page refers to is relative to
that, so an address with the slash leads there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from chalice.app import Request, Response

from chalicelib import bootstrap
from chalicelib.api.answers import Answer
from chalicelib.api.built_console import FOLDER, PICTURES, BuiltFile, console_in
from chalicelib.api.console_config import console_config
from chalicelib.api.console_headers import security_headers
from chalicelib.api.problems import NotAcceptable
from chalicelib.api.routing import Routes, headers_of, path_of, query_of

ONE_YEAR: Final = "public, max-age=31536000, immutable"
ASK_EACH_TIME: Final = "no-cache"

routes = Routes(__name__)
folder = FOLDER  # tests put in their own


@routes.file("/console")
def page(request: Request) -> Response:
    """The page. Its name is the same for every version, so browsers ask each time whether it is still this one."""
    if path_of(request).endswith("/"):
        return _redirect(request)
    return _response(request, console_in(folder).page(), ASK_EACH_TIME)


@routes.file("/console/assets/{name}")
def asset(request: Request, name: str) -> Response:
    """A file of the page. Its name has a hash of its content in it, so browsers keep it."""
    return _response(request, console_in(folder).asset(name), ONE_YEAR)


@routes.on("GET", "/console/config.json")
def config() -> Answer:
    """How to reach the API, and how people sign in."""
    return Answer(body=console_config(bootstrap.settings()))


def _redirect(request: Request) -> Response:
    query = urlencode(query_of(request), doseq=True)  # such as the code that an issuer sends somebody back with
    location = f"../console?{query}" if query else "../console"
    return _made("", 302, {"Location": location, "Cache-Control": ASK_EACH_TIME})


def _response(request: Request, file: BuiltFile, caching: str) -> Response:
    asked = headers_of(request)
    headers = {"ETag": file.etag, "Cache-Control": caching}
    if _is_known(file.etag, asked.get("if-none-match", "")):
        return _made("", 304, headers)
    if not file.is_text and not _takes_bytes(asked.get("accept", "")):
        message = f"This file is sent as bytes: ask for {file.media_type} by the header Accept, before anything else."
        raise NotAcceptable(message)
    body = file.content.decode() if file.is_text else file.content
    return _made(body, 200, {"Content-Type": file.media_type, **headers})


def _made(body: str | bytes, status: int, headers: Mapping[str, str]) -> Response:
    return Response(body=body, status_code=status, headers={**headers, **security_headers(bootstrap.settings())})


def _is_known(etag: str, asked: str) -> bool:
    """RFC 9110, 13.1.2: compared weakly, whatever a gateway did to the mark on its way."""
    marks = {mark.strip().removeprefix("W/") for mark in asked.split(",")}
    return "*" in marks or etag.removeprefix("W/") in marks


def _takes_bytes(accept: str) -> bool:
    """Whether bytes will arrive as such: the gateway looks at the first type alone."""
    return accept.partition(",")[0].partition(";")[0].strip().lower() in PICTURES.values()

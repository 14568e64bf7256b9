"""The console over HTTP: its page, its files, its configuration, and what browsers may do with them. Layer: tests."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

import app as application
from chalicelib import bootstrap
from chalicelib.api import built_console, console
from chalicelib.settings import Settings
from tests.functional.api import contract
from tests.functional.api.service import LOCAL, Service

PAGE = '<!doctype html><script type="module" src="console/assets/main.1a2b.js"></script>'
SCRIPT = "document.title = '\u7ec7';"
PICTURE = b"\x89PNG\r\n\x1a\n\x00\xff"
Headers = Mapping[str, str]
DEPLOYED = Settings(
    stage="dev",
    jwt_issuer="https://issuer.example.com/pool",
    jwt_audience=["weft"],
    oidc_client_id="console",
    oidc_token_endpoint="https://sign-in.example.com:8443/token",
    websocket_address="wss://abc.execute-api.eu-central-1.amazonaws.com/api",
)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console that was built."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "assets" / "main.1a2b.js").write_text(SCRIPT)
    (tmp_path / "assets" / "logo.3c4d.png").write_bytes(PICTURE)
    monkeypatch.setattr(console, "folder", tmp_path)
    return tmp_path


def asked(
    resource: str, path: str = "", *, settings: Settings = LOCAL, query: Any = None, headers: Headers | None = None
) -> SimpleNamespace:
    """What the gateway is given for a GET of ``path``: status, headers by lower-case name, body as bytes."""
    path = path or resource
    event = {
        "path": path,
        "headers": dict(headers or {}),
        "multiValueQueryStringParameters": query,
        "pathParameters": {"name": path.rpartition("/")[2]},
        "requestContext": {"httpMethod": "GET", "resourcePath": resource, "path": f"/api{path}", "requestId": "r-1"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    with bootstrap.use(msgspec.structs.replace(bootstrap.in_memory(settings))):
        answer = application.app(event, SimpleNamespace(aws_request_id="i-1"))
    body: bytes = base64.b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer["body"].encode()
    lowered = {name.lower(): value for name, value in answer["headers"].items()}
    return SimpleNamespace(status=answer["statusCode"], headers=lowered, body=body)


def asset(name: str, headers: Headers | None = None) -> SimpleNamespace:
    return asked("/console/assets/{name}", f"/console/assets/{name}", headers=headers)


def policy(answer: SimpleNamespace) -> dict[str, list[str]]:
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in parts}


@pytest.mark.usefixtures("built")
def test_the_page_is_answered_when_somebody_without_a_name_asks() -> None:
    answer = asked("/console", settings=DEPLOYED)

    assert (answer.status, answer.body.decode()) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("built")
def test_a_script_is_text_and_kept_for_ever_when_its_name_has_a_hash() -> None:
    answer = asset("main.1a2b.js")

    assert answer.body.decode() == SCRIPT
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("accept", ["image/png", "image/avif,image/webp,image/png,*/*;q=0.8", "IMAGE/PNG;q=1"])
def test_a_picture_travels_as_bytes_when_it_is_asked_for(accept: str) -> None:
    answer = asset("logo.3c4d.png", {"accept": accept})

    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("accept", [{}, {"accept": "text/html"}, {"accept": "*/*"}, {"accept": "text/html,image/png"}])
def test_a_picture_is_not_sent_when_the_request_does_not_take_it(accept: dict[str, str]) -> None:
    answer = asset("logo.3c4d.png", accept)

    assert answer.status == 406
    assert b"NotAcceptable" in answer.body


@pytest.mark.usefixtures("built")
def test_nothing_is_sent_again_when_the_browser_has_it() -> None:
    etag = asked("/console").headers["etag"]

    for known in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        answer = asked("/console", headers={"if-none-match": known})
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    assert asked("/console", headers={"if-none-match": '"other"'}).status == 200


@pytest.mark.usefixtures("built")
def test_the_page_is_sent_again_when_it_is_another() -> None:
    assert asked("/console").headers["etag"] != asset("main.1a2b.js").headers["etag"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "name", ["nothing.js", "index.html", "../index.html", "%2e%2e%2findex.html", "..", "", "main.1a2b.js/..", "\0"]
)
def test_a_file_is_not_there_when_the_build_does_not_list_it(name: str) -> None:
    event = asked("/console/assets/{name}", f"/console/assets/{name}")

    assert event.status == 404
    assert b"ConsoleFileNotFound" in event.body


def test_only_kinds_that_can_be_served_are_listed_when_others_lie_beside_them(built: Path) -> None:
    (built / "assets" / "letters.5e6f.woff2").write_bytes(b"font")
    (built / "assets" / "deeper").mkdir()

    assert asset("letters.5e6f.woff2", {"accept": "*/*"}).status == 404
    assert asset("deeper").status == 404


def test_the_remedy_is_named_when_the_console_was_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "folder", tmp_path)

    answer = asked("/console")

    assert answer.status == 404
    assert b"ConsoleNotBuilt" in answer.body
    assert b"make console" in answer.body


@pytest.mark.usefixtures("built")
def test_the_address_without_a_slash_is_named_when_one_with_it_is_asked_for() -> None:
    answer = asked("/console", "/console/")

    assert (answer.status, answer.headers["location"]) == (302, "../console")


@pytest.mark.usefixtures("built")
def test_what_an_issuer_said_is_kept_when_the_address_has_a_slash() -> None:
    answer = asked("/console", "/console/", query={"code": ["a&b"], "state": ["s"]})

    assert answer.headers["location"] == "../console?code=a%26b&state=s"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("settings", [LOCAL, DEPLOYED])
def test_nothing_foreign_runs_or_loads_when_a_browser_heeds_the_headers(settings: Settings) -> None:
    answer = asked("/console", settings=settings)
    rules = policy(answer)

    assert (rules["default-src"], rules["script-src"], rules["style-src"]) == (["'none'"], ["'self'"], ["'self'"])
    assert (rules["frame-ancestors"], rules["base-uri"], rules["form-action"]) == (["'none'"], ["'none'"], ["'self'"])
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.usefixtures("built")
def test_the_same_headers_go_with_every_file_when_it_is_sent_or_known() -> None:
    page = asked("/console")
    for answer in (
        asset("main.1a2b.js"),
        asked("/console", "/console/"),
        asked("/console", headers={"if-none-match": "*"}),
    ):
        assert policy(answer) == policy(page)


@pytest.mark.usefixtures("built")
def test_the_console_may_reach_its_websocket_and_its_issuer_alone_when_it_is_deployed() -> None:
    assert policy(asked("/console", settings=DEPLOYED))["connect-src"] == [
        "'self'",
        "wss://abc.execute-api.eu-central-1.amazonaws.com",
        "https://issuer.example.com",
        "https://sign-in.example.com:8443",
    ]


@pytest.mark.usefixtures("built")
def test_the_console_may_reach_this_machine_alone_when_the_stage_is_local() -> None:
    assert policy(asked("/console"))["connect-src"] == ["'self'", "ws://localhost:*", "ws://127.0.0.1:*"]


@pytest.mark.usefixtures("built")
def test_a_setting_adds_no_rule_when_its_host_is_none() -> None:
    odd = Settings(stage="dev", websocket_address="wss://a;script-src *", cors_origins=[])

    assert policy(asked("/console", settings=odd))["connect-src"] == ["'self'"]


@pytest.mark.usefixtures("built")
def test_transport_is_kept_secure_when_the_console_is_deployed() -> None:
    assert "strict-transport-security" in asked("/console", settings=DEPLOYED).headers
    assert "strict-transport-security" not in asked("/console").headers


def test_what_the_console_has_to_know_is_answered_when_nobody_has_signed_in() -> None:
    service = Service(DEPLOYED)

    reply = service.call("GET", "/console/config.json")

    assert (reply.status, reply.body["stage"], reply.body["development_token"]) == (200, "dev", False)
    assert reply.body["oidc"]["client_id"] == "console"
    assert reply.headers["cache-control"] == "no-store"


def test_every_kind_of_file_is_described_when_it_can_be_served() -> None:
    described = contract.operations()["GET", "/console/assets/{name}"]["responses"]["200"]["content"]
    served = {re.sub(";.*", "", media_type) for media_type in built_console.MEDIA_TYPES.values()}

    assert served == set(described)

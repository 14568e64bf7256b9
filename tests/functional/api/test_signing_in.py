"""People with tokens, on the running application: what they may, and what the histories say of them. Layer: tests."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

import app as application
from chalicelib import bootstrap
from chalicelib.api import roles
from chalicelib.api.console_config import console_config
from chalicelib.api.identity import Identity, identify
from chalicelib.settings import Settings
from tests.functional.api.asking import asking, the_task
from tests.functional.api.contract import operations
from tests.functional.api.definitions import hello
from tests.functional.api.issuer import AUDIENCE, ISSUER, Issuer, claims, settings, signed
from tests.functional.api.service import BASE, LOCAL, START, Service
from tests.functional.api.test_identity_over_http import concrete
from tests.functional.api.test_websocket import event, say


def deployed(given: Settings | None = None) -> Service:
    """A deployment that trusts the issuer."""
    service = Service(given or settings())
    tokens = Issuer().tokens(service.engine.settings, service.clock)
    adapters = msgspec.structs.replace(service.engine.adapters, tokens=tokens)
    service.engine = msgspec.structs.replace(service.engine, adapters=adapters)
    return service


def bearer(*groups: str, **more: Any) -> dict[str, str]:
    said = {"preferred_username": "ann", "groups": list(groups), **more}
    return {"Authorization": f"Bearer {signed(claims(START, **said))}"}


@pytest.fixture(scope="module")
def shared() -> Service:
    """One deployment for requests that change nothing."""
    return deployed()


@pytest.mark.parametrize("group", sorted(roles.GROUPS))
def test_every_route_is_open_to_the_roles_of_the_table_when_somebody_has_a_token(shared: Service, group: str) -> None:
    given = roles.GROUPS[group]
    for method, path in operations():
        role = roles.REQUIRED[method, path]
        reply = shared.call(method, concrete(path), body=b"{}", headers=bearer(group))
        refused = role is not None and role != roles.SIGNED_IN and role not in given
        if refused:
            assert (reply.status, reply.body["code"]) == (403, "Forbidden"), f"{method} {path}"
        else:
            assert reply.status not in {401, 403} or role == roles.SIGNED_IN, f"{method} {path}: {reply.body}"


def test_every_route_has_a_role_when_it_is_one_of_the_application() -> None:
    routes = {(method, path) for path, methods in application.app.routes.items() for method in methods}
    documented = {route for route in roles.REQUIRED if route[0] != roles.WEBSOCKET}

    assert documented <= routes
    assert {path for _, path in routes - documented} <= {"/{proxy+}", "/"}


@pytest.mark.parametrize("group", sorted(roles.GROUPS))
@pytest.mark.parametrize("by", ["header", "subprotocol"])
def test_a_viewer_is_let_in_over_the_websocket_when_its_token_gives_the_role(group: str, by: str) -> None:
    token = bearer(group)["Authorization"].removeprefix("Bearer ")
    encoded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    headers = {
        "header": {"Authorization": f"Bearer {token}"},
        "subprotocol": {"Sec-WebSocket-Protocol": f"weft, bearer.{encoded}"},
    }[by]

    with bootstrap.use(deployed().engine):
        answer = application.ws_connect(event(**headers), SimpleNamespace())

    assert answer["statusCode"] == (200 if roles.VIEWER in roles.GROUPS[group] else 403)


def test_a_viewer_is_served_no_more_when_its_token_has_expired() -> None:
    service = deployed()
    with bootstrap.use(service.engine):
        assert application.ws_connect(event(**bearer("weft-viewers")), SimpleNamespace())["statusCode"] == 200
        (before,) = say(service, {"request_type": "get_current_state", "workflow_id": "w"})
        service.clock.advance_to(START.replace(hour=START.hour + 1))
        (after,) = say(service, {"request_type": "get_current_state", "workflow_id": "w"})

    assert before["executions"] == []
    assert after["problem"]["status"] == 401


def test_the_history_says_who_did_what_when_people_sign_in() -> None:
    service = deployed()
    admin, operator = bearer("weft-admins", preferred_username="ada"), bearer("weft-operators")
    service.call("POST", BASE, asking("asked", groups=("sales",)), headers=admin)
    service.call("POST", f"{BASE}/asked/execute", {"input": {}, "execution_id": "e"}, headers=operator)
    service.work()
    task = the_task(service, bearer("sales", preferred_username="sam"))
    for path, body, headers in (
        ("pause", {"reason": "lunch"}, operator),
        ("resume", {}, bearer("weft-operators", preferred_username="oli")),
    ):
        assert service.call("POST", f"{BASE}/executions/e/{path}", body, headers=headers).status == 200
    answer = {"action_type": "approve", "comments": "fine"}
    seller = bearer("sales", preferred_username="sam")
    assert service.call("POST", f"/api/v1/tasks/human/{task}/submit", answer, headers=seller).status == 200

    events = service.call("GET", f"{BASE}/executions/e/history", headers=operator).body["events"]
    who = {each["event_type"]: each["details"] for each in events}
    assert who["WorkflowCreated"]["started_by"] == "ann"
    assert who["WorkflowPauseRequested"]["by"] == "ann"
    assert who["WorkflowResumed"]["by"] == "oli"
    assert who["HumanInterventionSubmitted"]["user"] == "sam"


CONTROLS = [
    ("skip/ask", "POST", {"reason": "r"}),
    ("signal", "POST", {"signal_name": "s", "payload": 1}),
    ("variables", "PUT", {"variables": {"n": 1}}),
    ("cancel", "POST", {"reason": "r"}),
]


@pytest.mark.parametrize(("path", "method", "body"), CONTROLS, ids=[path for path, _, _ in CONTROLS])
def test_the_history_names_the_caller_when_an_execution_is_taken_in_hand(
    path: str, method: str, body: dict[str, Any]
) -> None:
    service = deployed()
    definition = asking("asked")
    for step in definition["steps"]:
        if step["id"] == "ask":
            step["skippable"] = True
    service.call("POST", BASE, definition, headers=bearer("weft-admins"))
    operator = bearer("weft-operators", preferred_username="olaf")
    service.call("POST", f"{BASE}/asked/execute", {"input": {}, "execution_id": "e"}, headers=operator)
    service.work()
    before = len(service.call("GET", f"{BASE}/executions/e/history", headers=operator).body["events"])

    reply = service.call(method, f"{BASE}/executions/e/{path}", body, headers=operator)
    service.work()

    assert reply.status == 200, reply.body
    events = service.call("GET", f"{BASE}/executions/e/history", headers=operator).body["events"][before:]
    assert "olaf" in {each["details"].get("by") for each in events}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (bearer("weft-admins", exp=1), "TokenExpired"),
        (bearer("weft-admins", aud="other"), "InvalidToken"),
        (bearer("weft-admins", iss="https://evil.example"), "InvalidToken"),
        (bearer("weft-admins", preferred_username="a\nb"), "InvalidToken"),
        ({"Authorization": "Bearer a.b.c"}, "InvalidToken"),
        ({"Authorization": "Bearer dev:ann:weft-admins"}, "Unauthorized"),
        ({}, "Unauthorized"),
        ({"X-Api-Key": "k", **bearer("weft-admins")}, "Unauthorized"),
    ],
)
def test_somebody_is_refused_when_the_token_does_not_count(shared: Service, headers: dict[str, str], code: str) -> None:
    reply = shared.call("GET", BASE, headers=headers)

    assert (reply.status, reply.body["code"]) == (401, code)
    assert reply.headers["www-authenticate"] == 'Bearer realm="weft"'


def test_everything_is_refused_when_it_is_not_set_for_whom_tokens_must_be() -> None:
    service = deployed(settings(jwt_audience=[]))

    reply = service.call("GET", BASE, headers=bearer("weft-admins"))

    assert (reply.status, reply.body["code"]) == (401, "NoAuthorizer")
    assert "WEFT_JWT_AUDIENCE" in reply.body["detail"]


def test_a_token_counts_in_the_local_stage_too_when_an_issuer_is_set() -> None:
    local = msgspec.structs.replace(LOCAL, jwt_issuer=ISSUER, jwt_audience=[AUDIENCE])
    service = deployed(local)

    assert service.call("POST", BASE, hello(), headers=bearer("weft-viewers")).status == 403
    assert service.call("POST", BASE, hello(), headers={"Authorization": "Bearer dev:ann:weft-admins"}).status == 201
    assert service.call("GET", BASE, headers={"Authorization": "Bearer a.b.c"}).status == 401


# --- what a token says ------------------------------------------------------------------------------------------------


def known_by(said: dict[str, Any], **more: Any) -> Identity:
    given = {"sub": "u-1", "exp": 1_800_000_000, **said}
    return identify({"authorization": "Bearer a.b.c"}, settings(**more), lambda _: given)


@pytest.mark.parametrize(
    ("said", "setting", "name"),
    [
        ({}, "", "u-1"),
        ({"email": "ann@example.com"}, "", "u-1"),
        ({"email": "ann@example.com", "email_verified": True}, "", "ann@example.com"),
        ({"email": "ann@example.com", "email_verified": "true"}, "", "ann@example.com"),
        ({"email": "ann@example.com", "email_verified": "false"}, "", "u-1"),
        ({"preferred_username": "ann", "username": "other"}, "", "ann"),
        ({"cognito:username": "ann"}, "", "ann"),
        ({"username": 5}, "", "u-1"),
        ({"oid": "o-1", "preferred_username": "ann"}, "oid", "o-1"),
    ],
)
def test_somebody_has_the_name_that_the_token_says(said: dict[str, Any], setting: str, name: str) -> None:
    assert known_by(said, jwt_name_claim=setting).name == name


@pytest.mark.parametrize(
    ("said", "claim", "groups"),
    [
        ({}, "groups", set()),
        ({"groups": ["a", "", 5, "b"]}, "groups", {"a", "b"}),
        ({"groups": "a b,c"}, "groups", {"a", "b", "c"}),
        ({"groups": {"a": 1}}, "groups", set()),
        ({"cognito:groups": ["a"]}, "cognito:groups", {"a"}),
        ({"https://example.com/groups": ["a"]}, "https://example.com/groups", {"a"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"realm_access": ["roles"]}, "realm_access.roles", set()),
        ({"groups": ["9f2c"]}, "groups", {"9f2c", "weft-viewers", "sales"}),
    ],
)
def test_somebody_is_in_the_groups_that_the_token_says(said: dict[str, Any], claim: str, groups: set[str]) -> None:
    caller = known_by(said, jwt_groups_claim=claim, jwt_group_aliases={"9f2c": ["weft-viewers", "sales"]})

    assert caller.groups == groups
    assert (caller.is_admin, caller.proof) == (False, "token")


@pytest.mark.parametrize("name", ["", "x" * 257, "a\x00b"])
def test_a_token_is_refused_when_its_name_cannot_be_shown(name: str) -> None:
    from chalicelib.domain.errors import Unauthorized

    with pytest.raises(Unauthorized, match="names nobody"):
        known_by({"preferred_username": name})


# --- what the console asks for ----------------------------------------------------------------------------------------


def test_the_console_is_told_how_to_sign_in_when_it_asks() -> None:
    given = settings(
        oidc_client_id="console",
        oidc_token_endpoint="https://issuer.example/token",
        websocket_address="wss://abc.example/api",
    )

    assert console_config(given) == {
        "stage": "prod",
        "api": "/api/v1",
        "websocket": "wss://abc.example/api",
        "oidc": {
            "issuer": ISSUER,
            "client_id": "console",
            "scopes": ["openid", "profile", "email"],
            "token_endpoint": "https://issuer.example/token",
        },
        "development_token": False,
    }


def test_the_console_is_told_that_a_name_will_do_when_the_stage_is_local() -> None:
    assert console_config(msgspec.structs.replace(LOCAL, websocket_address="wss://abc.example/api")) == {
        "stage": "local",
        "api": "/api/v1",
        "websocket": "/ws",
        "oidc": None,
        "development_token": True,
    }

"""Who is let in, on the running application. Layer: tests."""

from __future__ import annotations

import hashlib

import pytest

from chalicelib.api import roles
from chalicelib.settings import ApiKey, Settings
from tests.functional.api.contract import operations
from tests.functional.api.definitions import hello
from tests.functional.api.service import BASE, Reply, Service

KEY = "s3cret"


def deployed(stage: str = "prod", *groups: str) -> Settings:
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    return Settings(stage=stage, api_keys=[ApiKey(name="ci", sha256=digest, groups=list(groups))])


# What operators may do: start executions, and take them in hand.
CONTROL = {
    *("POST execute", "POST start", "POST control", "POST signal", "PUT variables"),
    *("POST pause", "POST resume", "POST cancel", "POST {step_id}"),
}


def concrete(path: str) -> str:
    for name, value in {
        "workflow_id": "w",
        "execution_id": "e",
        "version": "1.0.0",
        "step_id": "s",
        "notification_id": "n",
        "task_id": "t",
        "subscription_id": "s",
    }.items():
        path = path.replace(f"{{{name}}}", value)
    return path


FOR_EVERYBODY = {
    ("GET", "/health"),
    ("GET", "/console"),
    ("GET", "/console/assets/{name}"),
    ("GET", "/console/config.json"),
}


def test_only_the_console_and_the_health_are_for_everybody_when_routes_are_listed() -> None:
    assert {route for route, role in roles.REQUIRED.items() if role is None} == FOR_EVERYBODY


def every_route(service: Service, **headers: str) -> list[Reply]:
    """An answer of each route but those for everybody, to an empty request."""
    return [
        service.call(method, concrete(path), body=b"{}", headers=headers)
        for method, path in operations()
        if (method, path) not in FOR_EVERYBODY
    ]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(stage="prod"),
        Settings(stage="local"),
        Settings(aws_endpoint_url="http://127.0.0.1:4566"),
        Settings(api_keys=deployed().api_keys),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": KEY}, {"Authorization": "Bearer dev:ann:weft-admins"}])
def test_everything_but_health_is_refused_when_nobody_can_be_known(settings: Settings, headers: dict[str, str]) -> None:
    service = Service(settings)

    replies = [*every_route(service, **headers), service.call_gateway("GET", "/api/v1/nodes", headers=headers)]

    assert {(reply.status, reply.body["code"]) for reply in replies} == {(401, "NoAuthorizer")}
    assert all("WEFT_" in reply.body["detail"] for reply in replies)
    assert service.call("GET", "/health").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Api-Key": "wrong"},
        {"X-Api-Key": ""},
        {"X-Api-Key": hashlib.sha256(KEY.encode()).hexdigest()},
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": "Bearer dev:ann:weft-admins"},
        {"Authorization": "Bearer aaaa.bbbb.cccc"},
        {"Authorization": "Basic YTpi"},
        {"X-User-Name": "ann", "X-User-Groups": "weft-admins"},
        {"X-Api-Key": "wrong", "Authorization": "Bearer dev:ann:weft-admins"},
    ],
)
def test_every_route_is_refused_when_the_caller_is_unknown(headers: dict[str, str]) -> None:
    service = Service(deployed("prod", "weft-admins"))

    replies = every_route(service, **headers)

    assert {(reply.status, reply.body["code"]) for reply in replies} == {(401, "Unauthorized")}
    assert {reply.headers["www-authenticate"] for reply in replies} == {'Bearer realm="weft"'}
    assert not any(KEY in reply.text for reply in replies)


def test_a_key_is_let_in_when_its_groups_give_the_role() -> None:
    service = Service(deployed("prod", "weft-admins"))
    headers = {"x-api-key": KEY}

    registered = service.call("POST", BASE, hello(), headers=headers)
    started = service.call("POST", f"{BASE}/hello/execute", {"name": "x"}, headers=headers)
    history = service.call("GET", f"{BASE}/executions/{started.body['execution_id']}/history", headers=headers)

    assert (registered.status, started.status) == (201, 201)
    assert history.body["events"][0]["details"]["started_by"] == "ci"


def test_nobody_is_refused_when_the_stage_is_local(service: Service) -> None:
    assert service.post("", hello()).status == 201


WORKERS = {"POST poll", "POST heartbeat", "POST complete", "POST fail"}


@pytest.mark.parametrize(
    ("groups", "allowed"),
    [
        ("weft-admins", {"GET", "POST", "PUT", "DELETE"}),
        ("weft-operators", {"GET", "POST validate", "POST subscriptions", "DELETE {subscription_id}", *CONTROL}),
        ("weft-approvers", {"GET", "POST validate"}),
        ("weft-viewers,finance", {"GET", "POST validate"}),
        ("weft-workers", WORKERS),
        ("weft-publishers", {"POST events"}),
        ("finance", set()),
        ("", set()),
    ],
)
def test_a_route_is_forbidden_when_no_group_gives_its_role(service: Service, groups: str, allowed: set[str]) -> None:
    for method, path in operations():
        if roles.REQUIRED[method, path] in {None, roles.SIGNED_IN}:
            continue
        reply = service.call(method, concrete(path), body=b"{}", headers={"Authorization": f"Bearer dev:ann:{groups}"})
        may = method in allowed or f"{method} {path.rpartition('/')[2]}" in allowed
        assert (reply.status != 403) is may, f"{method} {path}"
        if not may:
            assert reply.body["code"] == "Forbidden"
            assert "'ann'" in reply.body["detail"]


@pytest.mark.parametrize("token", ["dev:", "dev::weft-admins", "dev:a b:x", "dev", "ann", "dev:ann:we ft", "a.b.c"])
def test_a_name_is_refused_when_it_has_the_wrong_form(service: Service, token: str) -> None:
    reply = service.get("", Authorization=f"Bearer {token}")

    assert (reply.status, reply.body["code"]) == (401, "Unauthorized")
    assert "dev:<user>" in reply.body["detail"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8080", 201),
        ("http://127.0.0.1:5173", 201),
        ("http://console.example", 201),
        ("http://evil.example", 401),
        ("null", 401),
        ("http://localhost.evil.example", 401),
        ("http://[", 401),
    ],
)
def test_a_page_acts_for_the_developer_when_it_is_of_this_machine(origin: str, status: int) -> None:
    service = Service(
        Settings(stage="local", aws_endpoint_url="http://127.0.0.1:1", cors_origins=["http://console.example"])
    )

    assert service.post("", hello(), Origin=origin).status == status

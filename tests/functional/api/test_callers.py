"""Who the caller is, over HTTP. Layer: tests."""

from __future__ import annotations

from tests.functional.api.service import Service

PATH = "/api/v1/me"


def test_a_caller_is_told_name_groups_and_roles_when_it_has_some(service: Service) -> None:
    ann = {"Authorization": "Bearer dev:ann:weft-operators,sales-leads"}

    assert service.call("GET", PATH, headers=ann).body == {
        "name": "ann",
        "groups": ["sales-leads", "weft-operators"],
        "roles": ["operator", "viewer"],
        "proof": "name",
    }


def test_a_caller_has_no_role_when_none_of_its_groups_gives_one(service: Service) -> None:
    eve = {"Authorization": "Bearer dev:eve:sales-leads"}

    assert service.call("GET", PATH, headers=eve).body["roles"] == []


def test_the_developer_has_every_role_when_no_header_names_anybody(service: Service) -> None:
    assert service.call("GET", PATH).body == {
        "name": "dev",
        "groups": [],
        "roles": ["admin", "approver", "operator", "publisher", "viewer", "worker"],
        "proof": "name",
    }

"""Notifications over HTTP. Layer: tests."""

from __future__ import annotations

import pytest

from tests.functional.api.service import Reply, Service
from tests.unit.execution.play import chain

PATH = "/api/v1/notifications"
ANN = {"Authorization": "Bearer dev:ann:warehouse"}
EVE = {"Authorization": "Bearer dev:eve:sales"}
OPERATOR = {"Authorization": "Bearer dev:olaf:weft-operators"}
TELL = {
    "id": "tell",
    "step_type": {
        "type": "activity",
        "activity_type": "notify.send",
        "input_mapping": {"channel": "in_app", "user_groups": ["warehouse"], "text": "Order 7 has not shipped"},
    },
}


def listed(service: Service, headers: dict[str, str], query: str = "") -> Reply:
    return service.call("GET", PATH + query, headers=headers)


@pytest.fixture
def told(service: Service) -> Service:
    service.begin(chain(TELL))
    return service


def test_a_member_sees_and_reads_what_the_group_was_told(told: Service) -> None:
    (row,) = listed(told, ANN).body["notifications"]
    assert (row["text"], row["group"], row["execution_id"], row["step_id"], row["read"]) == (
        "Order 7 has not shipped",
        "warehouse",
        "e-1",
        "tell",
        False,
    )

    read = told.call("POST", f"{PATH}/{row['notification_id']}/read", headers=ANN)

    assert (read.status, read.body["read"], read.body["read_by"]) == (200, True, ["ann"])
    assert listed(told, ANN, "?unread=true").body["notifications"] == []
    assert len(listed(told, ANN, "?unread=false").body["notifications"]) == 1


def test_nobody_else_sees_it_when_they_are_not_in_the_group(told: Service) -> None:
    (row,) = listed(told, ANN).body["notifications"]

    assert listed(told, EVE).body["notifications"] == []
    assert listed(told, EVE, "?group=warehouse").status == 403
    assert told.call("POST", f"{PATH}/{row['notification_id']}/read", headers=EVE).status == 403


def test_an_operator_may_name_any_group(told: Service) -> None:
    assert len(listed(told, OPERATOR, "?group=warehouse").body["notifications"]) == 1
    assert listed(told, OPERATOR).body["notifications"] == []


def test_the_developer_says_which_group_as_one_who_is_in_none(told: Service) -> None:
    (row,) = listed(told, {}, "?group=warehouse").body["notifications"]

    assert listed(told, {}).status == 400
    assert told.call("POST", f"{PATH}/{row['notification_id']}/read").body["read_by"] == ["dev"]


def test_it_is_not_found_when_there_is_no_such_notification(told: Service) -> None:
    reply = told.call("POST", f"{PATH}/abc/read", headers=ANN)

    assert (reply.status, reply.body["code"]) == (404, "NotificationNotFound")
    assert told.call("POST", f"{PATH}/a.c/read", headers=ANN).status == 400


def test_pages_follow_each_other_when_there_are_many(service: Service) -> None:
    service.begin(chain(*({**TELL, "id": f"tell{number}"} for number in range(3))))

    first = listed(service, ANN, "?page_size=2").body
    rest = listed(service, ANN, f"?page_size=2&cursor={first['next_cursor']}").body

    assert (len(first["notifications"]), len(rest["notifications"])) == (2, 1)
    assert "next_cursor" not in rest

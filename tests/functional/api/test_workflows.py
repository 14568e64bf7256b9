"""Definitions over HTTP: registered, listed, read, replaced, deleted, validated. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from chalicelib.domain import jsonvalue
from tests.functional.api.definitions import echo, hello
from tests.functional.api.service import BASE, Reply, Service, pages, segment

YAML = {"Content-Type": "application/yaml"}
JSON = {"Content-Type": "application/json"}


def bomb() -> bytes:
    """Ten aliases of ten aliases, nine levels deep."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(levels).encode()


def versions_of(service: Service, workflow_id: str = "hello") -> list[str]:
    return [row["version"] for row in service.get(f"/{workflow_id}/versions").body["versions"]]


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_definition_is_registered_when_it_is_new(service: Service) -> None:
    reply = service.post("", hello())

    assert reply.status == 201
    assert reply.body == {
        "workflow_id": "hello",
        "version": "1.0.0",
        "created_at": "2026-01-31T09:00:00.000Z",
        "message": "Registered hello 1.0.0.",
    }


def test_nothing_changes_when_the_same_content_is_registered_again(service: Service) -> None:
    service.post("", hello())
    service.clock.advance_to(service.clock.now().replace(hour=10))

    again = service.post("", dict(reversed(hello().items())))

    assert again.status == 200
    assert again.body["created_at"] == "2026-01-31T09:00:00.000Z"
    assert "already" in again.body["message"]
    assert versions_of(service) == ["1.0.0"]


def test_a_version_is_refused_when_it_has_other_content(service: Service) -> None:
    service.post("", hello())

    reply = service.post("", hello(description="changed"))

    assert (reply.status, reply.body["code"]) == (409, "VersionExists")
    assert "description" not in service.get("/hello").body


def test_the_highest_version_is_the_default_when_there_are_several(service: Service) -> None:
    for version in ("1.9.0", "1.10.0", "2.0.0-rc.1"):
        assert service.post("", hello(version=version)).status == 201

    listed = service.get("/hello/versions").body["versions"]

    assert [(row["version"], row["is_default"]) for row in listed] == [
        ("2.0.0-rc.1", False),
        ("1.10.0", True),
        ("1.9.0", False),
    ]
    assert service.get("/hello").body["version"] == "1.10.0"
    assert service.get("/hello?version=1.9.0").body["version"] == "1.9.0"
    assert service.get("/hello/versions/2.0.0-rc.1").body["version"] == "2.0.0-rc.1"


def test_a_version_is_found_when_it_has_build_metadata(service: Service) -> None:
    service.post("", hello(version="1.0.0+build.5"))

    assert service.get(f"/hello/versions/{segment('1.0.0+build.5')}").body["version"] == "1.0.0+build.5"


@pytest.mark.parametrize("media_type", ["application/yaml", "text/x-yaml", "application/vnd.weft+yaml; charset=utf-8"])
def test_a_definition_is_registered_when_it_is_yaml(service: Service, media_type: str) -> None:
    text = yaml.safe_dump(hello()).encode()

    reply = service.call("POST", BASE, body=text, headers={"Content-Type": media_type})

    assert reply.status == 201
    assert service.get("/hello").body["name"] == "Hello"


def test_a_wrapped_definition_is_registered_when_an_earlier_client_sends_one(service: Service) -> None:
    inner = hello()
    del inner["id"], inner["version"]

    reply = service.post("", {"workflow_id": "wrapped", "name": "Hello", "version": "3.0.0", "definition": inner})

    assert (reply.status, reply.body["workflow_id"], reply.body["version"]) == (201, "wrapped", "3.0.0")
    assert service.get("/wrapped").body["steps"][1]["name"] == "Greet"


def test_a_wrapped_definition_is_refused_when_it_contradicts_itself(service: Service) -> None:
    reply = service.post("", {"workflow_id": "other", "version": "1.0.0", "definition": hello()})

    assert (reply.status, reply.body["errors"][0]["pointer"]) == (400, "/workflow_id")


def test_what_is_read_registers_as_the_same_when_it_is_sent_back(service: Service) -> None:
    service.post("", hello())

    again = service.post("", service.get("/hello").body)

    assert again.status == 200


def test_warnings_are_told_when_a_definition_is_doubtful(service: Service) -> None:
    definition = hello()
    definition["steps"][1]["step_type"] = {"type": "activity", "activity_type": "nobody.Knows"}

    reply = service.post("", definition)

    assert reply.status == 201
    assert [finding["code"] for finding in reply.body["warnings"]] == ["UnknownActivity"]


def refused(reply: Reply) -> dict[str, Any]:
    assert (reply.status, reply.body["code"]) == (400, "InvalidDefinition"), reply.body
    finding: dict[str, Any] = reply.body["errors"][0]
    return finding


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b'{"id": "x",', JSON, "InvalidSyntax"),
        (b"id: [unclosed", YAML, "InvalidSyntax"),
        (b"- a list", YAML, "WrongType"),
        (b"", JSON, "InvalidSyntax"),
        (b'{"id": "x", "id": "y"}', JSON, "DuplicateKey"),
        (bomb(), YAML, "AliasExplosion"),
        (b"!!python/object/apply:os.system [id]", YAML, "InvalidSyntax"),
    ],
)
def test_a_text_is_refused_with_the_reason_when_it_is_no_document(
    service: Service, body: bytes, headers: dict[str, str], code: str
) -> None:
    finding = refused(service.call("POST", BASE, body=body, headers=headers))

    assert finding["code"] == code
    assert service.get("").body["workflows"] == []


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"steps": "none"}, "WrongType", "Expected a list"),
        ({"descripton": "x"}, "UnknownField", "Did you mean 'description'?"),
        ({"version": "1"}, "InvalidVersion", "1.0.0"),
        ({"id": "a/b"}, "InvalidId", "letters"),
        ({"id": "executions"}, "InvalidId", "reserved"),
        ({"id": "😀"}, "InvalidId", "letters"),
        ({"id": "x" * 1000}, "InvalidId", "letters"),
        ({"id": ".."}, "InvalidId", "letters"),
    ],
)
def test_a_definition_is_refused_with_the_finding_when_it_is_wrong(
    service: Service, change: dict[str, Any], code: str, words: str
) -> None:
    reply = service.post("", {**hello(), **change})

    refused(reply)
    assert code in [finding["code"] for finding in reply.body["errors"]]
    assert any(words in f"{finding['message']} {finding['hint']}" for finding in reply.body["errors"])
    assert service.get("").body["workflows"] == []


def test_a_definition_is_refused_when_it_has_two_megabytes(service: Service) -> None:
    reply = service.post("", hello(description="x" * 2_000_000))

    assert (reply.status, reply.body["code"]) == (413, "PayloadTooLarge")


def test_a_definition_is_refused_when_it_is_said_to_be_something_else(service: Service) -> None:
    reply = service.call("POST", BASE, body=jsonvalue.dumps(hello()), headers={"Content-Type": "text/plain"})

    assert (reply.status, reply.body["code"]) == (415, "UnsupportedMediaType")


# --- replacing --------------------------------------------------------------------------------------------------------


def test_a_workflow_gets_a_version_when_it_is_put(service: Service) -> None:
    service.post("", hello())

    reply = service.call("PUT", f"{BASE}/hello", hello(version="1.1.0"))

    assert (reply.status, reply.body["version"]) == (200, "1.1.0")
    assert versions_of(service) == ["1.1.0", "1.0.0"]


@pytest.mark.parametrize(
    ("workflow_id", "definition", "status", "code"),
    [
        ("hello", hello(description="changed"), 409, "VersionExists"),
        ("hello", hello("other"), 400, "InvalidDefinition"),
        ("nowhere", hello("nowhere"), 404, "WorkflowNotFound"),
        ("hello", {}, 400, "InvalidDefinition"),
    ],
)
def test_a_put_is_refused_when_it_is_no_further_version(
    service: Service, workflow_id: str, definition: dict[str, Any], status: int, code: str
) -> None:
    service.post("", hello())

    reply = service.call("PUT", f"{BASE}/{workflow_id}", definition)

    assert (reply.status, reply.body["code"]) == (status, code)
    assert versions_of(service) == ["1.0.0"]
    assert len(service.get("").body["workflows"]) == 1


def test_what_runs_stays_on_its_version_when_there_is_a_new_one(service: Service) -> None:
    service.post("", hello())
    service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})
    changed = hello(version="2.0.0")
    changed["steps"][1]["step_type"]["mapping"] = {"$.output.message": "changed"}
    service.call("PUT", f"{BASE}/hello", changed)

    service.work()
    later = service.post("/hello/execute", {"input": {"name": "World"}})

    status = service.get("/executions/e-1").body
    assert (status["workflow_version"], status["output"]) == ("1.0.0", {"message": "World"})
    assert later.body["workflow_version"] == "2.0.0"


# --- reading ----------------------------------------------------------------------------------------------------------


def test_every_workflow_is_listed_once_when_paging_by_cursor(service: Service) -> None:
    for number in range(5):
        service.post("", hello(f"w-{number}"))

    found = list(pages(service, "?page_size=2", "workflows"))

    assert [[row["id"] for row in page] for page in found] == [["w-0", "w-1"], ["w-2", "w-3"], ["w-4"]]


def test_a_page_is_found_when_it_is_asked_for_by_number(service: Service) -> None:
    for number in range(5):
        service.post("", hello(f"w-{number}"))

    third = service.get("?page_size=2&page=3").body
    beyond = service.get("?page_size=2&page=4").body

    assert [row["workflow_id"] for row in third["workflows"]] == ["w-4"]
    assert third["page"] == 3
    assert beyond["workflows"] == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nowhere", "WorkflowNotFound"),
        ("/nowhere/versions", "WorkflowNotFound"),
        ("/nowhere/versions/1.0.0", "WorkflowNotFound"),
        ("/hello/versions/9.9.9", "VersionNotFound"),
        ("/hello?version=9.9.9", "VersionNotFound"),
    ],
)
def test_a_definition_is_not_found_when_it_was_never_registered(service: Service, path: str, code: str) -> None:
    service.post("", hello())

    reply = service.get(path)

    assert (reply.status, reply.body["code"]) == (404, code)


# --- deleting ---------------------------------------------------------------------------------------------------------


def test_a_workflow_is_gone_when_it_was_deleted(service: Service) -> None:
    service.post("", hello())

    reply = service.call("DELETE", f"{BASE}/hello")

    assert reply.status == 200
    assert service.get("/hello").status == 404
    assert service.get("").body["workflows"] == []
    assert service.post("/hello/execute", {"name": "x"}).body["code"] == "WorkflowNotFound"
    assert service.call("DELETE", f"{BASE}/hello").body["code"] == "WorkflowNotFound"


@pytest.fixture
def running(service: Service) -> Service:
    """With an execution that waits for its first decision."""
    service.post("", echo())
    service.post("/echo/execute", {"input": 1, "execution_id": "e-1"})
    service._publish()
    return service


def test_a_workflow_is_not_deleted_when_executions_run(running: Service) -> None:
    reply = running.call("DELETE", f"{BASE}/echo")

    assert (reply.status, reply.body["code"]) == (409, "ExecutionsRunning")
    assert running.get("/echo").status == 200


def test_what_runs_goes_on_when_its_workflow_was_deleted_by_force(running: Service) -> None:
    reply = running.call("DELETE", f"{BASE}/echo?force=true")
    running.work()

    assert reply.status == 200
    status = running.get("/executions/e-1").body
    assert (status["state"], status["steps"][1]["name"]) == ("completed", "Greet")


def test_a_workflow_is_deleted_when_what_ran_has_ended(running: Service) -> None:
    running.work()

    assert running.call("DELETE", f"{BASE}/echo").status == 200


def test_a_deleted_workflow_is_back_when_it_is_registered_again(service: Service) -> None:
    service.post("", hello())
    service.post("", hello(version="1.1.0"))
    service.call("DELETE", f"{BASE}/hello")

    service.post("", hello())

    assert versions_of(service) == ["1.0.0"]
    assert service.post("/hello/execute", {"name": "x"}).body["workflow_version"] == "1.0.0"
    assert service.post("/hello/execute", {"input": {"name": "x"}, "version": "1.1.0"}).body["code"] == (
        "VersionNotFound"
    )


# --- validating -------------------------------------------------------------------------------------------------------


def test_a_definition_is_found_valid_when_it_is(service: Service) -> None:
    reply = service.post("/validate", hello())

    assert reply.body == {
        "valid": True,
        "findings": [],
        "statistics": {"steps_by_type": {"data_mapping": 1, "end": 1, "start": 1}, "transitions": 2, "handlers": 0},
    }
    assert service.get("").body["workflows"] == []


def test_every_finding_is_told_when_a_definition_is_not_valid(service: Service) -> None:
    definition = hello(descripton="x", version="1")

    reply = service.post("/validate", definition)

    assert (reply.status, reply.body["valid"]) == (200, False)
    assert {finding["code"] for finding in reply.body["findings"]} == {"UnknownField", "InvalidVersion"}


def test_a_text_is_found_not_valid_when_it_cannot_be_read(service: Service) -> None:
    reply = service.call("POST", f"{BASE}/validate", body=b"{", headers=JSON)

    assert (reply.status, reply.body["valid"], reply.body["statistics"]) == (200, False, None)
    assert reply.body["findings"][0]["code"] == "InvalidSyntax"

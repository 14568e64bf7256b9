"""Starting executions over HTTP. Layer: tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.functional.api.definitions import echo, hello
from tests.functional.api.service import Reply, Service


@pytest.fixture
def service(service: Service) -> Service:
    """With two workflows registered."""
    assert service.post("", hello()).status == 201
    assert service.post("", echo()).status == 201
    return service


def echoed(service: Service, reply: Reply) -> Any:
    """What the workflow `echo` got as its input."""
    assert reply.status == 201, reply.body
    service.work()
    status = service.get(f"/executions/{reply.body['execution_id']}").body
    assert status["state"] == "completed"
    return status["output"]["echo"]


def nothing_started(service: Service) -> bool:
    service.work()
    executions: list[Any] = service.get("/executions").body["executions"]
    return executions == []


# --- how a body is read -----------------------------------------------------------------------------------------------


def test_an_execution_completes_when_started_with_an_envelope(service: Service) -> None:
    started = service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1", "priority": "high"})
    service.work()
    status = service.get("/executions/e-1")

    assert started.status == 201
    assert started.body == {
        "execution_id": "e-1",
        "workflow_id": "hello",
        "workflow_version": "1.0.0",
        "started_at": "2026-01-31T09:00:00.000Z",
        "message": "Started.",
        "interpreted_as": "envelope",
    }
    assert (status.body["state"], status.body["output"]) == ("completed", {"message": "World"})
    assert status.body["priority"] == "high"
    assert [step["step_id"] for step in status.body["steps"]] == ["start", "greet", "end"]


@pytest.mark.parametrize(
    ("body", "form", "seen"),
    [
        ({"name": "World"}, "bare", {"name": "World"}),
        ({"input": 1}, "envelope", 1),
        ({"input": None}, "envelope", None),
        ({"input": 1, "tags": {}}, "envelope", 1),
        ({"input": 1, "colour": "red"}, "bare", {"input": 1, "colour": "red"}),
        ({"priority": "high"}, "bare", {"priority": "high"}),
        ({}, "bare", {}),
        ([1, "two"], "bare", [1, "two"]),
        ("text", "bare", "text"),
    ],
)
def test_a_body_is_an_envelope_when_it_has_an_input_and_no_other_keys(
    service: Service, body: Any, form: str, seen: Any
) -> None:
    reply = service.post("/echo/execute", body)

    assert reply.body["interpreted_as"] == form
    assert echoed(service, reply) == seen


@pytest.mark.parametrize(("form", "seen"), [("bare", {"input": 1}), ("envelope", 1)])
def test_the_query_settles_how_a_body_is_read_when_it_says_so(service: Service, form: str, seen: Any) -> None:
    reply = service.post(f"/echo/execute?body={form}", {"input": 1})

    assert reply.body["interpreted_as"] == form
    assert echoed(service, reply) == seen


def test_the_answer_says_why_when_a_body_almost_was_an_envelope(service: Service) -> None:
    reply = service.post("/echo/execute", {"input": 1, "prioritty": "high"})

    assert reply.body["interpreted_as"] == "bare"
    assert "'prioritty'" in reply.body["message"]
    assert "?body=envelope" in reply.body["message"]
    assert "Did you mean 'priority'?" in reply.body["message"]


def test_a_refusal_says_how_the_body_was_read_when_it_almost_was_an_envelope(service: Service) -> None:
    reply = service.post("/hello/execute", {"input": {"name": "World"}, "inptu": 1})

    assert (reply.status, reply.body["code"]) == (400, "InvalidInput")
    assert "The whole body is the input, because of 'inptu'" in reply.body["detail"]
    assert "Did you mean 'input'?" in reply.body["detail"]
    assert any("$.input.name" in finding["message"] for finding in reply.body["errors"])
    assert nothing_started(service)


def test_an_empty_body_is_an_empty_input_when_none_is_sent(service: Service) -> None:
    reply = service.call("POST", "/api/v1/workflows/echo/execute")

    assert reply.body["interpreted_as"] == "bare"
    assert echoed(service, reply) == {}


def test_an_envelope_without_input_means_an_empty_one_when_asked_for(service: Service) -> None:
    assert echoed(service, service.post("/echo/execute?body=envelope", {"priority": "low"})) == {}


def test_numbers_come_through_exactly_when_no_machine_type_holds_them(service: Service) -> None:
    big = 123456789012345678901234567890
    precise = Decimal("0.1234567890123456789012345678901")

    assert echoed(service, service.post("/echo/execute", {"input": [big, precise, 0.1]})) == [big, precise, 0.1]


def test_everything_of_an_envelope_is_kept_when_it_is_complete(service: Service) -> None:
    envelope = {
        "input": {"name": "World"},
        "version": "1.0.0",
        "execution_id": "order:4711",
        "priority": "Normal",
        "deadline": "2026-01-31T12:00:00+01:00",
        "trace_id": "t-1",
        "metadata": {"source": {"system": "shop"}},
        "partition_key": "p-1",
        "tags": {"team": "billing"},
    }

    service.post("/hello/execute", envelope)
    status = service.get("/executions/order:4711").body

    assert status["priority"] == "medium"
    assert status["deadline"] == "2026-01-31T11:00:00.000Z"
    assert status["metadata"] == {"source": {"system": "shop"}}
    assert status["tags"] == {"team": "billing"}


def test_an_execution_starts_when_the_workflow_is_named_in_the_body(service: Service) -> None:
    reply = service.post("/start", {"workflow_id": "echo", "input": [1], "execution_id": "e-2"})

    assert reply.body["execution_id"] == "e-2"
    assert "interpreted_as" not in reply.body
    assert echoed(service, reply) == [1]


# --- the same request again -------------------------------------------------------------------------------------------


def test_an_execution_starts_once_when_its_id_is_given_twice(service: Service) -> None:
    first = service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})
    service.work()
    second = service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})

    assert (first.status, second.status) == (201, 200)
    assert second.body["started_at"] == first.body["started_at"]
    assert len(service.get("/executions").body["executions"]) == 1


def test_an_execution_id_is_refused_when_it_runs_with_another_input(service: Service) -> None:
    service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})

    again = service.post("/hello/execute", {"input": {"name": "Moon"}, "execution_id": "e-1"})

    assert (again.status, again.body["code"]) == (409, "ExecutionExists")
    assert service.get("/executions/e-1").body["input"] == {"name": "World"}


def test_one_execution_starts_when_a_key_is_sent_twice(service: Service) -> None:
    replies = [
        service.post("/hello/execute", {"name": "World"}, **{"Idempotency-Key": "key-1"}),
        service.post("/hello/execute", {"name": "World"}, **{"Idempotency-Key": "key-1"}),
        service.post("/start", {"workflow_id": "hello", "input": {"name": "World"}}, **{"Idempotency-Key": "key-1"}),
    ]

    assert [reply.status for reply in replies] == [201, 200, 200]
    assert len({reply.body["execution_id"] for reply in replies}) == 1


def test_two_executions_start_when_two_callers_send_the_same_key(service: Service) -> None:
    replies = [
        service.post(
            "/hello/execute",
            {"name": "World"},
            **{"Idempotency-Key": "key-1", "Authorization": f"Bearer dev:{user}:weft-operators"},
        )
        for user in ("ann", "bob")
    ]

    assert [reply.status for reply in replies] == [201, 201]


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "naïve"])
def test_a_key_is_refused_when_it_is_not_visible_ascii(service: Service, key: str) -> None:
    reply = service.post("/hello/execute", {"name": "World"}, **{"Idempotency-Key": key})

    assert reply.status == 400
    assert "Idempotency-Key" in reply.body["detail"]
    assert nothing_started(service)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("envelope", "pointer", "words"),
    [
        ({"prioritty": "high"}, "/prioritty", "Did you mean 'priority'?"),
        ({"priority": "urgent"}, "/priority", "must be one of highest, high, medium, low, lowest"),
        ({"priority": 3}, "/priority", "must be a string"),
        ({"version": "1"}, "/version", "must be a semantic version"),
        ({"execution_id": "a/b"}, "/execution_id", "must be 1 to 128 letters"),
        ({"execution_id": 7}, "/execution_id", "must be a string"),
        ({"deadline": "tomorrow"}, "/deadline", "must be an RFC 3339 time"),
        ({"deadline": "2026-02-30T00:00:00Z"}, "/deadline", "must be an RFC 3339 time"),
        ({"deadline": "2026-01-31T00:00:00"}, "/deadline", "must be an RFC 3339 time"),
        ({"trace_id": ""}, "/trace_id", "must be 1 to 128 characters"),
        ({"metadata": []}, "/metadata", "must be an object"),
        ({"tags": {"n": 1}}, "/tags", "must be an object of at most 50 strings"),
        ({"tags": {"": "x"}}, "/tags", "must be an object of at most 50 strings"),
        ({"tags": {str(n): "x" for n in range(51)}}, "/tags", "must be an object of at most 50 strings"),
        ({"tags": "x"}, "/tags", "must be an object"),
    ],
)
def test_an_envelope_is_refused_with_the_place_when_a_field_is_wrong(
    service: Service, envelope: dict[str, Any], pointer: str, words: str
) -> None:
    reply = service.post("/hello/execute?body=envelope", {"input": {"name": "World"}, **envelope})

    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")
    (finding,) = reply.body["errors"]
    assert finding["pointer"] == pointer
    assert words in f"{finding['message']} {finding['hint']}"
    assert nothing_started(service)


def test_every_finding_is_told_when_several_fields_are_wrong(service: Service) -> None:
    reply = service.post("/start", {"version": "x", "colour": 1, "priority": "urgent"})

    assert {finding["code"] for finding in reply.body["errors"]} == {"MissingField", "InvalidValue", "UnknownField"}
    assert len(reply.body["errors"]) == 4


def test_a_null_counts_as_absent_when_a_field_is_optional(service: Service) -> None:
    assert service.post("/hello/execute?body=envelope", {"input": {"name": "x"}, "version": None}).status == 201


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_an_envelope_is_refused_when_it_is_no_object(service: Service, body: Any) -> None:
    reply = service.post("/hello/execute?body=envelope", body)

    assert (reply.status, reply.body["errors"][0]["code"]) == (400, "WrongType")


def test_the_input_is_refused_with_its_place_when_it_does_not_fit(service: Service) -> None:
    reply = service.post("/hello/execute", {"input": {"name": 5}})

    assert (reply.status, reply.body["code"]) == (400, "InvalidInput")
    assert "name" in reply.body["errors"][0]["pointer"]
    assert nothing_started(service)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/nowhere/execute", {}, "WorkflowNotFound"),
        ("/hello/execute", {"input": {"name": "x"}, "version": "9.9.9"}, "VersionNotFound"),
        ("/start", {"workflow_id": "nowhere"}, "WorkflowNotFound"),
    ],
)
def test_a_start_is_refused_when_there_is_no_such_definition(
    service: Service, path: str, body: dict[str, Any], code: str
) -> None:
    reply = service.post(path, body)

    assert (reply.status, reply.body["code"]) == (404, code)


@pytest.mark.parametrize("body", [b'{"input": ', b"not json", b'{"a": NaN}', b"\xff\xfe", b'{"a": "\\ud800"}'])
def test_a_body_is_refused_with_a_reason_when_it_is_no_json(service: Service, body: bytes) -> None:
    reply = service.call(
        "POST", "/api/v1/workflows/hello/execute", body=body, headers={"Content-Type": "application/json"}
    )

    assert (reply.status, reply.body["code"]) == (400, "InvalidJson")
    assert nothing_started(service)


def test_a_body_is_refused_when_it_nests_too_deeply(service: Service) -> None:
    body = b"[" * 100_000 + b"]" * 100_000

    reply = service.call("POST", "/api/v1/workflows/echo/execute", body=body)

    assert (reply.status, reply.body["code"]) == (400, "InvalidJson")


def test_an_empty_body_is_refused_when_the_workflow_is_to_be_named_in_it(service: Service) -> None:
    reply = service.call("POST", "/api/v1/workflows/start", body=b"  ")

    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/yaml"])
def test_a_body_is_refused_when_it_is_said_to_be_something_else(service: Service, media_type: str) -> None:
    reply = service.call(
        "POST", "/api/v1/workflows/hello/execute", body=b'{"name": "x"}', headers={"Content-Type": media_type}
    )

    assert (reply.status, reply.body["code"]) == (415, "UnsupportedMediaType")
    assert "Content-Type" in reply.body["detail"]


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"])
def test_a_body_is_read_when_it_is_said_to_be_a_kind_of_json(service: Service, media_type: str) -> None:
    reply = service.call(
        "POST", "/api/v1/workflows/hello/execute", body=b'{"name": "x"}', headers={"Content-Type": media_type}
    )

    assert reply.status == 201


def test_a_body_is_refused_when_it_has_ten_megabytes(service: Service) -> None:
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'

    reply = service.call("POST", "/api/v1/workflows/hello/execute", body=body)

    assert (reply.status, reply.body["code"]) == (413, "PayloadTooLarge")
    assert nothing_started(service)

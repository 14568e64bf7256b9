"""``aws.call`` against moto, and the clients that the built-in activities make.

Layer: tests.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from moto import mock_aws

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.aws_call import _json_form, run
from chalicelib.activities.built_in.clients import LAMBDA_READ_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, boto3_client
from chalicelib.activities.built_in.permits import permitted
from chalicelib.settings import Settings
from tests.unit.activities.fakes import Attempts, a_context, a_runner, a_task, error_of, output_of

LISTED = Settings(
    aws_allowed_calls=["sqs:CreateQueue", "sqs:send_message", "s3:*", "dynamodb:Get*", "dynamodb:PutItem", "nosuch:*"]
)


def call(operation: str, parameters: Any = None, *, settings: Settings = LISTED) -> dict[str, Any]:
    service, _, name = operation.partition(":")
    input = {"service": service, "operation": name, "parameters": parameters or {}}
    return run(input, a_context(), Services(settings))


def refusal(operation: str, parameters: Any = None, **fields: Any) -> ActivityError:
    with pytest.raises(ActivityError) as refused:
        call(operation, parameters, **fields)
    return refused.value


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


# --- the allow-list -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "entries", "allowed"),
    [
        ("s3:GetObject", ["s3:GetObject"], True),
        ("s3:get_object", ["s3:GetObject"], True),
        ("s3:GetObject", ["s3:get_object"], True),
        ("s3:GetObject", ["s3:Get*"], True),
        ("s3:GetObject", ["s3:*"], True),
        ("s3:GetObject", [], False),
        ("s3:GetObject", ["s3:GetObjectAcl"], False),
        ("s3:GetObjectAcl", ["s3:GetObject"], False),
        ("sqs:GetObject", ["s3:GetObject"], False),
        ("s3:DeleteObject", ["s3:Get*"], False),
    ],
)
def test_a_call_is_made_when_the_list_has_it(operation: str, entries: list[str], allowed: bool) -> None:
    class Anything:
        class meta:  # noqa: N801 - as botocore names it
            method_to_api_mapping = {
                "get_object": "GetObject",
                "get_object_acl": "GetObjectAcl",
                "delete_object": "DeleteObject",
            }

        def __getattr__(self, name: str) -> Any:
            return lambda: {"made": True}

    service, _, name = operation.partition(":")
    services = Services(Settings(aws_allowed_calls=entries), lambda _: Anything())
    if allowed:
        assert run({"service": service, "operation": name}, a_context(), services) == {"made": True}
    else:
        with pytest.raises(ActivityError) as refused:
            run({"service": service, "operation": name}, a_context(), services)
        assert (refused.value.code, refused.value.retryable) == ("CallNotAllowed", False)
        assert "WEFT_AWS_ALLOWED_CALLS" in refused.value.message


def test_nothing_is_permitted_when_the_list_is_empty() -> None:
    assert not permitted("x", [])
    assert permitted("x", ["*"])
    assert not permitted("*", ["x"])


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({}, "service"),
        ({"service": "s3"}, "operation"),
        ({"service": "s3", "operation": "GetObject", "parameters": []}, "parameters"),
        ({"service": "s3", "operation": "GetObject", "params": {}}, "params"),
    ],
)
def test_the_field_is_named_when_the_input_does_not_fit(input: Any, field: str) -> None:
    with pytest.raises(ActivityError) as refused:
        run(input, a_context(), Services(LISTED))
    assert (refused.value.code, refused.value.details) == ("InvalidInput", {"field": field})


def test_the_service_is_named_when_there_is_none_of_that_name() -> None:
    error = refusal("nosuch:Do")
    assert (error.code, error.details) == ("InvalidInput", {"field": "service"})
    assert "'nosuch'" in error.message


def test_near_operations_are_told_when_there_is_none_of_that_name() -> None:
    error = refusal("s3:GetObjekt")
    assert (error.code, error.details) == ("InvalidInput", {"field": "operation"})
    assert "near are GetObject" in error.message
    assert refusal("s3:zzz").message.endswith("has no operation 'zzz'")


@pytest.mark.parametrize("method", ["generate_presigned_url", "get_paginator", "upload_file", "__class__"])
def test_a_method_of_the_client_is_refused_when_it_is_no_operation(method: str) -> None:
    assert refusal(f"s3:{method}").details == {"field": "operation"}


def test_the_parameters_are_blamed_when_they_do_not_fit() -> None:
    error = refusal("s3:GetObject", {"Bucket": "bucket", "What": 1})
    assert (error.code, error.retryable, error.details) == ("InvalidInput", False, {"field": "parameters"})
    assert 'Missing required parameter in input: "Key"' in error.message


def test_the_parameters_are_blamed_when_botocore_stumbles_over_them() -> None:
    error = refusal("s3:GetObject", {"Bucket": 5, "Key": "k"})
    assert (error.code, error.retryable, error.details) == ("InvalidInput", False, {"field": "parameters"})
    assert "TypeError" in error.message


# --- against moto ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("aws")
def test_a_message_is_sent_when_the_call_is_listed() -> None:
    queue = call("sqs:CreateQueue", {"QueueName": "q"})
    assert "ResponseMetadata" not in queue
    sent = call("sqs:SendMessage", {"QueueUrl": queue["QueueUrl"], "MessageBody": "hello"})
    assert sent["MessageId"]
    received = boto3.client("sqs").receive_message(QueueUrl=queue["QueueUrl"])
    assert [message["Body"] for message in received["Messages"]] == ["hello"]


@pytest.mark.usefixtures("aws")
def test_the_answer_is_json_when_it_has_a_stream_and_a_time() -> None:
    call("s3:CreateBucket", {"Bucket": "bucket"})
    call("s3:PutObject", {"Bucket": "bucket", "Key": "k", "Body": "grüße"})
    _, runner = a_runner(LISTED)
    input = {"service": "s3", "operation": "get_object", "parameters": {"Bucket": "bucket", "Key": "k"}}
    given = output_of(runner.run(a_task("aws.call", input), still_open=Attempts()))
    assert base64.b64decode(given["Body"]).decode() == "grüße"
    assert dt.datetime.fromisoformat(given["LastModified"]).tzinfo is not None


@pytest.mark.usefixtures("aws")
def test_reading_stops_when_a_stream_is_over_the_limit() -> None:
    settings = Settings(aws_allowed_calls=["s3:*"], max_payload_bytes=1_000)
    call("s3:CreateBucket", {"Bucket": "bucket"})
    call("s3:PutObject", {"Bucket": "bucket", "Key": "k", "Body": "x" * 1_000})
    assert (
        len(base64.b64decode(call("s3:GetObject", {"Bucket": "bucket", "Key": "k"}, settings=settings)["Body"]))
        == 1_000
    )
    call("s3:PutObject", {"Bucket": "bucket", "Key": "k", "Body": "x" * 1_001})
    error = refusal("s3:GetObject", {"Bucket": "bucket", "Key": "k"}, settings=settings)
    assert (error.code, error.retryable) == ("PayloadTooLarge", False)


@pytest.mark.usefixtures("aws")
def test_the_services_code_is_kept_when_it_refuses() -> None:
    error = refusal("s3:GetObject", {"Bucket": "nowhere", "Key": "k"})
    assert (error.code, error.retryable) == ("NoSuchBucket", False)
    missing = refusal("dynamodb:GetItem", {"TableName": "none", "Key": {"id": {"S": "1"}}})
    assert missing.code == "ResourceNotFoundException"


@pytest.mark.usefixtures("aws")
def test_bytes_pass_as_base64_when_an_item_holds_some() -> None:
    boto3.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    call("dynamodb:PutItem", {"TableName": "t", "Item": {"id": {"S": "1"}, "raw": {"B": "abc"}, "n": {"N": "1.5"}}})
    item = call("dynamodb:GetItem", {"TableName": "t", "Key": {"id": {"S": "1"}}})["Item"]
    assert item["raw"] == {"B": base64.b64encode(b"abc").decode()}
    assert item["n"] == {"N": "1.5"}


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02T03:04:05+00:00"),
        (dt.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05+00:00"),  # noqa: DTZ001 - some services give none
        (dt.date(2026, 1, 2), "2026-01-02"),
        (bytearray(b"\x00"), "AA=="),
        (StreamingBody(io.BytesIO(b"\x00"), 1), "AA=="),
        ([{"at": b"\x00"}, 1, None, "x"], [{"at": "AA=="}, 1, None, "x"]),
    ],
)
def test_a_value_has_a_json_form_when_a_service_gives_it(value: Any, form: Any) -> None:
    assert _json_form(value, 10) == form


# --- clients --------------------------------------------------------------------------------------------------------


def test_one_client_is_made_when_a_service_is_used_often() -> None:
    made: list[str] = []

    def factory(service: str) -> object:
        made.append(service)
        return object()

    services = Services(Settings(), factory)
    assert services.client("s3") is services.client("s3")
    services.client("sqs")
    assert made == ["s3", "sqs"]


@pytest.mark.parametrize(
    ("service", "read_timeout"), [("lambda", LAMBDA_READ_TIMEOUT_SECONDS), ("s3", READ_TIMEOUT_SECONDS)]
)
def test_a_client_makes_one_attempt_at_the_endpoint_of_the_settings(service: str, read_timeout: int) -> None:
    client = boto3_client(service, Settings(aws_endpoint_url="http://127.0.0.1:4566"))
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client.meta.config.retries["total_max_attempts"] == 1
    assert client.meta.config.read_timeout == read_timeout
    assert client.meta.config.s3 == {"addressing_style": "path"}


def test_clients_are_made_for_the_endpoint_when_no_factory_is_given() -> None:
    assert (
        Services(Settings(aws_endpoint_url="http://127.0.0.1:4566")).client("sqs").meta.endpoint_url.endswith(":4566")
    )


def test_it_is_an_outcome_when_a_client_cannot_be_made() -> None:
    def factory(service: str) -> Any:
        raise RuntimeError("no region")

    _, runner = a_runner(LISTED, client=factory)
    task = a_task("aws.call", {"service": "s3", "operation": "GetObject"})
    assert error_of(runner.run(task, still_open=Attempts())).message == "RuntimeError: no region"

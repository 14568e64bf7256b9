"""Clients, and AWS's errors as ours. Layer: tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore import exceptions

from chalicelib.adapters import dynamodb, sqs
from chalicelib.adapters.aws import Aws, AwsRefused, error_code, to_weft_error, translated
from chalicelib.adapters.gateway_viewers import GatewayViewers
from chalicelib.adapters.s3 import S3Blobs
from chalicelib.adapters.system import SystemClock
from chalicelib.domain.errors import Unavailable, WeftError
from chalicelib.settings import Settings


def client_error(code: str, status: int = 400) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutItem")


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException"),
        client_error("ProvisionedThroughputExceededException"),
        client_error("RequestLimitExceeded"),
        client_error("TransactionConflictException"),
        client_error("SlowDown", 503),
        client_error("InternalServerError", 500),
        client_error("502", 502),
        client_error("Whatever", 429),
        exceptions.ReadTimeoutError(endpoint_url="https://aws.example"),
        exceptions.ConnectTimeoutError(endpoint_url="https://aws.example"),
        exceptions.EndpointConnectionError(endpoint_url="https://aws.example"),
        exceptions.ConnectionClosedError(endpoint_url="https://aws.example"),
        exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        exceptions.CredentialRetrievalError(provider="role", error_msg="timeout"),
    ],
    ids=str,
)
def test_an_error_is_unavailability_when_trying_again_may_help(error: Exception) -> None:
    translated_error = to_weft_error(error, "writing")

    assert isinstance(translated_error, Unavailable)
    assert translated_error.retryable
    assert str(translated_error).startswith("writing: ")


@pytest.mark.parametrize(
    "error",
    [
        client_error("AccessDeniedException"),
        client_error("ResourceNotFoundException"),
        client_error("ValidationException"),
        exceptions.NoCredentialsError(),
        exceptions.NoRegionError(),
        exceptions.ClientError({}, "PutItem"),
    ],
    ids=str,
)
def test_an_error_is_a_refusal_when_trying_again_would_not_help(error: Exception) -> None:
    with pytest.raises(AwsRefused) as caught, translated("writing"):
        raise error

    assert isinstance(caught.value, WeftError)
    assert not caught.value.retryable
    assert caught.value.__cause__ is error


def test_an_error_of_our_own_is_left_alone_when_it_comes_from_inside() -> None:
    with pytest.raises(KeyError), translated("writing"):
        raise KeyError("a mistake of ours")


@pytest.mark.parametrize(("error", "code"), [(client_error("Oops"), "Oops"), (exceptions.NoRegionError(), "")])
def test_the_code_is_known_when_aws_gave_one(error: Exception, code: str) -> None:
    assert error_code(error) == code


def test_a_client_is_built_once_when_many_threads_ask_for_it_first() -> None:
    aws = Aws(Settings())

    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(lambda _: aws.client("sqs"), range(8)))

    assert len(clients) == 1


def test_a_client_gives_up_within_a_function_s_time_and_keeps_its_connections() -> None:
    config = Aws(Settings()).client("dynamodb").meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": 4}
    assert (config.connect_timeout + config.read_timeout) * 4 < 60
    assert config.tcp_keepalive


def test_clients_talk_to_the_endpoint_when_one_is_set() -> None:
    aws = Aws(Settings(aws_endpoint_url="http://127.0.0.1:4566"))

    assert {aws.client(name).meta.endpoint_url for name in ("dynamodb", "sqs", "s3")} == {"http://127.0.0.1:4566"}
    assert aws.client("s3").meta.config.s3 == {"addressing_style": "path"}


def test_no_client_is_built_when_adapters_are() -> None:
    class NoAws(Aws):
        def client(self, service: str, endpoint_url: str | None = None) -> Any:
            raise AssertionError(service, endpoint_url)

    aws, settings = NoAws(Settings()), Settings()
    blobs = S3Blobs(aws, settings)

    assert [
        dynamodb.DynamoExecutionStore(aws, settings, blobs),
        dynamodb.DynamoSummaryStore(aws, settings, blobs),
        dynamodb.DynamoDefinitionStore(aws, settings, blobs),
        dynamodb.DynamoTimerStore(aws, settings),
        dynamodb.DynamoEntries(aws, settings, blobs, SystemClock()),
        sqs.SqsCommandQueue(aws, settings, blobs),
        sqs.SqsTaskQueue(aws, settings, blobs),
        sqs.SqsWakeUpQueue(aws, settings, blobs),
        sqs.command_dead_letters(aws, settings, blobs),
        sqs.task_dead_letters(aws, settings, blobs),
        GatewayViewers(aws, settings, SystemClock()),
    ]

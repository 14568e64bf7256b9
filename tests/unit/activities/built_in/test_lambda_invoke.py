"""``lambda.invoke`` through real boto3 clients: moto where it plays along, canned answers where it does not.

Layer: tests.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from moto import mock_aws

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.lambda_invoke import run
from chalicelib.settings import Settings
from tests.unit.activities.fakes import Attempts, a_context, a_runner, a_task, output_of

ARN = "arn:aws:lambda:us-east-1:123456789012:function:billing"
LISTED = Settings(lambda_allowed_functions=["billing", ARN, "team-*"])


def invoke(client: Any = None, *, settings: Settings = LISTED, **input: Any) -> dict[str, Any]:
    return run({"function": "billing", **input}, a_context(), Services(settings, lambda service: client))


def refusal(client: Any = None, **fields: Any) -> ActivityError:
    with pytest.raises(ActivityError) as refused:
        invoke(client, **fields)
    return refused.value


def body(content: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(content), len(content))


@pytest.fixture
def stub() -> Iterator[Stubber]:
    with Stubber(boto3.client("lambda")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def answering(stub: Stubber, content: bytes, **fields: Any) -> Any:
    stub.add_response("invoke", {"StatusCode": 200, "Payload": body(content), **fields})
    return stub.client


# --- the allow-list -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["billing", ARN, "team-", "team-a:prod"])
def test_a_function_is_invoked_when_it_is_listed(function: str, stub: Stubber) -> None:
    assert invoke(answering(stub, b"1"), function=function) == {"status": 200, "payload": 1}


@pytest.mark.parametrize("function", ["other", "billing2", "Billing", f"{ARN}:1", "eam-a", "", "*"])
def test_a_function_is_refused_when_it_is_not_listed(function: str) -> None:
    error = refusal(function=function)
    assert (error.code, error.retryable) == ("FunctionNotAllowed", False)
    assert "WEFT_LAMBDA_ALLOWED_FUNCTIONS" in error.message


def test_every_function_is_refused_when_nothing_is_listed() -> None:
    assert refusal(settings=Settings()).code == "FunctionNotAllowed"


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({"function": None}, "function"),
        ({"invocation_type": "DryRun"}, "invocation_type"),
        ({"payloads": 1}, "payloads"),
    ],
)
def test_the_field_is_named_when_the_input_does_not_fit(input: Any, field: str) -> None:
    error = refusal(**input)
    assert (error.code, error.retryable, error.details) == ("InvalidInput", False, {"field": field})


# --- what is sent and what comes back -------------------------------------------------------------------------------


def test_payload_and_context_are_sent_when_a_function_is_invoked(stub: Stubber) -> None:
    stub.add_response(
        "invoke",
        {"StatusCode": 200, "Payload": body(b'{"ok": true}')},
        {
            "FunctionName": "billing",
            "InvocationType": "RequestResponse",
            "Payload": b'{"n":[1,null]}',
            "ClientContext": ANY,
        },
    )
    assert invoke(stub.client, payload={"n": [1, None]}) == {"status": 200, "payload": {"ok": True}}


def test_the_key_travels_along_when_a_function_is_invoked() -> None:
    sent: dict[str, Any] = {}

    class Recording:
        def invoke(self, **parameters: Any) -> Any:
            sent.update(parameters)
            return {"StatusCode": 202}

    assert invoke(Recording(), invocation_type="Event") == {"status": 202}
    assert json.loads(base64.b64decode(sent["ClientContext"])) == {
        "custom": {"execution_id": "exec-1", "step_id": "work", "attempt": 1, "idempotency_key": "exec-1:work#1"}
    }
    assert sent["Payload"] == b"null"


@pytest.mark.parametrize(
    ("content", "payload"), [(b'"text"', "text"), (b"1e400", None), (b"", None), (b"plain \xff", "plain �")]
)
def test_the_payload_is_what_the_function_answered(content: bytes, payload: Any, stub: Stubber) -> None:
    given = invoke(answering(stub, content))["payload"]
    assert str(given) == "1E+400" if content == b"1e400" else given == payload


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b'{"errorType": "CardDeclined", "errorMessage": "no funds"}', "CardDeclined", "billing: no funds"),
        (b'{"errorMessage": "Task timed out after 3.00 seconds"}', "LambdaFunctionError", "billing: Task timed out"),
        (b'{"errorType": "Error"}', "Error", "billing: it failed without a message"),
        (b"crashed", "LambdaFunctionError", "billing: crashed"),
        (b"", "LambdaFunctionError", "billing: it failed without a message"),
    ],
)
def test_the_type_of_error_is_the_code_when_the_function_failed(
    content: bytes, code: str, message: str, stub: Stubber
) -> None:
    error = refusal(answering(stub, content, FunctionError="Unhandled"))
    assert (error.code, error.retryable) == (code, None)
    assert error.message.startswith(message)
    assert error.details["function"] == "billing"


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        ("ResourceNotFoundException", 404, False),
        ("AccessDeniedException", 403, False),
        ("RequestTooLargeException", 413, False),
        ("TooManyRequestsException", 429, True),
        ("ThrottlingException", 400, True),
        ("ServiceException", 500, True),
        ("SomethingNewException", 429, True),
    ],
)
def test_the_services_code_is_kept_when_lambda_refuses(code: str, status: int, retryable: bool, stub: Stubber) -> None:
    stub.add_client_error("invoke", code, "why", status, response_meta={"RequestId": "r-1"})
    error = refusal(stub.client)
    assert (error.code, error.retryable) == (code, retryable)
    assert error.message.startswith("lambda.invoke: ")
    assert "why" in error.message
    assert error.details == {"status": status, "request_id": "r-1"}


def test_it_is_retryable_when_the_service_cannot_be_reached() -> None:
    client = boto3.client("lambda", endpoint_url="http://127.0.0.1:1", config=_one_attempt())
    error = refusal(client)
    assert (error.code, error.retryable) == ("AwsUnavailable", True)


def test_it_is_final_when_there_are_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    session = boto3.Session()
    error = refusal(session.client("lambda", endpoint_url="http://127.0.0.1:1", config=_one_attempt()))
    assert (error.code, error.retryable) == ("AwsError", False)
    assert "credentials" in error.message


def _one_attempt() -> Any:
    from botocore.config import Config

    return Config(retries={"total_max_attempts": 1}, connect_timeout=1)


# --- moto -----------------------------------------------------------------------------------------------------------


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code.py", "def handler(event, context): return event")
    return buffer.getvalue()


def test_a_function_answers_when_it_is_invoked_by_name_through_the_runner() -> None:
    with mock_aws(config={"lambda": {"use_docker": False}}):
        role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        boto3.client("lambda").create_function(
            FunctionName="billing",
            Runtime="python3.11",
            Role=role,
            Handler="code.handler",
            Code={"ZipFile": _archive()},
        )
        _, runner = a_runner(LISTED)
        task = a_task("lambda.invoke", {"function": "billing", "payload": {"n": 1}})
        output = output_of(runner.run(task, still_open=Attempts()))
    assert output["status"] == 200
    assert "payload" in output

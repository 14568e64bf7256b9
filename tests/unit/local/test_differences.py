"""Where the emulator is not AWS. Layer: tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from weftctl.local.differences import (
    MAXIMUM_CONCURRENCY,
    adapt_template,
    forget_stream_positions,
    move_endpoint,
    release_messages,
)

ENDPOINT = "http://127.0.0.1:4000"


@pytest.fixture
def template() -> dict[str, Any]:
    """A packaged template with one of everything that differs."""
    policy = {"PolicyDocument": {"Statement": [{"Action": ["sqs:ReceiveMessage", "sqs:SendMessage"], "Resource": "q"}]}}
    source = {"Type": "SQS", "Properties": {"Queue": "q", "ScalingConfig": {"MaximumConcurrency": {"Ref": "Limit"}}}}
    return {
        "Globals": {"Function": {"Environment": {"Variables": {"WEFT_STAGE": "local"}}}},
        "Resources": {
            "Worker": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Source": source}}},
            "Plain": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "app.plain"}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b"}},
            "Deployment": {"Type": "AWS::ApiGatewayV2::Deployment", "Properties": {"ApiId": "a"}},
            "Stage": {
                "Type": "AWS::ApiGatewayV2::Stage",
                "Properties": {"ApiId": "a", "DeploymentId": {"Ref": "Deployment"}, "StageName": "api"},
            },
        },
    }


def test_the_stage_deploys_on_its_own_when_the_emulator_knows_no_deployments(template: dict[str, Any]) -> None:
    resources = adapt_template(template, ENDPOINT)["Resources"]

    assert "Deployment" not in resources
    assert resources["Stage"]["Properties"] == {"ApiId": "a", "StageName": "api", "AutoDeploy": True}


def test_answers_are_bytes_when_the_description_of_the_api_says_so(template: dict[str, Any]) -> None:
    api = {
        "Type": "AWS::Serverless::Api",
        "Properties": {"DefinitionBody": {"x-amazon-apigateway-binary-media-types": ["image/png"]}},
    }

    adapted = adapt_template({**template, "Resources": {**template["Resources"], "RestAPI": api}}, "http://127.0.0.1:1")

    assert adapted["Resources"]["RestAPI"]["Properties"]["BinaryMediaTypes"] == ["image/png"]


def test_the_bucket_is_open_without_tls_when_the_emulator_speaks_none(template: dict[str, Any]) -> None:
    assert "Policy" not in adapt_template(template, ENDPOINT)["Resources"]


def test_concurrency_is_a_number_when_a_queue_is_read(template: dict[str, Any]) -> None:
    resources = adapt_template(template, ENDPOINT)["Resources"]

    properties = resources["Worker"]["Properties"]["Events"]["Source"]["Properties"]
    assert properties == {"Queue": "q", "ScalingConfig": {"MaximumConcurrency": MAXIMUM_CONCURRENCY}}
    assert resources["Plain"] == template["Resources"]["Plain"]


def test_the_batch_form_is_allowed_too_when_a_role_allows_an_action(template: dict[str, Any]) -> None:
    (policy,) = adapt_template(template, ENDPOINT)["Resources"]["Role"]["Properties"]["Policies"]

    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {"Action": ["sqs:ReceiveMessage", "sqs:SendMessage", "sqs:SendMessageBatch"], "Resource": "q"}


def test_functions_find_the_emulator_when_the_template_is_adapted(template: dict[str, Any]) -> None:
    variables = adapt_template(template, ENDPOINT)["Globals"]["Function"]["Environment"]["Variables"]

    assert variables == {"WEFT_STAGE": "local", "WEFT_AWS_ENDPOINT_URL": ENDPOINT, "AWS_ENDPOINT_URL": ENDPOINT}


def test_the_packaged_template_stays_as_it_is_when_it_is_adapted(template: dict[str, Any]) -> None:
    before = json.dumps(template)

    adapt_template(template, ENDPOINT)

    assert json.dumps(template) == before


def message(*, receipt_handle: str | None, visible_at: float, receive_count: int) -> dict[str, Any]:
    return {
        "id": "m",
        "sent_at": 100.0,
        "visible_at": visible_at,
        "receipt_handle": receipt_handle,
        "receive_count": receive_count,
    }


def saved(*messages: dict[str, Any]) -> str:
    """MiniStack's file of queues, as it saves it."""
    queue = {"name": "tasks", "attributes": {"VisibilityTimeout": "905"}, "messages": list(messages)}
    scoped = {"__account_region_scoped__": True, "data": {"000000000000\x00us-east-1\x00'http://h/tasks'": queue}}
    return json.dumps({"__ministack_format__": 2, "payload": {"queues": scoped, "queue_name_to_url": {}}})


def test_a_message_is_visible_again_when_it_was_being_worked_on() -> None:
    before = saved(message(receipt_handle="r", visible_at=1000.0, receive_count=1))

    after = release_messages(before)

    assert after == saved(message(receipt_handle=None, visible_at=100.0, receive_count=1))


def test_a_message_keeps_its_time_when_it_is_delayed() -> None:
    delayed = saved(message(receipt_handle=None, visible_at=900.0, receive_count=0))

    assert release_messages(delayed) == delayed


def test_nothing_changes_when_messages_were_released_already() -> None:
    once = release_messages(saved(message(receipt_handle="r", visible_at=1000.0, receive_count=2)))

    assert release_messages(once) == once


def functions(positions: dict[str, Any]) -> str:
    """MiniStack's file of functions, as it saves it."""
    scoped = {"__account_region_scoped__": True, "data": positions}
    return json.dumps({"__ministack_format__": 2, "payload": {"esms": {}, "dynamodb_stream_positions": scoped}})


def test_streams_are_read_from_their_beginning_when_their_records_are_gone() -> None:
    assert forget_stream_positions(functions({"000000000000\x00us-east-1\x00'e'": 42})) == functions({})


@pytest.mark.parametrize("saved_functions", [functions({}), "{}", '{"payload": {}}'])
def test_functions_stay_as_they_are_when_there_are_no_positions(saved_functions: str) -> None:
    assert forget_stream_positions(saved_functions) == saved_functions


def test_only_the_emulators_own_address_moves_when_its_port_changes() -> None:
    text = '{"a": "http://127.0.0.1:4000/000000000000/q", "b": "127.0.0.1:40001", "c": "http://127.0.0.1:40001/x"}'

    moved = move_endpoint(text, "127.0.0.1:4000", "127.0.0.1:5000")

    assert moved == text.replace("127.0.0.1:4000/", "127.0.0.1:5000/")


def test_what_no_parameter_says_is_left_to_the_environment_when_functions_are_local(template: dict[str, Any]) -> None:
    template["Parameters"] = {"Sender": {"Default": ""}, "Keys": {"Default": "[]"}, "Limit": {"Default": 20}}
    variables = {
        "A": {"Ref": "Sender"},
        "B": {"Ref": "Keys"},
        "C": {"Ref": "Limit"},
        "D": "text",
        "E": {"Ref": "Table"},
    }
    template["Resources"]["Plain"]["Properties"]["Environment"] = {"Variables": variables}

    resources = adapt_template(template, ENDPOINT)["Resources"]

    kept = {"C": {"Ref": "Limit"}, "D": "text", "E": {"Ref": "Table"}}
    assert resources["Plain"]["Properties"]["Environment"] == {"Variables": kept}

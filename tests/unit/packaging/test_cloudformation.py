"""A stack is brought to a template by change set. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.packaging.fake_cloudformation import FakeCloudFormation
from weftctl.packaging.cloudformation import FINGERPRINT_TAG, Deployment, deploy_stack, locate_code, parameters_of
from weftctl.packaging.errors import DeploymentFailed

WANTED = Deployment("weft-dev", "https://bucket/template.json", "f00d", ("Stage", "ApiKeys"), {"Stage": "dev"})


def deploy(client: FakeCloudFormation) -> dict[str, str]:
    return deploy_stack(client, WANTED, poll_seconds=0, say=lambda _: None)


def test_the_stack_is_created_and_its_outputs_returned_when_there_is_none() -> None:
    client = FakeCloudFormation()

    outputs = deploy(client)

    (change,) = client.executed
    assert change["ChangeSetType"] == "CREATE"
    assert change["TemplateURL"] == WANTED.template_url
    assert change["Tags"] == [{"Key": FINGERPRINT_TAG, "Value": "f00d"}]
    assert outputs == {"RestAPIId": "abc"}


def test_the_stack_is_created_when_an_earlier_attempt_only_left_a_change_set() -> None:
    client = FakeCloudFormation("REVIEW_IN_PROGRESS")

    deploy(client)

    assert [change["ChangeSetType"] for change in client.executed] == ["CREATE"]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_the_stack_is_updated_when_it_has_another_content(status: str) -> None:
    client = FakeCloudFormation(status)

    deploy(client)

    assert [change["ChangeSetType"] for change in client.executed] == ["UPDATE"]


def test_nothing_is_done_when_the_stack_has_the_wanted_fingerprint() -> None:
    client = FakeCloudFormation()
    deploy(client)

    outputs = deploy(client)

    assert len(client.executed) == 1
    assert outputs == {"RestAPIId": "abc"}


def test_the_update_is_tried_again_when_it_was_rolled_back() -> None:
    client = FakeCloudFormation()
    deploy(client)
    client.status = "UPDATE_ROLLBACK_COMPLETE"

    deploy(client)

    assert len(client.executed) == 2


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_the_stack_stays_when_the_change_set_is_empty(reason: str) -> None:
    client = FakeCloudFormation("UPDATE_COMPLETE", refusal=reason)

    assert deploy(client) == {"RestAPIId": "abc"}
    assert client.executed == []


def test_the_reason_is_said_when_the_change_set_is_refused() -> None:
    client = FakeCloudFormation("UPDATE_COMPLETE", refusal="Parameter Stage is invalid")

    with pytest.raises(DeploymentFailed, match="weft-dev was refused: Parameter Stage is invalid"):
        deploy(client)


def test_the_failures_are_said_first_one_first_when_the_stack_is_rolled_back() -> None:
    client = FakeCloudFormation(outcome="ROLLBACK_COMPLETE")

    with pytest.raises(DeploymentFailed) as failure:
        deploy(client)

    lines = failure.value.message.splitlines()
    assert "ROLLBACK_COMPLETE" in lines[0]
    assert [line.strip() for line in lines[1:]] == ["Queue: name taken", "Other: cancelled"]


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "DELETE_FAILED", "UPDATE_IN_PROGRESS"])
def test_the_state_is_named_when_the_stack_cannot_be_updated(status: str) -> None:
    client = FakeCloudFormation(status)

    with pytest.raises(DeploymentFailed, match=status):
        deploy(client)
    assert client.executed == []


def test_a_parameter_keeps_its_value_when_an_update_does_not_give_it() -> None:
    present: dict[str, Any] = {"Parameters": [{"ParameterKey": name} for name in ("ApiKeys", "Stage", "Dropped")]}

    assert parameters_of(WANTED, present) == [
        {"ParameterKey": "Stage", "ParameterValue": "dev"},
        {"ParameterKey": "ApiKeys", "UsePreviousValue": True},
    ]
    assert parameters_of(WANTED, None) == [{"ParameterKey": "Stage", "ParameterValue": "dev"}]


def test_every_function_gets_its_code_from_the_bucket_when_the_template_is_located() -> None:
    template: dict[str, Any] = {
        "Resources": {"A": {"Properties": {"CodeUri": "./deployment.zip"}}, "B": {"Type": "AWS::SQS::Queue"}}
    }

    located = locate_code(template, "bucket", "key")

    assert located["Resources"]["A"]["Properties"]["CodeUri"] == {"Bucket": "bucket", "Key": "key"}
    assert located["Resources"]["B"] == {"Type": "AWS::SQS::Queue"}
    assert template["Resources"]["A"]["Properties"] == {"CodeUri": "./deployment.zip"}

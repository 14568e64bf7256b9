"""Deployment to an emulated AWS, and serving it. Layer: tests. The AWS is a fake; the port is real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.local.upstream import EchoingUpstream
from tests.unit.packaging.fake_cloudformation import FakeCloudFormation
from weftctl.local import serving as module
from weftctl.local.errors import LocalRuntimeError
from weftctl.local.ports import ANY_PORT
from weftctl.local.serving import Serving
from weftctl.packaging import Artefact


class FakeAws:
    """S3, Lambda and CloudFormation, as far as a deployment uses them."""

    def __init__(self) -> None:
        self.cloudformation = FakeCloudFormation()
        self.cloudformation.outputs = {"RestAPIId": "rest1", "WebsocketAPIId": "ws1"}
        self.objects: dict[str, bytes] = {}
        self.invoked: list[str] = []

    def client(self, service: str) -> Any:
        return self.cloudformation if service == "cloudformation" else self

    def create_bucket(self, Bucket: str) -> None:  # noqa: N803 - AWS's names
        assert Bucket == "weft-local-artefacts"

    def list_objects_v2(self, Bucket: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        return {"Contents": [{"Key": key} for key in self.objects]} if self.objects else {}

    def delete_object(self, Bucket: str, Key: str) -> None:  # noqa: N803 - AWS's names
        del self.objects[Key]

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - AWS's names
        self.objects[Key] = Body

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803 - AWS's names
        assert (InvocationType, json.loads(Payload)) == ("Event", {"Records": []})
        self.invoked.append(FunctionName)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    aws = FakeAws()
    monkeypatch.setattr(module, "client_of", lambda _, service: aws.client(service))
    return aws


def artefact(folder: Path, fingerprint: str) -> Artefact:
    template = {
        "Globals": {"Function": {"Environment": {"Variables": {}}}},
        "Parameters": {"Stage": {}},
        "Resources": {"A": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./deployment.zip"}}},
    }
    (folder / "template.json").write_text(json.dumps(template))
    (folder / "deployment.zip").write_bytes(b"zip")
    return Artefact("local", folder / "deployment.zip", folder / "template.json", fingerprint)


def test_the_application_is_served_when_it_is_deployed(aws: FakeAws, tmp_path: Path) -> None:
    serving = Serving(ANY_PORT)
    with EchoingUpstream() as echoing:
        try:
            serving.deploy(artefact(tmp_path, "one"), f"http://{echoing.upstream.host}", "http://inside:4566")
        finally:
            serving.stop()

    (code_key, template_key) = sorted(aws.objects)
    assert code_key.endswith("/deployment.zip")
    template = json.loads(aws.objects[template_key])
    assert template["Resources"]["A"]["Properties"]["CodeUri"] == {"Bucket": "weft-local-artefacts", "Key": code_key}
    assert template["Globals"]["Function"]["Environment"]["Variables"]["WEFT_AWS_ENDPOINT_URL"] == "http://inside:4566"
    assert {"weft-local-decider", "weft-local-publisher", "weft-local-worker_medium"} == set(aws.invoked)


def test_the_stack_is_updated_and_old_uploads_removed_when_another_artefact_is_deployed(
    aws: FakeAws, tmp_path: Path
) -> None:
    serving = Serving(ANY_PORT)
    with EchoingUpstream() as echoing:
        endpoint = f"http://{echoing.upstream.host}"
        try:
            for fingerprint in ("one", "one", "two"):
                serving.deploy(artefact(tmp_path, fingerprint), endpoint, endpoint)
        finally:
            serving.stop()

    assert [change["ChangeSetType"] for change in aws.cloudformation.executed] == ["CREATE", "UPDATE"]
    assert len(aws.objects) == 2


def test_the_last_answer_is_said_when_the_api_stays_unhealthy(
    aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READY_SECONDS", 0.5)
    serving = Serving(ANY_PORT)
    try:
        with pytest.raises(LocalRuntimeError, match=r"502 .*the embedded AWS does not answer"):
            serving.deploy(artefact(tmp_path, "one"), "http://127.0.0.1:1", "http://127.0.0.1:1")
    finally:
        serving.stop()

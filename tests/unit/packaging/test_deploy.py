"""Deployment to AWS, with an AWS in memory. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from tests.unit.packaging.fake_cloudformation import FakeCloudFormation
from weftctl.packaging import deploy as command
from weftctl.packaging.artefact import Artefact
from weftctl.packaging.deploy import deploy, main, parse_parameters
from weftctl.packaging.errors import DeploymentFailed, PackagingError


class FakeS3:
    """Objects by (bucket, key); a bucket is there once it is made, or is of someone else."""

    def __init__(self, *, forbidden: bool = False) -> None:
        self.buckets: dict[str, dict[str, Any]] = {}
        self.objects: dict[tuple[str, str], bytes] = {}
        self._code = "403" if forbidden else "404"

    def head_bucket(self, Bucket: str) -> None:  # noqa: N803 - AWS's names
        if Bucket not in self.buckets:
            raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, "HeadBucket")

    def create_bucket(self, Bucket: str, **place: Any) -> None:  # noqa: N803 - AWS's names
        assert Bucket not in self.buckets
        self.buckets[Bucket] = place

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - AWS's names
        self.objects[Bucket, Key] = Body


class FakeSession:
    """A boto3 session whose clients are fakes."""

    def __init__(self, region_name: str | None = "eu-central-1", s3: FakeS3 | None = None) -> None:
        self.region_name = region_name
        self.s3 = s3 or FakeS3()
        self.cloudformation = FakeCloudFormation()

    def client(self, service: str) -> Any:
        return {"s3": self.s3, "cloudformation": self.cloudformation, "sts": self}[service]

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_POLL_SECONDS", 0)


@pytest.fixture
def artefact(tmp_path: Path) -> Artefact:
    template = {"Parameters": {"Stage": {}}, "Resources": {"A": {"Properties": {"CodeUri": "./deployment.zip"}}}}
    (tmp_path / "template.json").write_text(json.dumps(template))
    (tmp_path / "deployment.zip").write_bytes(b"zip")
    return Artefact("dev", tmp_path / "deployment.zip", tmp_path / "template.json", "f00d")


def test_archive_and_template_are_uploaded_and_the_stack_made_when_an_artefact_is_deployed(artefact: Artefact) -> None:
    session = FakeSession()

    outputs = deploy(artefact, session, "mine", {"ApiKeys": "[]"})

    assert session.s3.objects["mine", "dev/f00d/deployment.zip"] == b"zip"
    template = json.loads(session.s3.objects["mine", "dev/f00d/template.json"])
    assert template["Resources"]["A"]["Properties"]["CodeUri"] == {"Bucket": "mine", "Key": "dev/f00d/deployment.zip"}
    (change,) = session.cloudformation.executed
    assert change["StackName"] == "weft-dev"
    assert change["TemplateURL"] == "https://mine.s3.eu-central-1.amazonaws.com/dev/f00d/template.json"
    assert change["Parameters"] == [{"ParameterKey": "ApiKeys", "ParameterValue": "[]"}]
    assert outputs == {"RestAPIId": "abc"}
    assert session.s3.buckets == {}


@pytest.mark.parametrize(
    ("region", "place"),
    [
        ("eu-central-1", {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}),
        ("us-east-1", {}),
    ],
)
def test_a_bucket_is_made_once_in_the_region_when_none_is_given(
    artefact: Artefact, region: str, place: dict[str, Any]
) -> None:
    session = FakeSession(region)

    deploy(artefact, session, None, {})
    deploy(artefact, session, None, {})

    assert session.s3.buckets == {f"weft-artefacts-123456789012-{region}": place}


def test_the_stack_is_updated_when_only_the_parameters_differ(artefact: Artefact) -> None:
    session = FakeSession()
    deploy(artefact, session, "mine", {"ApiKeys": "[]"})
    deploy(artefact, session, "mine", {"ApiKeys": "[1]"})

    assert [change["ChangeSetType"] for change in session.cloudformation.executed] == ["CREATE", "UPDATE"]


def test_the_remedy_is_said_when_no_region_is_known(artefact: Artefact) -> None:
    with pytest.raises(DeploymentFailed, match="AWS_DEFAULT_REGION"):
        deploy(artefact, FakeSession(region_name=None), "mine", {})


def test_the_bucket_is_not_taken_when_it_is_someone_elses(artefact: Artefact) -> None:
    session = FakeSession(s3=FakeS3(forbidden=True))

    with pytest.raises(ClientError):
        deploy(artefact, session, None, {})
    assert session.s3.buckets == {}


def test_values_may_hold_equals_signs_when_parameters_are_given() -> None:
    assert parse_parameters(["A=1", "B=x=y", "C="]) == {"A": "1", "B": "x=y", "C": ""}


@pytest.mark.parametrize("text", ["A", "=1", ""])
def test_a_parameter_is_refused_when_it_has_no_name_or_value(text: str) -> None:
    with pytest.raises(ValueError, match="NAME=VALUE"):
        parse_parameters(["A=1", text])


@pytest.mark.parametrize("arguments", [[], ["local"], ["nowhere"], ["dev", "--parameter", "A"]])
def test_usage_is_shown_when_the_command_is_called_wrongly(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2


@pytest.mark.parametrize("error", [PackagingError("app.py not found"), NoCredentialsError()])
def test_the_reason_is_said_without_a_traceback_when_deployment_fails(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(command, "build", failing)

    assert main(["dev"]) == 3
    said = capsys.readouterr().err
    assert str(error) in said
    assert "Traceback" not in said


def test_the_outputs_are_printed_when_deployment_succeeds(
    artefact: Artefact, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "build", lambda *_, **__: artefact)
    monkeypatch.setattr("boto3.Session", FakeSession)

    assert main(["dev", "--region", "eu-west-1", "--bucket", "mine"]) == 0
    assert capsys.readouterr().out == "RestAPIId\tabc\n"

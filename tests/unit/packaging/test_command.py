"""`python -m weftctl.packaging`: exit codes and output; and cfn-lint, which it calls. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weftctl.packaging import __main__ as command
from weftctl.packaging.artefact import Artefact
from weftctl.packaging.errors import PackagingError
from weftctl.packaging.lint import findings

SOUND: dict[str, Any] = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}}
BROKEN: dict[str, Any] = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeOut": 30}}}


def template(folder: Path, resources: dict[str, Any]) -> Path:
    file = folder / "template.json"
    file.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}))
    return file


def built(folder: Path, resources: dict[str, Any]) -> Artefact:
    (folder / "deployment.zip").write_bytes(b"0" * 1_500_000)
    return Artefact("dev", folder / "deployment.zip", template(folder, resources), "f00d")


def test_nothing_is_found_when_a_template_is_sound(tmp_path: Path) -> None:
    assert findings(template(tmp_path, SOUND)) == []


def test_the_place_and_the_rule_are_said_when_a_template_is_broken(tmp_path: Path) -> None:
    (finding,) = findings(template(tmp_path, BROKEN))

    assert finding.startswith("E3002 at Resources.Queue.Properties.VisibilityTimeOut: ")


@pytest.mark.parametrize(("resources", "code"), [(SOUND, 0), (BROKEN, 1)])
def test_the_exit_code_says_whether_the_template_is_sound_when_lint_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resources: dict[str, Any], code: int
) -> None:
    monkeypatch.setattr(command, "build", lambda *_, **__: built(tmp_path, resources))

    assert command.main(["--lint", "dev"]) == code


def test_files_and_size_are_printed_when_a_stage_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "build", lambda *_, **__: built(tmp_path, BROKEN))

    assert command.main(["dev"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/deployment.zip (1.5 MB)\n{tmp_path}/template.json\n"


def test_the_reason_is_said_without_a_traceback_when_the_build_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: Any, **__: Any) -> Artefact:
        raise PackagingError("a requirement has no wheel")

    monkeypatch.setattr(command, "build", failing)

    assert command.main(["dev"]) == 2
    assert capsys.readouterr().err == "error: a requirement has no wheel\n"


def test_usage_is_shown_when_the_stage_is_unknown() -> None:
    with pytest.raises(SystemExit) as exit_:
        command.main(["staging"])
    assert exit_.value.code == 2

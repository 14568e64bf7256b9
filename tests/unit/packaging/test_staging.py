"""The isolated copy, and Chalice run on it. Layer: tests."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from weftctl.packaging.errors import PackagingError
from weftctl.packaging.staging import make_copy, run_chalice, shipped_files

APP = """
from chalice import Chalice

app = Chalice(app_name="tiny")


@app.lambda_function()
def work(event, context):
    return event
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The smallest project, with what must not ship around it."""
    root = tmp_path / "project"
    files = {
        "app.py": APP,
        "requirements.txt": "msgspec==0.0.0\n",
        "chalicelib/__init__.py": "",
        "chalicelib/domain/model.py": "",
        "chalicelib/domain/__pycache__/model.cpython-311.pyc": "",
        "chalicelib/schema.json": "{}",
        ".chalice/config.json": '{"version": "2.0", "app_name": "tiny", "autogen_policy": false}',
        ".chalice/policy-dev.json": '{"Version": "2012-10-17", "Statement": []}',
        ".chalice/deployed/dev.json": "{}",
        ".env": "SECRET=1",
        "weftctl/main.py": "",
        "tests/test_app.py": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_only_what_chalice_reads_is_shipped_when_a_project_is_packaged(project: Path) -> None:
    assert [str(path) for path in shipped_files(project)] == [
        ".chalice/config.json",
        ".chalice/policy-dev.json",
        "app.py",
        "chalicelib/__init__.py",
        "chalicelib/domain/model.py",
        "chalicelib/schema.json",
    ]


@pytest.mark.parametrize("name", ["app.py", ".chalice/config.json"])
def test_the_missing_file_is_named_when_the_project_lacks_it(project: Path, name: str) -> None:
    (project / name).unlink()

    with pytest.raises(PackagingError, match=name):
        shipped_files(project)


def test_the_copy_has_no_requirements_and_nothing_of_an_earlier_one_when_it_is_made(
    project: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    (copy / "chalicelib").mkdir(parents=True)
    (copy / "chalicelib" / "removed.py").write_text("")

    make_copy(project, copy)

    assert not (copy / "chalicelib" / "removed.py").exists()
    assert (copy / "requirements.txt").read_text() == ""
    assert (copy / "chalicelib" / "domain" / "model.py").exists()


def test_infrastructure_is_merged_key_by_key_when_chalice_packages(project: Path, tmp_path: Path) -> None:
    make_copy(project, tmp_path / "copy")
    infrastructure = {
        "Resources": {"Work": {"Properties": {"FunctionName": "mine"}}, "Queue": {"Type": "AWS::SQS::Queue"}}
    }

    archive, template = run_chalice(tmp_path / "copy", "dev", infrastructure)

    properties = template["Resources"]["Work"]["Properties"]
    assert (properties["FunctionName"], properties["Handler"], properties["Runtime"]) == (
        "mine",
        "app.work",
        "python3.11",
    )
    assert template["Resources"]["Queue"] == {"Type": "AWS::SQS::Queue"}
    assert {"app.py", "chalicelib/schema.json", "chalice/app.py"} <= set(zipfile.ZipFile(archive).namelist())


def test_the_error_in_the_application_is_said_when_it_cannot_be_imported(project: Path, tmp_path: Path) -> None:
    (project / "app.py").write_text("import nothing_of_this_name\n")
    make_copy(project, tmp_path / "copy")

    with pytest.raises(PackagingError, match="nothing_of_this_name"):
        run_chalice(tmp_path / "copy", "dev", {})


def test_the_policy_file_is_named_when_a_function_has_none(project: Path, tmp_path: Path) -> None:
    (project / ".chalice" / "policy-dev.json").unlink()
    make_copy(project, tmp_path / "copy")

    with pytest.raises(PackagingError, match=r"policy-dev\.json"):
        run_chalice(tmp_path / "copy", "dev", {})


def test_settings_of_the_shell_stay_out_when_chalice_packages(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen.json"
    (project / "app.py").write_text(f"import json, os\njson.dump(dict(os.environ), open({str(seen)!r}, 'w'))\n{APP}")
    make_copy(project, tmp_path / "copy")
    monkeypatch.setenv("WEFT_STAGE", "prod")
    monkeypatch.setenv("PYTHONPATH", str(project))

    run_chalice(tmp_path / "copy", "dev", {})

    assert not {"WEFT_STAGE", "PYTHONPATH"} & set(json.loads(seen.read_text()))

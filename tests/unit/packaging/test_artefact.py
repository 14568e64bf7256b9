"""The artefact of a stage: built once, and again when something it is made of changes. Layer: tests.

The dependencies are stood in for: fetching them is for `tests/architecture/test_packaged.py`, which builds the real
thing.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from weftctl.packaging import artefact as module
from weftctl.packaging.artefact import build, check_handlers, fingerprint_of
from weftctl.packaging.errors import PackagingError

APP = """
from chalice import Chalice

app = Chalice(app_name="tiny")


@app.lambda_function()
def work(event, context):
    return event
"""
FILES = {
    "app.py": APP,
    "requirements.txt": "",
    "chalicelib/__init__.py": "",
    ".chalice/config.json": '{"version": "2.0", "app_name": "tiny", "autogen_policy": false}',
    ".chalice/policy-local.json": '{"Version": "2012-10-17", "Statement": []}',
    "infra/parameters.yaml": "Parameters: {Stage: {Type: String}}",
    "infra/queues.yaml": "Resources: {Queue: {Type: AWS::SQS::Queue}}",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project, whose dependencies are an archive with one file."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    stand_in = tmp_path / "dependencies.zip"
    with zipfile.ZipFile(stand_in, "w") as archive:
        archive.writestr("msgspec/__init__.py", "")
    monkeypatch.setattr(module, "dependencies", lambda *_: stand_in)
    return tmp_path


def test_archive_and_template_belong_together_when_a_stage_is_built(project: Path) -> None:
    artefact = build("local", root=project)

    template = json.loads(artefact.template.read_text())
    assert artefact.template == project / "build" / "local" / "template.json"
    assert template["Resources"]["Work"]["Properties"]["CodeUri"] == "./deployment.zip"
    assert template["Resources"]["Queue"] == {"Type": "AWS::SQS::Queue"}
    assert template["Parameters"]["Stage"]["Default"] == "local"
    names = set(zipfile.ZipFile(artefact.archive).namelist())
    assert {"app.py", "chalicelib/__init__.py", "msgspec/__init__.py"} <= names
    assert not {name for name in names if name.startswith("chalice/")}, "Chalice's runtime comes with the dependencies"


def test_the_checkout_stays_clean_when_a_stage_is_built(project: Path) -> None:
    build("local", root=project)

    # Python's own caches apart, only `build` is new.
    assert sorted(path.name for path in project.iterdir()) == sorted(
        {"app.py", "requirements.txt", "chalicelib", ".chalice", "infra", "dependencies.zip", "build"}
    )
    assert sorted(path.name for path in (project / ".chalice").iterdir()) == ["config.json", "policy-local.json"]
    assert sorted(path.name for path in (project / "build" / "local").iterdir()) == [
        "deployment.zip",
        "fingerprint",
        "template.json",
    ]


def test_nothing_is_built_when_nothing_changed(project: Path) -> None:
    said: list[str] = []
    first = build("local", root=project, say=said.append)
    second = build("local", root=project, say=said.append)

    assert first == second
    assert said == ["packaging stage local"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_fingerprint_changes_when_a_source_changes(project: Path, name: str) -> None:
    before = fingerprint_of(project, "local")

    (project / name).write_text(FILES[name] + "\n")

    assert fingerprint_of(project, "local") != before


def test_the_fingerprint_differs_when_the_stage_does(project: Path) -> None:
    assert fingerprint_of(project, "local") != fingerprint_of(project, "dev")


def test_the_bytes_are_the_same_when_it_is_built_again(project: Path) -> None:
    first = build("local", root=project).archive.read_bytes()
    (project / "build" / "local" / "fingerprint").unlink()

    assert build("local", root=project).archive.read_bytes() == first


def test_a_failed_build_does_not_pass_for_a_good_one_when_it_follows_one(project: Path) -> None:
    build("local", root=project)
    (project / "app.py").write_text("import nothing_of_this_name")
    with pytest.raises(PackagingError):
        build("local", root=project)
    (project / "app.py").write_text(APP)

    said: list[str] = []
    build("local", root=project, say=said.append)

    assert said == ["packaging stage local"]


def test_the_stages_are_named_when_another_one_is_asked_for(project: Path) -> None:
    with pytest.raises(PackagingError, match="local, dev, prod"):
        build("staging", root=project)


def test_the_build_is_refused_when_the_archive_is_too_large(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ARCHIVE_BYTES", 100)

    with pytest.raises(PackagingError, match="more than 100"):
        build("local", root=project)


def test_the_function_is_named_when_its_handler_is_outside_app() -> None:
    resources = {
        "Good": {"Properties": {"Handler": "app.work"}},
        "Bad": {"Properties": {"Handler": "chalicelib.api.work"}},
    }

    with pytest.raises(PackagingError, match=r"Bad is chalicelib\.api\.work"):
        check_handlers({"Resources": resources})

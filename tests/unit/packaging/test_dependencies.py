"""The dependencies are fetched once. Layer: tests. Chalice, which would fetch them, is stood in for."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from weftctl.packaging import dependencies as module
from weftctl.packaging.dependencies import dependencies
from weftctl.packaging.errors import PackagingError


class FakeChalice:
    """Packages an archive that holds what Chalice's would; ``asked`` are the requirements it was given."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failure: PackagingError | None = None

    def __call__(self, project: Path, stage: str, infrastructure: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
        self.asked.append((project / "requirements.txt").read_text())
        if self.failure is not None:
            raise self.failure
        file = project / "deployment.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for name in ("app.py", "chalice/app.py", "msgspec/__init__.py", "botocore/data/ec2/service-2.json.gz"):
                archive.writestr(name, "")
        return file, {}


@pytest.fixture
def chalice(monkeypatch: pytest.MonkeyPatch) -> FakeChalice:
    fake = FakeChalice()
    monkeypatch.setattr(module, "run_chalice", fake)
    return fake


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("msgspec==1\n")
    return file


def test_the_archive_holds_the_dependencies_alone_when_they_are_fetched(
    chalice: FakeChalice, requirements: Path, tmp_path: Path
) -> None:
    archive = dependencies(requirements, tmp_path / "cache")

    sources = {name for name in zipfile.ZipFile(archive).namelist() if not name.endswith(".pyc")}
    assert sources == {"chalice/app.py", "msgspec/__init__.py"}
    assert chalice.asked == ["msgspec==1\n"]


def test_they_are_not_fetched_again_when_nothing_changed(
    chalice: FakeChalice, requirements: Path, tmp_path: Path
) -> None:
    first = dependencies(requirements, tmp_path / "cache")

    assert dependencies(requirements, tmp_path / "cache") == first
    assert len(chalice.asked) == 1


def test_only_the_new_ones_are_kept_when_the_requirements_change(
    chalice: FakeChalice, requirements: Path, tmp_path: Path
) -> None:
    first = dependencies(requirements, tmp_path / "cache")
    requirements.write_text("msgspec==2\n")

    second = dependencies(requirements, tmp_path / "cache")

    assert second != first
    assert list((tmp_path / "cache").iterdir()) == [second]


def test_the_old_ones_stay_and_nothing_else_when_fetching_fails(
    chalice: FakeChalice, requirements: Path, tmp_path: Path
) -> None:
    first = dependencies(requirements, tmp_path / "cache")
    requirements.write_text("nothing-of-this-name==1\n")
    chalice.failure = PackagingError("no such package")

    with pytest.raises(PackagingError, match="no such package"):
        dependencies(requirements, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == [first]

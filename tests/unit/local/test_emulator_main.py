"""The adjustments to MiniStack, and that MiniStack still has what they adjust. Layer: tests."""

from __future__ import annotations

import inspect
import os
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from weftctl.local import emulator_main
from weftctl.local.emulator_main import KEPT_ARCHIVES, SharedZipFile, by_first_type, failing_as_a_whole, tidy


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where archives are unpacked."""
    folder = tmp_path / "cache" / "unpacked"
    monkeypatch.setenv("UNPACKED_FOLDER", str(folder))
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process's folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def archive(file: Path, app: str = "one") -> Path:
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("app.py", app)
        target.writestr("package/__init__.py", "")
        target.writestr("package/data/a.json", "{}")
    return file


def extract(file: Path, target: Path) -> Path:
    """As MiniStack does it: into an empty folder it has just made."""
    target.mkdir()
    with SharedZipFile(file) as source:
        source.extractall(str(target))
    return target


def test_every_file_is_there_when_an_archive_is_unpacked(unpacked: Path, tmp_path: Path) -> None:
    code = extract(archive(tmp_path / "a.zip"), tmp_path / "code")

    assert (code / "app.py").read_text() == "one"
    assert (code / "package" / "data" / "a.json").read_text() == "{}"
    assert (code / "package" / "__init__.py").exists()


def test_the_same_files_are_used_when_the_same_archive_is_unpacked_again(unpacked: Path, tmp_path: Path) -> None:
    first = extract(archive(tmp_path / "a.zip"), tmp_path / "first")
    second = extract(archive(tmp_path / "b.zip"), tmp_path / "second")

    assert first.resolve() == second.resolve()


def test_only_what_changed_is_unpacked_when_the_application_changed(unpacked: Path, tmp_path: Path) -> None:
    before = extract(archive(tmp_path / "a.zip"), tmp_path / "first")
    after = extract(archive(tmp_path / "b.zip", app="two"), tmp_path / "second")

    assert ((before / "app.py").read_text(), (after / "app.py").read_text()) == ("one", "two")
    assert (before / "package").resolve() == (after / "package").resolve()


def test_the_archive_is_unpacked_once_when_many_workers_start_together(unpacked: Path, tmp_path: Path) -> None:
    file = archive(tmp_path / "a.zip")
    threads = [threading.Thread(target=extract, args=(file, tmp_path / f"code{number}")) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {(tmp_path / f"code{number}" / "app.py").read_text() for number in range(8)} == {"one"}
    assert len(list(unpacked.iterdir())) == 3, "app.py, package, and the archive made of them"


def test_members_go_where_they_should_when_only_some_are_wanted(unpacked: Path, tmp_path: Path) -> None:
    with SharedZipFile(archive(tmp_path / "a.zip")) as source:
        source.extractall(tmp_path / "some", ["app.py"])

    assert [file.name for file in (tmp_path / "some").iterdir()] == ["app.py"]
    assert not unpacked.exists()


def test_folders_of_dead_workers_are_removed_when_the_emulator_starts(unpacked: Path, temporary: Path) -> None:
    (temporary / "ministack-lambda-x").mkdir()
    (temporary / "ministack-lambda-x" / "_worker.py").write_text("")
    (temporary / "ministack-4000.pid").write_text("1")

    tidy()

    assert list(temporary.iterdir()) == []


def test_the_last_used_archives_stay_when_the_emulator_starts(unpacked: Path, temporary: Path, tmp_path: Path) -> None:
    count = KEPT_ARCHIVES + 2
    for number in range(count):
        code = extract(archive(tmp_path / f"{number}.zip", app=str(number)), tmp_path / f"code{number}")
        os.utime(code.resolve(), (number, number))
    (unpacked / "draft-of-a-crash").mkdir()

    tidy()

    readable = [number for number in range(count) if (tmp_path / f"code{number}" / "app.py").exists()]
    assert readable == list(range(2, count))
    assert len(list(unpacked.iterdir())) == 2 * KEPT_ARCHIVES + 1, "archives, their app.py, and the one package"


def test_a_compiled_package_is_left_to_the_machines_own_when_it_was_compiled_for_another(
    unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = archive(tmp_path / "a.zip")
    with zipfile.ZipFile(file, "a") as target:
        target.writestr("fast/_core.cpython-311-x86_64-linux-gnu.so", "")
        target.writestr("fast/__init__.py", "")
    monkeypatch.setattr("sys.platform", "darwin")

    code = extract(file, tmp_path / "code")

    assert sorted(entry.name for entry in code.iterdir()) == ["app.py", "package"]


STREAMED = {"Records": [{"eventSource": "aws:dynamodb"}]}
QUEUED = {"Records": [{"eventSource": "aws:sqs"}]}
FAILED_IN_PART = {"body": {"batchItemFailures": [{"itemIdentifier": "1"}]}}


@pytest.mark.parametrize(
    ("event", "result", "is_error"),
    [
        (STREAMED, FAILED_IN_PART, True),
        (STREAMED, {"body": {"batchItemFailures": []}}, False),
        (STREAMED, {"body": None}, False),
        (QUEUED, FAILED_IN_PART, False),
        ({"Records": []}, FAILED_IN_PART, False),
        ({"httpMethod": "GET"}, {"body": {"statusCode": 200}}, False),
        ("text", {"body": "text"}, False),
    ],
)
def test_a_batch_is_an_error_only_when_a_part_of_a_streams_batch_failed(
    event: Any, result: dict[str, Any], is_error: bool
) -> None:
    adjusted = failing_as_a_whole(lambda function, event: result)

    assert adjusted({}, event) == ({**result, "error": True} if is_error else result)


@pytest.mark.parametrize(
    ("accept", "is_bytes"),
    [("image/png", True), ("image/png,*/*;q=0.8", True), ("text/html,image/png", False), ("", False), (None, False)],
)
def test_the_first_media_type_decides_when_a_request_names_several(accept: str | None, is_bytes: bool) -> None:
    from ministack.services import apigateway_v1

    assert by_first_type(apigateway_v1._media_type_matches)(accept, ["image/png"]) is is_bytes


def test_ministack_has_what_is_adjusted_when_its_version_is_the_pinned_one() -> None:
    from ministack.core import lambda_runtime
    from ministack.services import apigateway_v1, lambda_svc

    assert "zipfile.ZipFile(" in inspect.getsource(lambda_runtime.Worker._spawn)
    waits = inspect.signature(lambda_runtime.Worker._drain_stderr_bounded).parameters
    assert list(waits)[1:] == ["first_line_wait", "idle_confirm", "hard_cap"]
    assert '_media_type_matches(headers.get("accept"), binary' in inspect.getsource(apigateway_v1)
    assert not apigateway_v1._media_type_matches("image/png,*/*", ["image/png"]), "no longer needed"
    assert len(emulator_main.LOG_WAIT_SECONDS) == 3
    assert "_execute_function(func_rec, event)" in inspect.getsource(lambda_svc._poll_dynamodb_streams)
    assert "batchItemFailures" not in inspect.getsource(lambda_svc._poll_dynamodb_streams), "no longer needed"

"""`weft validate`: every finding of every file, for people and for machines. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from chalicelib.domain.definitions.findings import CODES
from tests.functional.cli.runs import Weft

pytestmark = pytest.mark.functional

# Each broken definition has a file beside it with what is to be found: severity, code and pointer, a line each.
FOLDER = Path(__file__).parents[2] / "unit" / "definitions" / "broken"
BROKEN = sorted(file for file in FOLDER.iterdir() if file.suffix in {".json", ".yaml"})
VALID = """\
id: flow
name: Flow
version: 1.2.0
steps:
  - {id: start, step_type: {type: start}}
  - {id: greet, step_type: {type: activity, activity_type: example.PrepareGreeting}}
  - {id: end, step_type: {type: end}}
transitions:
  - {from_step_id: start, to_step_id: greet}
  - {from_step_id: greet, to_step_id: end}
"""


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_exits_2_with_its_finding(weft: Weft, file: Path) -> None:
    called = weft("validate", str(file))
    assert called.exit_code == 2
    result = json.loads(called.out)
    found = [finding for finding in result["findings"] if finding["severity"] == "error"]
    (checked,) = result["files"]
    printed = {" ".join((each["severity"], each["code"], each["pointer"])).strip() for each in result["findings"]}
    assert set(file.with_suffix(".findings").read_text().splitlines()) <= printed
    assert all(finding["message"] and finding["file"] == str(file) for finding in found)
    assert all(finding["code"] in CODES for finding in found)
    assert (result["valid"], checked["valid"], checked["errors"]) == (False, False, len(found))


def test_every_finding_is_in_the_table_when_there_are_several(weft: Weft) -> None:
    file = next(file for file in BROKEN if file.stem == "several-things-at-once")
    codes = [finding["code"] for finding in json.loads(weft("validate", str(file)).out)["findings"]]
    shown = weft("validate", str(file), "--format", "table")
    assert (shown.exit_code, len(codes) > 1) == (2, True)
    assert all(code in shown.out for code in codes)


def test_statistics_are_printed_when_a_file_is_valid(weft: Weft, tmp_path: Path) -> None:
    file = written(tmp_path, "flow.yaml", VALID)
    called = weft("validate", file)
    assert (called.exit_code, called.err) == (0, "")
    assert json.loads(called.out) == {
        "valid": True,
        "findings": [],
        "files": [
            {
                "file": file,
                "valid": True,
                "workflow_id": "flow",
                "version": "1.2.0",
                "statistics": {
                    "steps_by_type": {"activity": 1, "end": 1, "start": 1},
                    "transitions": 2,
                    "handlers": 0,
                },
                "errors": 0,
                "warnings": 0,
            }
        ],
    }
    assert f"{file}: valid" in weft("validate", file, "--format", "table").out
    assert yaml.safe_load(weft("validate", file, "--format", "yaml").out)["valid"] is True


def test_a_warning_alone_is_no_failure(weft: Weft, tmp_path: Path) -> None:
    file = written(tmp_path, "flow.yaml", VALID.replace("example.PrepareGreeting", "example.PrepareGreting"))
    called = weft("validate", file)
    assert called.exit_code == 0
    (finding,) = json.loads(called.out)["findings"]
    assert (finding["code"], finding["severity"]) == ("UnknownActivity", "warning")
    table = weft("validate", file, "--format", "table").out
    assert "warning UnknownActivity at /steps/1/step_type/activity_type" in table


def test_an_activity_is_known_when_its_module_is_named(
    weft: Weft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    registering = "from chalicelib.activities import activity\n\nactivity('cli_test.Known')(lambda input: None)\n"
    written(tmp_path, "cli_test_known.py", registering)
    file = written(tmp_path, "flow.yaml", VALID.replace("example.PrepareGreeting", "cli_test.Known"))
    assert json.loads(weft("validate", file, "--activities", "cli_test_known").out)["findings"] == []


def test_every_file_is_reported_when_some_cannot_be_read(weft: Weft, tmp_path: Path) -> None:
    good, bad = written(tmp_path, "good.yaml", VALID), written(tmp_path, "bad.json", '{"id": ')
    gone = str(tmp_path / "gone.yaml")
    called = weft("validate", good, bad, gone)
    assert called.exit_code == 2
    result = json.loads(called.out)
    assert [file["valid"] for file in result["files"]] == [True, False, False]
    assert [(finding["file"], finding["code"]) for finding in result["findings"]] == [
        (bad, "InvalidSyntax"),
        (gone, "Unreadable"),
    ]


def test_a_definition_is_read_from_stdin_when_a_dash_is_given(weft: Weft) -> None:
    called = weft("validate", "-", stdin=VALID)
    assert called.exit_code == 0
    assert json.loads(called.out)["files"][0]["workflow_id"] == "flow"


def test_a_huge_definition_is_refused(weft: Weft, tmp_path: Path) -> None:
    file = written(tmp_path, "huge.json", json.dumps({"id": "flow", "description": "x" * 2_000_000}))
    called = weft("validate", file)
    assert called.exit_code == 2
    (finding,) = json.loads(called.out)["findings"]
    assert "larger than 1,000,000 bytes" in finding["message"]

"""What a user names on the command line: JSON text, files, stdin. Layer: tests."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from weftctl import inputs
from weftctl.failures import UsageFailure
from weftctl.inputs import read_definition, read_file, read_input, read_value
from weftctl.times import parse_time


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a": 1}', {"a": 1}), ("[]", []), ("3", 3), ('"x"', "x"), ("null", None), (str(2**70), 2**70)],
)
def test_json_text_is_read_as_it_is(text: str, value: Any) -> None:
    assert read_input(text) == value


@pytest.mark.parametrize("given", ["in.json", "@in.json"])
def test_a_file_is_read_when_it_is_named(here: Path, given: str) -> None:
    (here / "in.json").write_text('{"a": 1}')
    assert read_input(given) == {"a": 1}


def test_text_wins_when_a_file_has_the_same_name(here: Path) -> None:
    (here / "12").write_text("13")
    assert read_input("12") == 12
    assert read_input("@12") == 13


@pytest.mark.parametrize("given", ["-", "@-"])
def test_stdin_is_read_when_a_dash_is_given(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"[1]")))
    assert read_input(given) == [1]


@pytest.mark.parametrize("given", ['{"a": }', "nowhere.json", "{" + "x" * 5000, "a\0b"])
def test_input_is_refused_when_it_is_neither_json_nor_a_file(here: Path, given: str) -> None:
    with pytest.raises(UsageFailure, match=r"is neither JSON .* nor the path of a file") as caught:
        read_input(given)
    assert len(caught.value.message) < 300


def test_the_place_is_named_when_json_text_is_broken() -> None:
    with pytest.raises(UsageFailure, match=r"--data: .*line 1, column 7"):
        read_input('{"a": }', option="--data")


def test_a_missing_file_is_named_when_an_at_sign_asks_for_it(here: Path) -> None:
    with pytest.raises(UsageFailure, match=r"--input: there is no file gone\.json"):
        read_input("@gone.json")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("a.yaml", "a: [1, 2]", {"a": [1, 2]}),
        ("a.yml", "- x", ["x"]),
        ("plain", "a: 1", {"a": 1}),
        ("plain", "[1]", [1]),
        ("bom.json", "\ufeff[1]", [1]),
    ],
)
def test_a_value_is_read_when_the_file_is_json_or_yaml(here: Path, name: str, text: str, value: Any) -> None:
    (here / name).write_text(text, encoding="utf-8")
    assert read_value(name) == value


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.json", b"a: 1", r"a\.json: is not JSON: .*line 1, column 1"),
        ("plain", b"[1,", "plain: is not JSON: "),
        ("a.yaml", b"a: [1", r"a\.yaml: Not YAML: .* at line"),
        ("a.yaml", b"a: !!python/none x", r"a\.yaml: The tag"),
        ("a.json", b"\xff\xfe", r"a\.json: is not UTF-8 text"),
    ],
)
def test_the_place_is_named_when_a_file_cannot_be_parsed(here: Path, name: str, content: bytes, fault: str) -> None:
    (here / name).write_bytes(content)
    with pytest.raises(UsageFailure, match=fault):
        read_value(name)


def test_a_file_is_refused_when_it_cannot_be_read(here: Path) -> None:
    (here / "folder").mkdir()
    with pytest.raises(UsageFailure, match="gone: cannot be read: No such file"):
        read_file("gone")
    with pytest.raises(UsageFailure, match="folder: cannot be read: Is a directory"):
        read_file("folder")


def test_a_file_is_refused_when_it_is_enormous(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MAX_FILE_BYTES", 10)
    (here / "big").write_bytes(b"x" * 11)
    with pytest.raises(UsageFailure, match="big: is over 10 bytes"):
        read_file("big")


def test_a_definition_is_read_or_refused_with_its_file(here: Path) -> None:
    (here / "good.yaml").write_text("id: a")
    (here / "bad.json").write_text('{"id": ')
    assert read_definition("good.yaml") == {"id": "a"}
    with pytest.raises(UsageFailure, match=r"^bad\.json: .*line 1"):
        read_definition("bad.json")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31T09:00:00Z", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        ("2026-01-31T09:00:00.1239+02:00", datetime(2026, 1, 31, 7, 0, 0, 123_000, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc_and_milliseconds(text: str, time: datetime) -> None:
    assert parse_time(text, option="--from") == time


@pytest.mark.parametrize("text", ["", "now", "2026-01-31", "2026-01-31T09:00:00", "0001-01-01T00:00:00+23:00"])
def test_a_time_is_refused_when_it_has_no_offset_or_is_none(text: str) -> None:
    with pytest.raises(UsageFailure, match=r"--from: .* is no time with an offset"):
        parse_time(text, option="--from")

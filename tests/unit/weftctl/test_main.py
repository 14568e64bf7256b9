"""The entry point: what leaves the process, and how. Layer: tests."""

from __future__ import annotations

import sys

import pytest

from weftctl import main


class Exploding:
    """A command line with a defect."""

    def __call__(self) -> None:
        raise LookupError("a defect")


def test_a_defect_is_one_message_and_exit_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "app", Exploding())
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "Error: Weft itself failed, which is a bug: LookupError: a defect",
        "Set WEFT_DEBUG=1 to see where.",
    ]


def test_a_defect_is_raised_when_it_is_to_be_debugged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "app", Exploding())
    monkeypatch.setenv("WEFT_DEBUG", "1")
    with pytest.raises(LookupError, match="a defect"):
        main.run()


def test_the_command_line_is_run_with_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["weft", "--version"])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("weft 0.")


def test_the_exit_code_is_returned_when_it_is_called_by_another_program() -> None:
    assert main.app(["--version"], standalone_mode=False) == 0


def test_a_flag_has_no_type_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    main.app(["execute", "--help"], standalone_mode=False)
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "--wait " in line and "Watch" in line)
    assert "bool" not in line.lower()

"""One process runs the stack of a folder. Layer: tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from weftctl.local.errors import LocalRuntimeError
from weftctl.local.running import Instance, claim, instance


def test_nobody_runs_it_when_the_folder_is_new(tmp_path: Path) -> None:
    assert instance(tmp_path / "data") is None


def test_the_holder_is_seen_when_the_folder_is_claimed(tmp_path: Path) -> None:
    with claim(tmp_path / "data") as held:
        assert instance(tmp_path / "data") == Instance(os.getpid(), "")

        held.announce("http://localhost:8080")
        assert instance(tmp_path / "data") == Instance(os.getpid(), "http://localhost:8080")

        held.announce("")
        assert instance(tmp_path / "data") == Instance(os.getpid(), "")

    assert instance(tmp_path / "data") is None


@pytest.mark.parametrize(("url", "where"), [("", "is starting"), ("http://localhost:8080", "at http://localhost:8080")])
def test_the_second_claim_says_who_holds_it_when_the_folder_is_held(tmp_path: Path, url: str, where: str) -> None:
    with claim(tmp_path) as held:
        held.announce(url)
        with pytest.raises(LocalRuntimeError, match=f"{where}.*process {os.getpid()}.*make down"), claim(tmp_path):
            pytest.fail("claimed twice")
        assert instance(tmp_path) == Instance(os.getpid(), url)


def test_a_file_claims_nothing_when_its_process_crashed(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text('{"pid": 1, "url": "http://localhost:8080"}')

    assert instance(tmp_path) is None
    with claim(tmp_path):
        assert instance(tmp_path) == Instance(os.getpid(), "")


def test_the_holder_is_unknown_when_it_has_not_said_a_word_yet(tmp_path: Path) -> None:
    with claim(tmp_path):
        (tmp_path / "running.json").write_text("")

        assert instance(tmp_path) == Instance(0, "")

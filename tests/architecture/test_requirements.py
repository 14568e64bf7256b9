"""What is pinned is pinned once, and what ships stays apart from what does not.

Layer: tests. See docs/adr/0002-pin-everything-once.md.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.project import read

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,._-]+\])?==([^\s;]+)", flags=re.MULTILINE)
LISTS = ["requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt"]


def pins(name: str) -> dict[str, str]:
    """Version by package of one requirements file."""
    return dict(PIN.findall(read(Path(name))))


@pytest.mark.parametrize("name", LISTS)
def test_every_line_pins_one_exact_version(name: str) -> None:
    lines = [line for line in read(Path(name)).splitlines() if line and not line.lstrip().startswith("#")]
    assert [line for line in lines if not PIN.match(line) and not line.startswith("-r requirements")] == []


@pytest.mark.parametrize(("asked", "locked"), [LISTS[:2], LISTS[2:]])
def test_the_lock_holds_what_was_asked_for(asked: str, locked: str) -> None:
    assert pins(asked).items() <= pins(locked).items()


def test_tests_run_the_versions_that_ship() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_nothing_ships_that_packaging_brings_or_only_builds() -> None:
    unwanted = {"chalice", "moto", "ministack", "pip", "pytest", "rich", "setuptools", "typer", "wheel"}
    assert pins("requirements.txt").keys() & unwanted == set()

"""The documents point at what exists: links resolve, commands are there, decision records are listed.

Layer: tests.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, project_files, python_files, read

DOCUMENTS = [path for path in project_files() if path.suffix == ".md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PAGE = re.compile(r"\bdocs/[a-z0-9/-]+\.(?:md|yaml)\b")
TESTS = re.compile(r"`(tests/[\w/.-]+|test_[a-z0-9_]{8,})`")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:^|`)make ([a-z][a-z0-9-]*)", flags=re.MULTILINE)
HOUSEKEEPING = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "docs/settings.md", "docs/adr/README.md"}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*):", read(Path("Makefile")), flags=re.MULTILINE))


def test_the_documents_that_a_stranger_looks_for_are_there() -> None:
    assert {str(path) for path in project_files()} >= HOUSEKEEPING


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_resolves(document: Path) -> None:
    prose = FENCE.sub("", read(document))
    targets = {target.partition("#")[0] for target in LINK.findall(prose) if "://" not in target}
    assert [target for target in targets if target and not (ROOT / document.parent / target).exists()] == []


def test_every_page_that_the_code_refers_to_exists() -> None:
    referred = {name for path in python_files("app.py", "chalicelib", "weftctl") for name in PAGE.findall(read(path))}
    assert referred, "no reference was found, so none was checked"
    assert sorted(name for name in referred if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_test_that_is_named_as_proof_exists(document: Path) -> None:
    named = {name.rstrip("/") for name in TESTS.findall(read(document))}
    functions = "\n".join(read(path) for path in python_files("tests"))
    missing = [name for name in named if name.startswith("tests/") and not (ROOT / name).exists()]
    missing += [name for name in named if name.startswith("test_") and f"def {name}(" not in functions]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_make_target_exists(document: Path) -> None:
    assert set(MAKE.findall(read(document))) - make_targets() == set()


def test_the_readme_is_found_to_name_targets() -> None:
    assert {"demo", "test", "up", "down"} <= set(MAKE.findall(read(Path("README.md"))))


def test_every_decision_record_is_listed_with_its_title_and_status() -> None:
    records = sorted(
        path for path in project_files() if re.fullmatch(r"docs/adr/\d{4}-[a-z0-9-]+\.md", path.as_posix())
    )
    rows = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+?) \| (.+?) \|$", read(Path("docs/adr/README.md")), flags=re.MULTILINE
    )
    assert rows == [(path.name[:4], path.name, title(path), status(path)) for path in records]
    assert len({row[0] for row in rows}) == len(rows), "a number is given once"


def title(record: Path) -> str:
    """A record's heading without its number: `# 3. Do it` gives `Do it`."""
    heading = re.match(r"# (\d+)\. (.+)\n", read(record))
    assert heading, f"{record} does not begin with its number and title"
    assert int(heading[1]) == int(record.name[:4])
    return heading[2]


def status(record: Path) -> str:
    found = re.search(r"^Status: (accepted|superseded by \d{4})$", read(record), flags=re.MULTILINE)
    assert found, f"{record} has no status"
    assert all(f"\n## {part}\n" in read(record) for part in ("Context", "Decision", "Consequences")), record
    return found[1]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "\n## [Unreleased]\n" in read(Path("CHANGELOG.md"))

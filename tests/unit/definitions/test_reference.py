"""The reference of the language says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

import chalicelib.domain.definitions as package
from chalicelib.domain.definitions.definition import load_definition
from chalicelib.domain.definitions.findings import CODES
from chalicelib.domain.definitions.supported import FEATURES, STEP_TYPES
from chalicelib.domain.errors import TooLarge
from chalicelib.domain.steps import RUNNABLE_FEATURES, RUNNABLE_STEP_TYPES

PAGE = (Path(__file__).parents[3] / "docs/definition-language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """The text under a heading of the second or third level."""
    found = re.search(rf"^###? {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found[1]


def first_cells(text: str) -> list[str]:
    """The names in the first column of the tables of a text."""
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", text, flags=re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_code_of_a_finding_is_listed_once() -> None:
    assert sorted(first_cells(section("Findings"))) == sorted(CODES)


def test_every_code_of_a_finding_is_used() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(package.__path__[0]).rglob("*.py")]
    made = {code for text in sources for code in re.findall(r'"([A-Z][A-Za-z]+)"', text)} | {TooLarge.code}
    declared = {code for code in CODES if sum(f'"{code}"' in text for text in sources) > 1} | {TooLarge.code}

    assert declared == set(CODES)
    assert made >= set(CODES)


def test_every_step_type_is_described() -> None:
    rows = re.findall(r"^\| (`[^|]+`(?: / `[^|]+`)*) \|", section("Step types"), flags=re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row) if name != "type"]

    assert sorted(named) == sorted(STEP_TYPES)


def test_what_runs_is_what_the_decider_has() -> None:
    assert "Everything on this page, but for `monitoring_config`" in PAGE

    assert set(STEP_TYPES) == set(RUNNABLE_STEP_TYPES)
    assert set(FEATURES) - set(RUNNABLE_FEATURES) == {"monitoring"}


def test_the_documents_on_the_page_are_valid() -> None:
    head = {"id": "sample", "name": "Sample", "version": "1.0.0"}
    whole = [block for block in BLOCKS if "steps:" in block]
    types = [block for block in BLOCKS if block.startswith("input_type:")]
    chain = {
        "steps": [{"id": "start", "step_type": "start"}, {"id": "end", "step_type": "end"}],
        "transitions": [{"from": "start", "to": "end"}],
    }

    assert (len(whole), len(types)) == (2, 1)
    for block in whole:
        assert load_definition({**head, **yaml.safe_load(block)}).findings == ()
    for block in types:
        assert load_definition({**head, **chain, **yaml.safe_load(block)}).findings == ()
    (policies,) = [block for block in BLOCKS if block.startswith("retry_policy:")]
    for line in policies.splitlines():
        assert load_definition({**head, **chain, **yaml.safe_load(line)}).findings == ()

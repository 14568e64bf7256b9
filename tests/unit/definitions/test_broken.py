"""Every broken document of the table gives exactly the findings beside it.

A case is two files in ``broken``: the document, and ``<name>.findings`` with a line ``severity code pointer`` for each
finding, in order.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain.definitions.definition import check_definition, load_definition
from chalicelib.domain.definitions.findings import CODES
from chalicelib.domain.errors import InvalidDefinition

BROKEN = sorted(path for path in (Path(__file__).parent / "broken").iterdir() if path.suffix in (".json", ".yaml"))
MEDIA_TYPES = {".json": "application/json", ".yaml": "application/yaml"}


def expected(path: Path) -> list[tuple[str, str, str]]:
    """Severity, code and pointer of each finding."""
    rows = []
    for line in path.with_suffix(".findings").read_text(encoding="utf-8").splitlines():
        severity, code, *pointer = line.split(" ", 2)
        rows.append((severity, code, pointer[0] if pointer else ""))
    return rows


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_each_finding_is_reported_when_a_document_is_broken(path: Path) -> None:
    report = check_definition(path.read_bytes(), media_type=MEDIA_TYPES[path.suffix])

    assert report.definition is None
    assert [(each.severity, each.code, each.pointer) for each in report.findings] == expected(path)
    assert all(each.message and "\n" not in each.message for each in report.findings)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_loading_raises_all_findings_when_a_document_is_broken(path: Path) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        load_definition(path.read_bytes(), media_type=MEDIA_TYPES[path.suffix])

    assert [(each.severity, each.code, each.pointer) for each in caught.value.findings] == expected(path)


def test_every_case_has_findings_when_the_table_is_read() -> None:
    assert len(BROKEN) > 80
    leftover = {path.stem for path in BROKEN[0].parent.glob("*.findings")} - {path.stem for path in BROKEN}
    assert leftover == set()


def test_codes_are_in_the_catalogue_when_they_are_used() -> None:
    used = {code for path in BROKEN for _, code, _ in expected(path)}

    assert used <= CODES.keys()

"""Every example is valid, and says so in the same words whatever its form."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain.definitions.definition import check_definition, load_definition, to_document
from chalicelib.domain.definitions.graph import graph_of
from chalicelib.domain.steps import RUNNABLE_FEATURES, RUNNABLE_STEP_TYPES

BESIDE = (".mocks", ".signals")
EXAMPLES = sorted(
    path
    for path in (Path(__file__).parents[3] / "examples").glob("*.[jy][sa][om][nl]")
    if not path.stem.endswith(BESIDE)
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_valid(path: Path) -> None:
    loaded = load_definition(path.read_bytes())

    assert loaded.findings == ()
    assert load_definition(to_document(loaded.definition)).definition == loaded.definition
    assert graph_of(loaded.definition).start


def test_the_table_has_all_examples() -> None:
    assert {path.name for path in EXAMPLES} >= {
        "hello-world.json",
        "hello-world.first-dialect.json",
        "order-fulfilment.yaml",
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_uses_only_what_runs(path: Path) -> None:
    report = check_definition(
        path.read_bytes(), runnable_step_types=RUNNABLE_STEP_TYPES, runnable_features=RUNNABLE_FEATURES
    )

    assert report.findings == ()

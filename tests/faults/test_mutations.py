"""What `make mutations` takes away is still there, and each change is one that Python reads. Layer: tests."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.faults.mutations import MUTATIONS, ROOT, Mutation, mutate


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.file)
def test_piece_is_taken_away_when_it_is_where_it_was(mutation: Mutation, tmp_path: Path) -> None:
    copy = tmp_path / "module.py"
    source = (ROOT / mutation.file).read_text(encoding="utf-8")
    copy.write_text(source, encoding="utf-8")

    mutate(copy, mutation)

    assert ast.dump(ast.parse(copy.read_text(encoding="utf-8"))) != ast.dump(ast.parse(source))
    with pytest.raises(ValueError, match="0 times"):
        mutate(copy, mutation)

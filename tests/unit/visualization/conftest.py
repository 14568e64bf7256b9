"""Mermaid's parser, started once a module. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.visualization.parsers import MermaidParser


@pytest.fixture(scope="module")
def mermaid_parser() -> Iterator[MermaidParser]:
    parser = MermaidParser()
    yield parser
    parser.close()

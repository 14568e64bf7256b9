"""Pictures as they are deployed: what draws them is in the package, and bytes arrive as bytes. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.stack import Stack

EXAMPLE = json.loads((Path(__file__).parents[2] / "examples" / "hello-world.json").read_text())


@pytest.fixture(scope="module")
def execution_id(stack: Stack) -> str:
    """An execution of the example that has ended."""
    stack.register(EXAMPLE)
    found = stack.execute(EXAMPLE["id"], {"name": "World"})
    stack.ended(found)
    return found


@pytest.mark.parametrize(
    ("format", "media_type", "beginning"),
    [
        ("svg", "image/svg+xml; charset=utf-8", b"<svg"),
        ("png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("html", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("dot", "text/vnd.graphviz; charset=utf-8", b"digraph"),
        ("mermaid", "text/vnd.mermaid; charset=utf-8", b"---\ntitle"),
        ("json", "application/json", b'{"view_type":"execution"'),
    ],
)
def test_a_picture_arrives_as_it_was_drawn_when_it_is_deployed(
    stack: Stack, execution_id: str, format: str, media_type: str, beginning: bytes
) -> None:
    path, asked = f"/workflows/executions/{execution_id}/visualization", {"Accept": media_type.partition(";")[0]}

    answer = stack.api.get(path, params={"format": format}, headers=asked)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media_type
    assert answer.content.startswith(beginning)

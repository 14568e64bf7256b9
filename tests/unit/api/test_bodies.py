"""What stands in a body. Layer: tests. How envelopes are told from inputs is tested where it is seen: over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.api import bodies
from chalicelib.api.problems import UnsupportedMediaType
from chalicelib.domain.errors import InvalidDefinition, InvalidRequest, TooLarge


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "application/json"),
        ({"content-type": ""}, "application/json"),
        ({"content-type": " Application/YAML ; charset=utf-8"}, "application/yaml"),
    ],
)
def test_the_media_type_is_bare_and_lower_case(headers: dict[str, str], expected: str) -> None:
    assert bodies.media_type(headers) == expected


def test_a_body_passes_when_it_has_just_the_limit() -> None:
    bodies.refuse_larger(b"x" * 10, 10, "The body")
    with pytest.raises(TooLarge, match="The body has 11 bytes; at most 10"):
        bodies.refuse_larger(b"x" * 11, 10, "The body")


def test_an_empty_body_is_missing_whatever_it_is_said_to_be() -> None:
    with pytest.raises(InvalidRequest, match="empty"):
        bodies.json_value(b"", {"content-type": "text/plain"})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"id": "a", "steps": []}, {"id": "a", "steps": []}),
        ({"definition": {"id": "a", "steps": []}}, {"id": "a", "steps": []}),
        ({"workflow_id": "a", "definition": {"id": "a"}}, {"id": "a"}),
        (
            {"workflow_id": "a", "version": "1.0.0", "definition": {"name": "n"}},
            {"name": "n", "id": "a", "version": "1.0.0"},
        ),
        ({"definition": "text"}, {"definition": "text"}),
        ({"definition": {}, "colour": 1}, {"definition": {}, "colour": 1}),
    ],
)
def test_a_definition_is_unwrapped_when_it_is_wrapped(document: dict[str, Any], expected: dict[str, Any]) -> None:
    import msgspec

    assert bodies.definition(msgspec.json.encode(document), {}) == expected


def test_every_contradiction_is_told_when_a_wrapper_has_several() -> None:
    text = b'{"workflow_id": "a", "name": "n", "version": "1.0.0", "definition": {"id": "b", "name": "m"}}'

    with pytest.raises(InvalidDefinition) as caught:
        bodies.definition(text, {})

    assert [finding.pointer for finding in caught.value.findings] == ["/workflow_id", "/name"]


@pytest.mark.parametrize("media_type", ["text/html", "application/xml", "multipart/form-data; boundary=x"])
def test_a_definition_is_refused_when_its_media_type_is_neither(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="application/yaml"):
        bodies.definition(b"{}", {"content-type": media_type})

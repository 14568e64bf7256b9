"""Reading a normalised document into the model, with every violation of its shape reported.

Layer: domain. What cannot be understood is left out of the model, so that the rest can still be checked: an unknown
field and a broken optional one as if absent, a broken element of a list as if not there (``Reading.pointer`` keeps the
pointers right). Only what lacks a required part goes with it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.reader import BROKEN, Reader
from chalicelib.domain.definitions.shapes import struct_info
from chalicelib.domain.errors import Finding

_PLACEHOLDERS: Final[dict[str, Any]] = {"id": "unknown", "name": "unknown", "version": "0.0.0", "steps": []}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood of a document.

    ``gaps`` names the top-level fields of which a part is missing from ``definition``. ``kept`` gives, for each list
    that lost elements, by its pointer, the indices in the document of those that are left. ``unread_step_ids`` are the
    ids of steps that are there but were not understood. ``has_steps`` says whether ``steps`` is a list.
    """

    definition: model.WorkflowDefinition
    findings: list[Finding]
    gaps: frozenset[str]
    kept: dict[str, list[int]]
    unread_step_ids: frozenset[str]
    has_steps: bool

    def pointer(self, partial: str) -> str:
        """A pointer into ``definition`` as a pointer into the normalised document."""
        at = ""
        for segment in partial.split("/")[1:]:
            indices = self.kept.get(at)
            at += f"/{segment if indices is None else indices[int(segment)]}"
        return at


def read_document(document: Any) -> Reading:
    """Read a normalised document. Never raises for bad content."""
    reader = Reader()
    fields: dict[str, Any] = {}
    if isinstance(document, dict):
        fields = reader.fields_of(document, struct_info(model.WorkflowDefinition), "")
    else:
        reader.wrong_type(document, "an object", "")
        fields["steps"] = BROKEN
    understood = {**_PLACEHOLDERS, **{name: value for name, value in fields.items() if value is not BROKEN}}
    return Reading(
        definition=msgspec.convert(understood, model.WorkflowDefinition),
        findings=reader.findings,
        gaps=frozenset(reader.gaps | {name for name, value in fields.items() if value is BROKEN}),
        kept=reader.kept,
        unread_step_ids=_unread_ids(document, reader.kept.get("/steps")),
        has_steps=isinstance(document, dict) and isinstance(document.get("steps"), list),
    )


def _unread_ids(document: Any, kept: list[int] | None) -> frozenset[str]:
    steps = document.get("steps") if isinstance(document, dict) else None
    if not isinstance(steps, list) or kept is None:
        return frozenset()
    left = frozenset(range(len(steps))).difference(kept)
    ids = (steps[index].get("id") for index in left if isinstance(steps[index], dict))
    return frozenset(each for each in ids if isinstance(each, str))

"""Small documents to start from.

Layer: tests.
"""

from __future__ import annotations

import itertools
from typing import Any

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.definition import Report, check_definition, load_definition
from chalicelib.domain.definitions.normalise import normalise
from chalicelib.domain.errors import Finding

Document = dict[str, Any]

POINT: Document = {"id": "p", "step_id": "ask", "name": "Ask", "allowed_actions": [{"type": "approve"}]}
"""An intervention point of a step ``ask``."""


def script(step_id: str, **fields: Any) -> Document:
    """A step that needs nothing around it."""
    return {"id": step_id, "step_type": {"type": "script", "expression": "1"}, **fields}


def step(step_id: str, kind: str, **settings: Any) -> Document:
    """A step of a type, with the settings of the type."""
    return {"id": step_id, "step_type": {"type": kind, **settings}}


def parallel(step_id: str, *branches: tuple[str, str, str], **settings: Any) -> Document:
    """A parallel step; a branch is (name, entry, exit)."""
    listed = [{"name": name, "entry_step_id": entry, "exit_step_id": leave} for name, entry, leave in branches]
    return step(step_id, "parallel", branches=listed, **settings)


def edge(source: str, target: str, condition: str | None = None) -> Document:
    """A transition."""
    return {"from_step_id": source, "to_step_id": target} | ({} if condition is None else {"condition": condition})


def document(*steps: Document, edges: list[Document] | None = None, **fields: Any) -> Document:
    """A definition of these steps between a start and an end; without ``edges``, a chain of them."""
    whole = [step("start", "start"), *steps, step("end", "end")]
    ids = [each["id"] for each in whole]
    chain = [edge(source, target) for source, target in itertools.pairwise(ids)]
    head = {"id": "sample", "name": "Sample", "version": "1.0.0"}
    return {**head, "steps": whole, "transitions": chain if edges is None else edges, **fields}


def first_dialect(*steps: Document, start: str | None = None, **fields: Any) -> Document:
    """A definition in the first dialect, starting with its first step."""
    head = {"id": "sample", "name": "Sample", "version": "1.0.0", "start_step_id": start or steps[0]["id"]}
    return {**head, "steps": list(steps), **fields}


def classic(step_id: str, kind: str, *targets: str | Document, **properties: Any) -> Document:
    """A step of the first dialect; a target is an id or a whole transition."""
    ways = [target if isinstance(target, dict) else {"target_id": target} for target in targets]
    return {"id": step_id, "step_type": kind, "properties": properties, "transitions": ways}


def definition(given: Document) -> model.WorkflowDefinition:
    """The definition of a document that is valid."""
    return load_definition(given).definition


def report(given: Document, **options: Any) -> Report:
    """Everything about a document."""
    return check_definition(given, **options)


def found(given: Document, **options: Any) -> list[tuple[str, str]]:
    """Code and pointer of every finding of a document."""
    return [(finding.code, finding.pointer) for finding in report(given, **options).findings]


def only(given: Document, **options: Any) -> Finding:
    """The one finding of a document."""
    (finding,) = report(given, **options).findings
    return finding


def work(step_id: str, *targets: str | Document, **fields: Any) -> Document:
    """A script step of the first dialect."""
    return {**classic(step_id, "Script", *targets, expression="1"), **fields}


def steps_of(given: Document) -> dict[str, Document]:
    """The steps of the normalised document by id."""
    return {each["id"]: each for each in normalise(given)["steps"]}


def ways_of(given: Document) -> set[tuple[str, str]]:
    """The transitions of the normalised document."""
    return {(each["from_step_id"], each["to_step_id"]) for each in normalise(given)["transitions"]}

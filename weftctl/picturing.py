"""Pictures of definitions that are at hand, without a service. Layer: command line."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.model import SubWorkflow, WorkflowDefinition
from chalicelib.visualization import as_json
from chalicelib.visualization.building import build
from chalicelib.visualization.options import Format, Options
from chalicelib.visualization.rendering import render
from chalicelib.visualization.subject import Subject
from chalicelib.visualization.view_data import ViewOptions, view_of


def subject_of(definition: WorkflowDefinition, known: Collection[WorkflowDefinition], depth: int) -> Subject:
    """What a picture of ``definition`` is of; sub-workflows are looked for among ``known``."""
    children: dict[str, Subject] = {}
    for step in definition.steps if depth > 0 else ():
        child = _started_by(step.step_type, known) if isinstance(step.step_type, SubWorkflow) else None
        if child is not None:
            children[step.id] = subject_of(child, known, depth - 1)
    return Subject(definition=definition, children=children)


def picture(subject: Subject, options: Options, format: Format) -> bytes:
    """The picture, as a service would answer it."""
    graph = build(subject, options)
    if format == "json":
        view = view_of(subject, ViewOptions(io=options.show_input_output, depth=options.depth), None)
        return jsonvalue.dumps({**view, "graph": as_json.to_builtins(graph)}) + b"\n"
    content = render(graph, options, format)
    return content.encode() if isinstance(content, str) else content


def _started_by(step_type: SubWorkflow, known: Collection[WorkflowDefinition]) -> WorkflowDefinition | None:
    """The definition that a step starts: of the version that it names, else the first of its workflow."""
    wanted = step_type.workflow_version
    return next((each for each in known if each.id == step_type.workflow_id and wanted in (None, each.version)), None)

"""What pictures and views are made of: a definition, what an execution of it has done, and the same of sub-workflows.

Layer: engine. Reads only, and no more than ``MOST_READ`` executions and ``MOST_DRAWN_OUT`` sub-workflows for one
picture: what is beyond that stays one node. An execution is shown with the version it runs, its children with theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.definitions.model import SubWorkflow, WorkflowDefinition
from chalicelib.domain.errors import NotFound
from chalicelib.domain.execution.trail import Trail
from chalicelib.visualization.subject import Seen, Subject

MOST_OF_ONE_STEP: Final = 20
"""Children of one step that are read, the newest first."""
MOST_READ: Final = 60
MOST_DRAWN_OUT: Final = 100


class ExecutionSource(Protocol):
    """Where executions are looked at."""

    def status_with_trail(self, execution_id: str, /) -> tuple[dict[str, Any], Trail]:
        """The status, and which ways the execution has gone. Raises ``NotFound``."""


class DefinitionSource(Protocol):
    """Where definitions come from."""

    def load(self, workflow_id: str, version: str, /) -> LoadedDefinition:
        """One version, of deleted workflows too. Raises ``NotFound``."""

    def resolve(self, workflow_id: str, version: str | None = None, /) -> LoadedDefinition:
        """A version, or the default one. Raises ``NotFound``, also for a deleted workflow."""


class Visualize:
    """Gives what is to be seen."""

    def __init__(self, executions: ExecutionSource, definitions: DefinitionSource) -> None:
        self._executions = executions
        self._definitions = definitions

    def definition(self, workflow_id: str, version: str | None = None, *, depth: int = 0) -> Subject:
        """A version of a workflow, or the default one, with its sub-workflows to a depth. Raises ``NotFound``."""
        found = self._definitions.resolve(workflow_id, version).definition
        return _Reading(self._executions, self._definitions).of_definition(found, depth)

    def execution(self, execution_id: str, *, depth: int = 0) -> Subject:
        """An execution, with those that it started to a depth. Raises ``NotFound``, also if its definition is gone."""
        return _Reading(self._executions, self._definitions).of_executions([execution_id], depth)


class _Reading:
    """The reading for one picture, which counts what it reads."""

    def __init__(self, executions: ExecutionSource, definitions: DefinitionSource) -> None:
        self._executions = executions
        self._definitions = definitions
        self._reads_left = MOST_READ
        self._drawn_out_left = MOST_DRAWN_OUT

    def of_definition(self, definition: WorkflowDefinition, depth: int) -> Subject:
        """A definition without executions."""
        return Subject(definition=definition, children=self._children(definition, (), depth))

    def of_executions(self, execution_ids: Sequence[str], depth: int, unseen: int = 0) -> Subject:
        """Executions of one workflow, those of the first one's version. Raises ``NotFound`` if there is none yet."""
        seen: list[Seen] = []
        for at, execution_id in enumerate(execution_ids):
            found = self._seen(execution_id) if self._reads_left > 0 else None
            if found is None and at == len(execution_ids) - 1 and not seen:
                message = f"There is no execution {execution_id!r}."
                raise NotFound(message, code="ExecutionNotFound")
            if found is not None and (not seen or _version(found) == _version(seen[0])):
                seen.append(found)
            else:
                unseen += 1
        definition = self._definitions.load(*_version(seen[0])).definition
        children = self._children(definition, seen, depth)
        return Subject(definition=definition, seen=seen, children=children, unseen=unseen)

    def _seen(self, execution_id: str) -> Seen | None:
        """An execution; None for one that is on its way and has not begun."""
        self._reads_left -= 1
        try:
            status, trail = self._executions.status_with_trail(execution_id)
        except NotFound:
            return None
        return Seen(status=status, trail=trail)

    def _children(self, definition: WorkflowDefinition, seen: Sequence[Seen], depth: int) -> Mapping[str, Subject]:
        if depth <= 0:
            return {}
        found: dict[str, Subject] = {}
        for step in definition.steps:
            if isinstance(step.step_type, SubWorkflow) and self._drawn_out_left > 0:
                child = self._child(step.step_type, list(_started(step.id, seen)), depth - 1)
                if child is not None:
                    self._drawn_out_left -= 1
                    found[step.id] = child
        return found

    def _child(self, step_type: SubWorkflow, started: Sequence[str], depth: int) -> Subject | None:
        newest = list(reversed(started))[:MOST_OF_ONE_STEP]
        if newest and self._reads_left <= 0:
            return None
        try:
            if newest:
                return self.of_executions(newest, depth, unseen=len(started) - len(newest))
        except NotFound:
            pass  # what was started has not begun
        try:
            found = self._definitions.resolve(step_type.workflow_id, step_type.workflow_version).definition
        except NotFound:  # it need not be registered before it is started
            return None
        return self.of_definition(found, depth)


def _version(seen: Seen) -> tuple[str, str]:
    return seen.status["workflow_id"], seen.status["workflow_version"]


def _started(step_id: str, seen: Sequence[Seen]) -> Iterator[str]:
    """The executions that the runs of a step have started, each once, in the order of the runs."""
    rows: Iterator[Mapping[str, Any]] = (row for each in seen for row in each.status["steps"])
    yield from dict.fromkeys(
        row["child_execution_id"] for row in rows if row["step_id"] == step_id and "child_execution_id" in row
    )

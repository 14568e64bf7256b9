"""Following one execution, and those that it began, as they are committed. Layer: command line."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from chalicelib.domain.definitions.model import WorkflowDefinition
from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.state import State
from chalicelib.ports.executions import ExecutionStore

Load = Callable[[str, str], WorkflowDefinition]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused."""

    code: str
    message: str


class Follower:
    """Reads the commits of an execution, each once. ``load`` gives the definition of a workflow's version."""

    def __init__(self, store: ExecutionStore, execution_id: str, load: Load | None = None) -> None:
        self._store = store
        self._load = load
        self._execution_id = execution_id
        self._commits: list[Commit] = []
        self._state: State | None = None
        self._refusals: dict[str, Refusal] = {}
        self._children: dict[str, Follower] = {}

    @property
    def execution_id(self) -> str:
        """Which execution."""
        return self._execution_id

    def commits(self) -> list[Commit]:
        """All commits so far, in order."""
        for commit in self._store.read(self._execution_id, after=len(self._commits)):
            self._commits.append(commit)
            self._state = evolve_commit(self._state, commit)
            self._note_refusals(commit)
            self._note_children(commit)
        return self._commits

    def state(self) -> State:
        """The state now. Raises ``LookupError`` for an execution without a commit."""
        self.commits()
        if self._state is None:
            message = f"there is no execution {self._execution_id!r}"
            raise LookupError(message)
        return self._state

    def definition(self) -> WorkflowDefinition | None:
        """The definition that it runs; None where none can be loaded."""
        state = self.state()
        return None if self._load is None else self._load(state.workflow_id, state.workflow_version)

    def refusals(self) -> dict[str, Refusal]:
        """The requests refused so far, by their id."""
        self.commits()
        return self._refusals

    def children(self) -> list[Follower]:
        """The executions that its steps began, in that order; those that could not be started are not there."""
        self.commits()
        return [child for child in self._children.values() if child.commits()]

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, and everything that it began."""
        return self.state().is_terminal and all(child.has_ended for child in self.children())

    def _note_children(self, commit: Commit) -> None:
        for event in commit.events:
            if "child" in event.details:
                child_id = event.details["child_id"]
                self._children.setdefault(child_id, Follower(self._store, child_id, self._load))

    def _note_refusals(self, commit: Commit) -> None:
        for event in commit.events:
            if event.type == "RequestRefused":
                details = event.details
                self._refusals[details["request_id"]] = Refusal(code=details["code"], message=details["message"])

"""Following one execution as it is committed. Layer: command line."""

from __future__ import annotations

from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.state import State
from chalicelib.ports.executions import ExecutionStore


class Follower:
    """Reads the commits of an execution, each once."""

    def __init__(self, store: ExecutionStore, execution_id: str) -> None:
        self._store = store
        self._execution_id = execution_id
        self._commits: list[Commit] = []
        self._state: State | None = None

    def commits(self) -> list[Commit]:
        """All commits so far, in order."""
        for commit in self._store.read(self._execution_id, after=len(self._commits)):
            self._commits.append(commit)
            self._state = evolve_commit(self._state, commit)
        return self._commits

    def has_ended(self) -> bool:
        """Whether the execution is in a terminal state now."""
        self.commits()
        return self._state is not None and self._state.is_terminal

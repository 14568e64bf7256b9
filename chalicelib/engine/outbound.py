"""What others hear: committed events to the bus, and the ends of executions to what subscribes to them.

Layer: engine. Called by the publisher with the commits of one execution as they come. Events of the execution itself
always go to the bus; those of its steps only if its definition asks for detailed logging
(``monitoring_config.observability.detailed_logging``), for each costs money. Delivery is at least once: ``sequence``
tells events of one execution apart. A bus that refuses (it is gone, or the right to it is) is reported and holds up
nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.errors import NotFound, WeftError
from chalicelib.domain.execution import views
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.state import State
from chalicelib.domain.published import PublishedEvent
from chalicelib.engine.subscribers import Subscribers
from chalicelib.engine.subscription_index import ENDINGS
from chalicelib.ports.event_bus import EventBus, OutgoingEvent
from chalicelib.ports.executions import SummaryStore

_KNOWN: Final = 10_000
Versions = tuple[str, str]


class Outbound:
    """Tells others of commits. ``load`` gives a definition by workflow id and version, or raises ``NotFound``."""

    def __init__(
        self,
        bus: EventBus,
        subscribers: Subscribers,
        summaries: SummaryStore,
        load: Callable[[str, str], LoadedDefinition],
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._bus = bus
        self._subscribers = subscribers
        self._summaries = summaries
        self._load = load
        self._on_error = on_error
        self._versions: OrderedDict[str, Versions] = OrderedDict()

    def tell(self, execution_id: str, commits: Sequence[Commit], state: State | None) -> None:
        """Tell of commits in order. ``state`` is the execution's at or after the last, if the caller has it.

        Raises what the bus and the stores raise when trying again may help.
        """
        versions = self.versions_of(execution_id, commits, state)
        if versions is None:
            return
        detailed = self._wants_steps(*versions)
        outgoing = [
            self._outgoing(shown, event, commit, *versions)
            for commit in commits
            for event, shown in zip(commit.events, views.history_events(commit, versions[0]), strict=True)
            if detailed or _is_execution_level(event)
        ]
        if outgoing:
            self._send(execution_id, outgoing)
        if state is not None:
            self._tell_endings(commits, state)

    def _outgoing(
        self, shown: dict[str, Any], event: Event, commit: Commit, workflow_id: str, version: str
    ) -> OutgoingEvent:
        fixed = {
            "execution_id": commit.execution_id,
            "workflow_id": workflow_id,
            "workflow_version": version,
            "sequence": shown["sequence"],
            "timestamp": shown["timestamp"],
        }
        if event.run_id is not None:
            fixed |= {"step_id": event.run_id.rpartition("#")[0], "run_id": event.run_id}
        return OutgoingEvent(type=event.type, time=commit.time, detail={**shown["details"], **fixed})

    def _send(self, execution_id: str, outgoing: list[OutgoingEvent]) -> None:
        try:
            self._bus.send(outgoing)
        except WeftError as error:
            if error.retryable:
                raise
            self._on_error(execution_id, error)

    def _tell_endings(self, commits: Sequence[Commit], state: State) -> None:
        for commit in commits:
            for number, event in enumerate(commit.events, commit.first_sequence):
                if event.type in ENDINGS:
                    self._subscribers.tell_ending(_ending(commit, number, event, state), state.workflow_id)

    def _wants_steps(self, workflow_id: str, version: str) -> bool:
        try:
            monitoring = self._load(workflow_id, version).definition.monitoring_config
        except NotFound:
            return False
        return (
            monitoring is not None
            and monitoring.observability is not None
            and monitoring.observability.detailed_logging
        )

    def versions_of(self, execution_id: str, commits: Sequence[Commit], state: State | None) -> Versions | None:
        """Id and version of the workflow that an execution runs, None while its row is not there yet. Remembered."""
        found = self._versions.get(execution_id)
        if found is None:
            found = self._read_versions(execution_id, commits, state)
        if found is not None:
            self._versions[execution_id] = found
            self._versions.move_to_end(execution_id)
            while len(self._versions) > _KNOWN:
                self._versions.popitem(last=False)
        return found

    def _read_versions(self, execution_id: str, commits: Sequence[Commit], state: State | None) -> Versions | None:
        if state is not None:
            return state.workflow_id, state.workflow_version
        row = self._summaries.get(execution_id)
        return None if row is None else (row.workflow_id, row.workflow_version)


def _is_execution_level(event: Event) -> bool:
    return event.type.startswith("Workflow")


def _ending(commit: Commit, sequence: int, event: Event, state: State) -> PublishedEvent:
    """The end of an execution as an event to start by: its data is what conditions and mappings see."""
    data = {
        "execution_id": commit.execution_id,
        "workflow_id": state.workflow_id,
        "workflow_version": state.workflow_version,
        "state": state.status,
        "input": state.input,
        "output": state.output,
        "error": None if state.error is None else state.error.to_dict(),
        "tags": state.tags,
    }
    return PublishedEvent(
        event_id=f"{commit.execution_id}@{sequence}",
        name=event.type,
        data=data,
        source=f"execution:{commit.execution_id}",
        published_at=commit.time,
        lineage=state.lineage + 1,
    )

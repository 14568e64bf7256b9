"""What a workflow does to others, as activities of the engine's own: publish an event, signal, start.

Layer: engine. Each is known by an id that its step run or errand has, so an attempt that is repeated does it once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.commands import Signal
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.tasks import Task
from chalicelib.domain.published import check_lineage
from chalicelib.engine.publish_event import PublishEvent
from chalicelib.engine.start import StartExecution, StartRequest
from chalicelib.ports.event_bus import EventBus, OutgoingEvent
from chalicelib.ports.executions import ExecutionStore
from chalicelib.ports.queues import CommandMessage, CommandQueue

PUBLISH: Final = "weft.publish"
SIGNAL: Final = "weft.signal"
START: Final = "weft.start"


class Outreach:
    """The three activities; ``activities`` has them by name."""

    def __init__(
        self,
        publish: PublishEvent,
        start: StartExecution,
        store: ExecutionStore,
        commands: CommandQueue,
        bus: EventBus,
    ) -> None:
        self._publish = publish
        self._start = start
        self._store = store
        self._commands = commands
        self._bus = bus
        self.activities: Mapping[str, Callable[[Task], Any]] = {
            PUBLISH: self.publish,
            SIGNAL: self.signal,
            START: self.start,
        }

    def publish(self, task: Task) -> dict[str, Any]:
        """``{event_id, event_type, payload, correlation?, target?, lineage}``; with a target, that one is signalled.

        The event goes to who waits for it, and to the bus for others to hear. Gives ``{event_id, published_at}`` or
        ``{event_id, target}``. Raises ``LineageExceeded``, and what publishing or signalling raises.
        """
        given = task.input
        target = given.get("target")
        if target is not None:
            self._signal(task, target, given["event_id"], given["event_type"], given.get("payload"))
            return {"event_id": given["event_id"], "target": target}
        published = self._publish(
            given["event_type"],
            given.get("payload"),
            event_id=given["event_id"],
            correlation=given.get("correlation"),
            source=f"execution:{task.execution_id}",
            lineage=given.get("lineage", 0),
        )
        event = published.event
        detail = {
            "execution_id": task.execution_id,
            "workflow_id": task.workflow_id,
            "step_id": task.step_id,
            "event_id": event.event_id,
            "timestamp": timestamp(event.published_at),
            "correlation": event.correlation,
            "data": event.data,
        }
        self._bus.send([OutgoingEvent(type=event.name, time=event.published_at, detail=detail)])
        return {"event_id": event.event_id, "published_at": timestamp(event.published_at)}

    def signal(self, task: Task) -> dict[str, Any]:
        """``{target, signal_name, payload, id}``: signal the execution ``target``. Gives ``{target, signal_name}``."""
        given = task.input
        self._signal(task, given["target"], given["id"], given["signal_name"], given.get("payload"))
        return {"target": given["target"], "signal_name": given["signal_name"]}

    def start(self, task: Task) -> dict[str, Any]:
        """``{workflow_id, input, execution_id, lineage}``: start that workflow. Gives ``{execution_id, workflow_id}``.

        Raises ``LineageExceeded``, and what starting raises.
        """
        given = task.input
        check_lineage(given.get("lineage", 0))
        started = self._start(
            StartRequest(
                workflow_id=given["workflow_id"],
                input=given.get("input"),
                execution_id=given["execution_id"],
                lineage=given.get("lineage", 0),
                caller=f"execution:{task.execution_id}",
                trace_id=task.trace_id,
            )
        )
        return {"execution_id": started.execution_id, "workflow_id": started.workflow_id}

    def _signal(self, task: Task, target: Any, id: str, name: str, payload: Any) -> None:
        if not isinstance(target, str) or next(iter(self._store.read(target)), None) is None:
            raise UnknownTarget(f"there is no execution {jsonvalue.dumps(target).decode()[:200]} to be signalled")
        by = f"execution:{task.execution_id}"
        request_id = hashlib.sha256(jsonvalue.dumps([by, id])).hexdigest()[:40]
        signal = Signal(id=request_id, by=by, name=name, payload=payload)
        message = CommandMessage(execution_id=target, command=signal, trace_id=task.trace_id)
        self._commands.send(message, deduplication_id=signal.command_id)


class UnknownTarget(WeftError):
    """The execution to be signalled does not exist."""

    code = "ActivityError"

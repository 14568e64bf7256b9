"""What bootstrap puts together: the adapters that the engine runs over, and its use cases over them. Layer: engine."""

from __future__ import annotations

import msgspec

from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.advance import Advance
from chalicelib.engine.control import ControlExecution
from chalicelib.engine.definitions import Definitions
from chalicelib.engine.external_work import ExternalWork
from chalicelib.engine.human_tasks import HumanTasks
from chalicelib.engine.notices import Notices
from chalicelib.engine.overview import Overview
from chalicelib.engine.publish import Publish
from chalicelib.engine.publish_event import PublishEvent
from chalicelib.engine.queries import Queries
from chalicelib.engine.start import StartExecution
from chalicelib.engine.subscriptions import Subscriptions
from chalicelib.engine.sweep import Sweep
from chalicelib.engine.visualize import Visualize
from chalicelib.engine.wake import Wake
from chalicelib.engine.watch import Watch
from chalicelib.engine.work import Work
from chalicelib.ports.activities import ActivityRunner
from chalicelib.ports.definitions import DefinitionStore
from chalicelib.ports.entries import Entries
from chalicelib.ports.event_bus import EventBus
from chalicelib.ports.executions import ExecutionStore, SummaryStore
from chalicelib.ports.queues import (
    CommandMessage,
    CommandQueue,
    DeadLetterQueue,
    FanOutQueue,
    QueueDepths,
    TaskQueue,
    TimerStore,
    WakerMessage,
    WakeUpQueue,
)
from chalicelib.ports.system import Clock, Ids, Waiter
from chalicelib.ports.tokens import Tokens
from chalicelib.ports.viewers import Viewers
from chalicelib.settings import Settings


class Adapters(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the engine needs from outside. ``near_wakeups`` take instants that are at most 15 minutes away."""

    store: ExecutionStore
    summaries: SummaryStore
    definitions: DefinitionStore
    commands: CommandQueue
    tasks: TaskQueue
    wakeups: WakeUpQueue
    near_wakeups: WakeUpQueue
    fan_outs: FanOutQueue
    timers: TimerStore
    depths: QueueDepths
    entries: Entries
    bus: EventBus
    viewers: Viewers
    tokens: Tokens
    dead_commands: DeadLetterQueue[CommandMessage]
    dead_tasks: DeadLetterQueue[Task | WakerMessage]
    runner: ActivityRunner
    clock: Clock
    waiter: Waiter
    ids: Ids


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases, ready to be called, and the adapters under them."""

    settings: Settings
    adapters: Adapters
    definitions: Definitions
    start: StartExecution
    control: ControlExecution
    queries: Queries
    visualize: Visualize
    overview: Overview
    advance: Advance
    work: Work
    external_work: ExternalWork
    wake: Wake
    sweep: Sweep
    publish: Publish
    watch: Watch
    human_tasks: HumanTasks
    notices: Notices
    publish_event: PublishEvent
    subscriptions: Subscriptions

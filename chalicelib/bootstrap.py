"""Composition: the only place that builds adapters and puts the use cases together.

Layer: bootstrap. Building calls no AWS service; clients connect when first used. A process has one engine, made when
first asked for; tests put in their own with ``use``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib import observability
from chalicelib.activities.loading import load_activities
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.domain.execution.effects import Offer, Withdraw
from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.advance import Advance
from chalicelib.engine.announcing import Announcer
from chalicelib.engine.attempts import Attempts
from chalicelib.engine.children import Children
from chalicelib.engine.committing import Committer
from chalicelib.engine.control import ControlExecution
from chalicelib.engine.dead_letters import DeadCommandSweep, DeadTaskSweep, Deaths
from chalicelib.engine.definitions import Definitions
from chalicelib.engine.event_index import EventIndex
from chalicelib.engine.external_work import ExternalWork
from chalicelib.engine.fan_out import FanOut
from chalicelib.engine.heartbeats import Heartbeats
from chalicelib.engine.human_tasks import HumanTasks
from chalicelib.engine.inbox import Inbox
from chalicelib.engine.listening import Listening
from chalicelib.engine.live import Live
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.notices import Notices
from chalicelib.engine.outbound import Outbound
from chalicelib.engine.outreach import Outreach
from chalicelib.engine.overview import Overview, Sources
from chalicelib.engine.own_activities import OwnActivities
from chalicelib.engine.parts import Adapters, Engine
from chalicelib.engine.performing import Perform, Performer
from chalicelib.engine.programs import Programs, rules_of
from chalicelib.engine.publish import Publish
from chalicelib.engine.publish_event import PublishEvent
from chalicelib.engine.queries import Queries
from chalicelib.engine.schedules import Schedules, StartScheduled
from chalicelib.engine.start import StartExecution
from chalicelib.engine.subscribers import Subscribers
from chalicelib.engine.subscription_index import SubscriptionIndex
from chalicelib.engine.subscriptions import Subscriptions
from chalicelib.engine.sweep import ScheduleSweep, Sweep, TimerSweep
from chalicelib.engine.task_lists import TaskLists
from chalicelib.engine.triggers import Triggers
from chalicelib.engine.visualize import Visualize
from chalicelib.engine.wake import Wake
from chalicelib.engine.watch import Watch
from chalicelib.engine.watchers import Watchers
from chalicelib.engine.work import Work
from chalicelib.ports.activities import ActivityRunner
from chalicelib.ports.entries import Entries
from chalicelib.ports.notifications import PostOffice
from chalicelib.ports.queues import (
    CommandMessage,
    WakerMessage,
)
from chalicelib.ports.system import Clock, Ids, Waiter
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from chalicelib.adapters.aws import Aws

__all__ = [
    "Adapters",
    "Decoders",
    "Engine",
    "ErrorListener",
    "assemble",
    "decoders",
    "decoders_on",
    "engine",
    "in_memory",
    "log_error",
    "log_notice",
    "notices_of",
    "on_aws",
    "settings",
    "use",
    "verify_token",
]

ErrorListener = Callable[[str, Exception], None]


def assemble(
    settings: Settings, adapters: Adapters, on_error: ErrorListener | None = None, *, workers_inside: bool = False
) -> Engine:
    """Put the use cases together over ``adapters``. ``on_error`` is told of errors nobody planned for.

    ``workers_inside`` gives what is for external workers to the task queues, for the activities of this process.
    """
    report = on_error or log_error
    clock, store = adapters.clock, adapters.store
    schedules = Schedules(adapters.entries, adapters.definitions, adapters.near_wakeups, clock, settings, log_notice)
    definitions = Definitions(
        adapters.definitions,
        adapters.summaries,
        clock,
        announcer=Announcer(adapters.bus, clock, report),
        known_activities=adapters.runner.names(),
        settings=settings,
        triggers=Triggers(schedules, SubscriptionIndex(adapters.entries)),
    )
    loader = StateLoader(store, settings)
    start = StartExecution(store, loader, adapters.commands, definitions.resolve, clock, adapters.ids, settings)
    index = EventIndex(adapters.entries)
    subscribers = Subscribers(adapters.entries, definitions.resolve, start, clock, report)
    fan_out = FanOut(index, subscribers, adapters.commands, adapters.fan_outs)
    publish_event = PublishEvent(index, fan_out, clock, settings)
    outreach = Outreach(publish_event, start, store, adapters.commands, adapters.bus)
    runner = OwnActivities(adapters.runner, outreach.activities)
    children = Children(start, definitions.resolve, store, loader, adapters.commands, clock)
    task_lists = TaskLists(adapters.entries, loader)
    heartbeats = Heartbeats(adapters.entries, task_lists, clock)
    offered: dict[type, Perform] = {Offer: task_lists.offer, Withdraw: task_lists.withdraw}
    if workers_inside:
        offered[Offer] = lambda _, effect: adapters.tasks.send([effect.task])
    listening = Listening(index, adapters.commands, loader.expires_at)
    others = {**children.performed, **offered, **listening.performed}
    performer = Performer(adapters.commands, adapters.tasks, adapters.wakeups, clock, others=others)
    inbox = Inbox(adapters.entries, loader.expires_at)
    programs = Programs(definitions.load, rules_of(settings, runner))
    committer = Committer(store, loader, programs, performer, clock, heartbeats)
    attempts = Attempts(runner, clock, socket.gethostname())
    advance = Advance(committer, attempts, clock, settings.inline_budget_seconds, report)
    wake = Wake(adapters.commands, StartScheduled(schedules, start, log_notice), fan_out)
    dead_commands = DeadCommandSweep(
        adapters.dead_commands, advance, committer, Deaths(adapters.entries, clock), report
    )
    dead_tasks = DeadTaskSweep(adapters.dead_tasks, adapters.commands, wake, clock, report)
    timers = TimerSweep(adapters.timers, adapters.near_wakeups, clock)
    watchers = Watchers(adapters.entries, clock)
    live = Live(watchers, store, adapters.viewers, clock, report)
    queries = Queries(store, adapters.summaries, definitions, heartbeats)
    outbound = Outbound(adapters.bus, subscribers, adapters.summaries, definitions.load, report)
    return Engine(
        settings=settings,
        adapters=adapters,
        definitions=definitions,
        start=start,
        control=ControlExecution(
            store, loader, programs, adapters.commands, clock, adapters.waiter, adapters.ids, settings
        ),
        queries=queries,
        visualize=Visualize(queries, definitions),
        overview=Overview(
            Sources(store, adapters.summaries, adapters.timers, adapters.depths, definitions, queries), clock
        ),
        advance=advance,
        work=Work(attempts, loader, heartbeats, adapters.commands, adapters.tasks, report),
        external_work=ExternalWork(
            task_lists,
            heartbeats,
            loader,
            adapters.commands,
            clock,
            adapters.waiter,
            adapters.ids,
            lease_seconds=settings.worker_lease_seconds,
        ),
        wake=wake,
        sweep=Sweep(timers, ScheduleSweep(schedules, report), dead_commands, dead_tasks),
        human_tasks=HumanTasks(adapters.entries, inbox, loader, programs),
        notices=notices_of(settings, adapters.entries, clock),
        publish=Publish(store, adapters.summaries, loader, adapters.commands, outbound, inbox, live),
        watch=Watch(watchers, store, queries, adapters.viewers, clock, adapters.waiter),
        publish_event=publish_event,
        subscriptions=Subscriptions(adapters.entries, definitions.resolve, clock, adapters.ids),
    )


def notices_of(settings: Settings, entries: Entries, clock: Clock) -> Notices:
    """The notices kept in ``entries``."""
    return Notices(entries, clock, kept_days=settings.notice_days)


def log_error(execution_id: str, error: Exception) -> None:
    """Log an error nobody planned for, with the execution it belongs to."""
    with observability.keys(execution_id=execution_id):
        observability.logger().error("unexpected %s", type(error).__name__, exc_info=error)


def log_notice(what: str, workflow_id: str, words: str) -> None:
    """Log and count what somebody should see to who keeps a workflow; ``what`` is the metric."""
    observability.logger().warning("%s of %s: %s", what, workflow_id, words)
    observability.count(what)


def in_memory(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    runner: ActivityRunner | None = None,
    entries: Entries | None = None,
    waiter: Waiter | None = None,
    ids: Ids | None = None,
    on_error: ErrorListener | None = None,
) -> Engine:
    """An engine whose stores and queues live in this process; ``adapters`` offer their consumer sides.

    Without a ``runner``, the registered activities run, and what ``notify.send`` sends stays here.
    ``waiter`` is asked to wait while a request waits for the decider: it may be what lets the decider go on.
    """
    from chalicelib.adapters import memory
    from chalicelib.adapters.system import SystemClock, SystemIds, SystemWaiter
    from chalicelib.adapters.tokens import JwtTokens

    settings = settings or Settings(stage="local")
    clock = clock or SystemClock()
    entries = entries or memory.MemoryEntries(clock)
    if runner is None:
        notices = notices_of(settings, entries, clock)
        office = PostOffice(log=notices, board=notices, notifier=memory.MemoryNotifier(notices))
        runner = _registered(settings, clock, office)
    commands, wakeups = memory.MemoryCommandQueue(), memory.MemoryWakeUpQueue()
    dead_tasks = memory.MemoryDeadLetterQueue[Task | WakerMessage]()
    tasks = memory.MemoryTaskQueue(dead_tasks, clock=clock)
    adapters = Adapters(
        store=memory.MemoryExecutionStore(),
        summaries=memory.MemorySummaryStore(),
        definitions=memory.MemoryDefinitionStore(),
        commands=commands,
        tasks=tasks,
        wakeups=wakeups,
        near_wakeups=wakeups,
        fan_outs=memory.MemoryFanOutQueue(wakeups),
        timers=memory.MemoryTimerStore(),
        depths=memory.MemoryQueueDepths(commands, tasks, wakeups, dead_tasks, clock),
        entries=entries,
        bus=memory.MemoryEventBus(),
        viewers=memory.MemoryViewers(),
        tokens=JwtTokens(settings, clock),
        dead_commands=commands.dead_letters,
        dead_tasks=dead_tasks,
        runner=runner,
        clock=clock,
        waiter=waiter or SystemWaiter(),
        ids=ids or SystemIds(clock),
    )
    return assemble(settings, adapters, on_error)


def _registered(settings: Settings, clock: Clock, office: PostOffice) -> RegisteredActivities:
    registry = load_activities(settings.activity_modules)
    return RegisteredActivities(registry, settings, clock=clock, post_office=office)


_current: list[Engine] = []
_decoders: list[Decoders] = []


def engine() -> Engine:
    """The engine of this process, over AWS, made from the environment when first asked for."""
    if not _current:
        _current.append(on_aws(_environment(), _aws()))
    return _current[0]


@contextmanager
def use(replacement: Engine, decoders: Decoders | None = None) -> Iterator[Engine]:
    """Have ``engine()`` give ``replacement`` inside, and ``decoders()`` the given ones if any."""
    before = list(_current), list(_decoders)
    _current[:] = [replacement]
    _decoders[:] = _decoders if decoders is None else [decoders]
    try:
        yield replacement
    finally:
        _current[:], _decoders[:] = before


def settings() -> Settings:
    """The settings of this process's engine, or of the environment while there is none."""
    return _current[0].settings if _current else _environment()


def verify_token(token: str) -> Mapping[str, Any]:
    """The claims of a token, by this process's engine: see ``chalicelib.ports.tokens``."""
    return engine().adapters.tokens.claims(token)


class Decoders(msgspec.Struct, frozen=True):
    """What reads the messages and records that event sources hand in. Each raises ``WeftError`` for what is damaged."""

    command: Callable[[str], CommandMessage]
    task: Callable[[str], Task]
    wake_up: Callable[[str], WakerMessage]
    commit: Callable[[dict[str, Any]], Commit]


def decoders() -> Decoders:
    """The decoders of this process."""
    if not _decoders:
        _decoders.append(decoders_on(_environment(), _aws()))
    return _decoders[0]


def decoders_on(settings: Settings, aws: Aws) -> Decoders:
    """Decoders that fetch large contents through ``aws``."""
    from chalicelib.adapters.dynamodb import decode_commit
    from chalicelib.adapters.s3 import S3Blobs
    from chalicelib.adapters.sqs import decode_command, decode_task, decode_wake_up

    blobs = S3Blobs(aws, settings)
    return Decoders(
        partial(decode_command, blobs=blobs),
        partial(decode_task, blobs=blobs),
        partial(decode_wake_up, blobs=blobs),
        partial(decode_commit, blobs=blobs),
    )


@cache
def _environment() -> Settings:
    return Settings.from_env(os.environ)


@cache
def _aws() -> Aws:
    from chalicelib.adapters.aws import Aws

    return Aws(_environment())


def on_aws(
    settings: Settings,
    aws: Aws,
    *,
    clock: Clock | None = None,
    waiter: Waiter | None = None,
    runner: Callable[[PostOffice], ActivityRunner] | None = None,
    on_error: ErrorListener | None = None,
) -> Engine:
    """An engine over AWS, through the clients of ``aws``.

    ``runner`` makes what runs activities, the registered ones by default; clock and waiter are the machine's.
    """
    from chalicelib.adapters import dynamodb, sqs
    from chalicelib.adapters.event_bridge import EventBridgeBus
    from chalicelib.adapters.gateway_viewers import GatewayViewers
    from chalicelib.adapters.s3 import S3Blobs
    from chalicelib.adapters.system import SystemClock, SystemIds, SystemWaiter
    from chalicelib.adapters.tokens import JwtTokens
    from chalicelib.adapters.wakeups import WakeUps

    clock = clock or SystemClock()
    blobs = S3Blobs(aws, settings)
    near_wakeups = sqs.SqsWakeUpQueue(aws, settings, blobs)
    timers = dynamodb.DynamoTimerStore(aws, settings)
    entries = dynamodb.DynamoEntries(aws, settings, blobs, clock)
    notices = notices_of(settings, entries, clock)
    office = PostOffice(log=notices, board=notices)
    adapters = Adapters(
        store=dynamodb.DynamoExecutionStore(aws, settings, blobs),
        summaries=dynamodb.DynamoSummaryStore(aws, settings, blobs),
        definitions=dynamodb.DynamoDefinitionStore(aws, settings, blobs),
        commands=sqs.SqsCommandQueue(aws, settings, blobs),
        tasks=sqs.SqsTaskQueue(aws, settings, blobs),
        wakeups=WakeUps(near_wakeups, timers),
        near_wakeups=near_wakeups,
        fan_outs=sqs.SqsFanOutQueue(aws, settings, blobs),
        timers=timers,
        depths=sqs.SqsQueueDepths(aws, settings),
        entries=entries,
        bus=EventBridgeBus(aws, settings),
        viewers=GatewayViewers(aws, settings, clock),
        tokens=JwtTokens(settings, clock),
        dead_commands=sqs.command_dead_letters(aws, settings, blobs),
        dead_tasks=sqs.task_dead_letters(aws, settings, blobs),
        # Not with the engine's clients: those repeat a call that takes long, which for an activity does the work twice.
        runner=runner(office) if runner else _registered(settings, clock, office),
        clock=clock,
        waiter=waiter or SystemWaiter(),
        ids=SystemIds(clock),
    )
    return assemble(settings, adapters, on_error)

"""`weft worker`: take tasks of a list from a service and run them here. Layer: command line."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from weftctl.failures import ExitCode, UsageFailure
from weftctl.output import say
from weftctl.session import Session

if TYPE_CHECKING:
    from weftctl.worker.loop import Stopping

LONGEST_NAME = 128


def worker(
    session: Session,
    *,
    task_lists: Annotated[
        list[str], typer.Option("--task-list", metavar="L", help="The list to take tasks from. Repeatable.")
    ],
    activities: Annotated[
        list[str] | None,
        typer.Option("--activities", metavar="MODULE", help="A module with the activities to run. Repeatable."),
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, max=1000, help="Tasks at work at a time.")
    ] = 1,
    worker_id: Annotated[
        str | None, typer.Option("--worker-id", metavar="X", help="Its name in histories; else host and process.")
    ] = None,
) -> ExitCode:
    """Run the tasks of a list here, until Ctrl-C or SIGTERM. Once more gives back what is at work."""
    from chalicelib.activities.runner import RegisteredActivities
    from chalicelib.adapters.system import SystemClock
    from chalicelib.settings import Settings
    from weftctl.activities import load_activities
    from weftctl.activity_output import activities_to_stderr
    from weftctl.worker.loop import Stopping, Worker
    from weftctl.worker.tasks import TaskService

    name = worker_id or _default_name()
    if not 0 < len(name) <= LONGEST_NAME:
        raise UsageFailure(f"--worker-id: it has {len(name)} characters; 1 to {LONGEST_NAME} are taken.")
    with activities_to_stderr():
        registry = load_activities(activities or ())
        runner = RegisteredActivities(registry, Settings.from_env(os.environ), clock=SystemClock())
        service = TaskService(session.client(), name, runner.names())
        with _on_signals(Stopping()) as stopping:
            say(f"{name} takes tasks of {', '.join(task_lists)} from {session.endpoint}.")
            Worker(service, runner, task_lists, concurrency=concurrency, stopping=stopping, say=say).run()
    say(f"{name} has stopped.")
    return ExitCode.OK


def _default_name() -> str:
    import socket

    return f"{socket.gethostname()[: LONGEST_NAME - 12]}:{os.getpid()}"


@contextmanager
def _on_signals(stopping: Stopping) -> Iterator[Stopping]:
    """The first signal asks to stop, the second to hurry; what is to be done then is done at safe points only."""

    def on_signal(_number: int, _frame: object) -> None:
        (stopping.hurry if stopping.stop.is_set() else stopping.stop).set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

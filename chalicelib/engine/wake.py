"""Waking executions: a wake-up that falls due becomes a command. Layer: engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.execution.commands import WakeUp
from chalicelib.ports.queues import CommandMessage, CommandQueue, Delivery, WakeUpMessage


class Wake:
    """Turns wake-ups into commands; the decider alone knows what is due. ``start_scheduled`` is for schedules."""

    def __init__(self, commands: CommandQueue, start_scheduled: Callable[[str, datetime], None]) -> None:
        self._commands = commands
        self._start_scheduled = start_scheduled

    def handle(self, delivery: Delivery[WakeUpMessage]) -> None:
        """Send the command, or start what a schedule wants started.

        The command's id on the way is this delivery's: a wake-up armed anew for the same instant counts.
        """
        message = delivery.message
        if message.workflow_id is not None:
            self._start_scheduled(message.workflow_id, message.at)
            return
        command = CommandMessage(execution_id=message.execution_id, command=WakeUp(at=message.at))
        self._commands.send(command, deduplication_id=f"{command.command.command_id}@{delivery.delivery_id}")

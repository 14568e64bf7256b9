"""What comes from the wake-ups' queue: a wake-up becomes a command or a scheduled start, a fan-out goes on.

Layer: engine.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.execution.commands import WakeUp
from chalicelib.engine.fan_out import FanOut
from chalicelib.ports.queues import CommandMessage, CommandQueue, Delivery, FanOutMessage, WakerMessage


class Wake:
    """Turns wake-ups into commands; the decider alone knows what is due. ``start_scheduled`` is for schedules."""

    def __init__(
        self, commands: CommandQueue, start_scheduled: Callable[[str, datetime], None], fan_out: FanOut
    ) -> None:
        self._commands = commands
        self._start_scheduled = start_scheduled
        self._fan_out = fan_out

    def handle(self, delivery: Delivery[WakerMessage]) -> None:
        """Send the command, start what a schedule wants started, or go on with a fan-out.

        The command's id on the way is this delivery's: a wake-up armed anew for the same instant counts.
        """
        message = delivery.message
        if isinstance(message, FanOutMessage):
            self._fan_out.go_on(message)
            return
        if message.workflow_id is not None:
            self._start_scheduled(message.workflow_id, message.at)
            return
        command = CommandMessage(execution_id=message.execution_id, command=WakeUp(at=message.at))
        self._commands.send(command, deduplication_id=f"{command.command.command_id}@{delivery.delivery_id}")

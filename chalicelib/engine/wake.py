"""Waking executions: a wake-up that falls due becomes a command. Layer: engine."""

from __future__ import annotations

from chalicelib.domain.execution.commands import WakeUp
from chalicelib.ports.queues import CommandMessage, CommandQueue, Delivery, WakeUpMessage


class Wake:
    """Turns wake-ups into commands; the decider alone knows what is due."""

    def __init__(self, commands: CommandQueue) -> None:
        self._commands = commands

    def handle(self, delivery: Delivery[WakeUpMessage]) -> None:
        """Send the command. Its id on the way is this delivery's: a wake-up armed anew for the same instant counts."""
        message = delivery.message
        command = CommandMessage(execution_id=message.execution_id, command=WakeUp(at=message.at))
        self._commands.send(command, deduplication_id=f"{command.command.command_id}@{delivery.delivery_id}")

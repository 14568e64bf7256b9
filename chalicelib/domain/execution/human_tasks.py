"""Human tasks: how they are named outside, and what an execution keeps of an open one.

Layer: domain. A task is one run of a ``human`` step. Its id says which, so whoever has the id needs no index to find
the execution; it is no secret: who may answer is decided by groups.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

import msgspec

_SEPARATOR = "\n"


def task_id(execution_id: str, run_id: str) -> str:
    """The public id of a task: letters, digits, ``-`` and ``_``, fit for a path segment."""
    text = f"{execution_id}{_SEPARATOR}{run_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_task_id(text: str) -> tuple[str, str] | None:
    """The execution id and the run id that a task id names; None for a text that ``task_id`` did not make."""
    try:
        named = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeError):
        return None
    execution_id, separator, run_id = named.partition(_SEPARATOR)
    step_id, _, number = run_id.rpartition("#")
    if not (separator and execution_id and step_id and number.isdecimal()):
        return None
    return (execution_id, run_id) if task_id(execution_id, run_id) == text else None


class HumanTask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An open task, as the state keeps it; its form stands in the definition, under ``point_id``.

    ``user_groups`` may answer (none: anyone signed in). ``deadline`` and ``remind_at`` are aware UTC; ``reminders``
    counts those sent. ``escalated``: the deadline has passed and the task went to other groups.
    """

    point_id: str
    user_groups: tuple[str, ...] = ()
    deadline: datetime | None = None
    remind_at: datetime | None = None
    reminders: int = 0
    escalated: bool = False

    @property
    def due_at(self) -> datetime | None:
        """When time next changes something of it: its deadline or its next reminder."""
        return min((at for at in (self.deadline, self.remind_at) if at is not None), default=None)

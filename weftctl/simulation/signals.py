"""What happens to a run from outside, and when: the file behind `weft run --signals`. Layer: command line.

A list of ``{at: duration since start, …}`` with one of ``signal``, ``event``, ``human`` and ``control``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from weftctl.simulation.checking import Faults, child

Kind = Literal["signal", "event", "human", "control"]
KINDS: Final[tuple[Kind, ...]] = ("signal", "event", "human", "control")
FIELDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    # kind: (every field, required fields)
    "signal": (("name", "payload"), ("name",)),
    "event": (("type", "data", "correlation"), ("type",)),
    "human": (("step_id", "action", "data", "reason", "comments", "user", "groups"), ("step_id", "action")),
    "control": (("action", "step_id", "reason", "input", "variables"), ("action",)),
}
TEXTS: Final = ("name", "type", "correlation", "step_id", "action", "reason", "comments", "user")
CONTROLS: Final = ("pause", "resume", "cancel", "skip", "retry", "rerun", "set", "confirm")
STEP_CONTROLS: Final = frozenset({"skip", "retry", "rerun", "confirm"})


class Scripted(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: ``fields`` (as in the file) of ``kind`` happen ``at_seconds`` after the execution was started.

    ``at`` is the duration as the file has it.
    """

    at: Any
    at_seconds: float
    kind: Kind
    fields: dict[str, Any]

    @property
    def what(self) -> str:
        """What it is in a few words, for messages."""
        name = self.fields.get("name") or self.fields.get("type") or self.fields.get("action")
        step_id = self.fields.get("step_id")
        return f"{self.kind} {name}" + (f" on {step_id}" if step_id else "")


def parse_signals(document: Any, *, file: str) -> list[Scripted]:
    """The entries in ``document``, by time, those of one instant as in the file.

    Raises ``UsageFailure`` with every fault of the file.
    """
    faults = Faults(file, "signals file")
    entries: list[Scripted] = []
    if isinstance(document, list):
        read = [_entry(value, f"/{index}", faults) for index, value in enumerate(document)]
        entries = [entry for entry in read if entry is not None]
    else:
        faults.add("", "a list of entries was expected")
    faults.raise_if_any()
    return sorted(entries, key=lambda entry: entry.at_seconds)


def _entry(value: Any, pointer: str, faults: Faults) -> Scripted | None:
    if not faults.fields(value, pointer, ("at", *KINDS), required=("at",)):
        return None
    at_seconds = faults.seconds(value["at"], child(pointer, "at"))
    kind = faults.exactly_one(value, pointer, KINDS)
    if kind is None:
        return None
    _check_fields(kind, value[kind], child(pointer, kind), faults)
    return Scripted(at=value["at"], at_seconds=at_seconds, kind=kind, fields=value[kind])


def _check_fields(kind: str, fields: Any, pointer: str, faults: Faults) -> None:
    known, required = FIELDS[kind]
    if not faults.fields(fields, pointer, known, required):
        return
    for name in TEXTS:
        faults.text(fields, pointer, name)
    if kind == "human":
        _check_groups(fields, pointer, faults)
    elif kind == "control":
        _check_control(fields, pointer, faults)


def _check_groups(fields: Mapping[str, Any], pointer: str, faults: Faults) -> None:
    groups: Sequence[Any] = fields.get("groups", [])
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        faults.add(child(pointer, "groups"), "a list of names was expected")


def _check_control(fields: Mapping[str, Any], pointer: str, faults: Faults) -> None:
    action = fields["action"]
    if not isinstance(action, str):
        return  # reported already
    faults.one_of(fields, pointer, "action", CONTROLS)
    if action in STEP_CONTROLS and "step_id" not in fields:
        faults.add(pointer, f"{action} needs a step_id")
    if action == "set" and not isinstance(fields.get("variables"), dict):
        faults.add(pointer, "set needs variables, an object {name: value}")

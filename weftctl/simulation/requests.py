"""From an entry of a signals file to the request that the engine decides. Layer: command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from chalicelib.domain.execution.commands import (
    AnyRequest,
    Cancel,
    Confirm,
    Pause,
    Rerun,
    Resume,
    Retry,
    SetVariables,
    Signal,
    Skip,
    SubmitHuman,
)
from weftctl.simulation.signals import Scripted

Fields = dict[str, Any]
Builder = Callable[..., AnyRequest]


def to_request(entry: Scripted, *, id: str, by: str | None, groups: Sequence[str] | None = None) -> AnyRequest | None:
    """The request known by ``id`` that ``entry`` stands for; None for an event, which is asked of nobody in particular.

    ``by`` and ``groups`` say who asks and answers, where the entry does not; None for ``groups`` is all of them.
    """
    if entry.kind not in _KINDS:
        return None
    build, own = _KINDS[entry.kind](entry.fields)
    request = build(**{"id": id, "by": by, **own})
    if isinstance(request, SubmitHuman) and request.groups is None and groups is not None:
        return msgspec.structs.replace(request, groups=tuple(groups))
    return request


def _signal(fields: Fields) -> tuple[Builder, Fields]:
    return Signal, {"name": fields["name"], "payload": fields.get("payload")}


def _control(fields: Fields) -> tuple[Builder, Fields]:
    command, takes = _CONTROLS[fields["action"]]
    own: Fields = {"reason": fields.get("reason")}
    for name, field in takes.items():
        own[name] = fields.get(field, msgspec.UNSET)
    return command, own


def _human(fields: Fields) -> tuple[Builder, Fields]:
    own: Fields = {name: fields[name] for name in ("action", "data", "reason", "comments") if name in fields}
    if "groups" in fields:
        own["groups"] = tuple(fields["groups"])
    if "user" in fields:
        own["by"] = fields["user"]
    return SubmitHuman, {"step": fields["step_id"], **own}


_KINDS: Final[dict[str, Callable[[Fields], tuple[Builder, Fields]]]] = {
    "signal": _signal,
    "human": _human,
    "control": _control,
}
_STEP: Final = {"step": "step_id"}
_CONTROLS: Final[dict[str, tuple[Builder, dict[str, str]]]] = {
    # action: (request, {its field: field of the entry})
    "pause": (Pause, {}),
    "resume": (Resume, {}),
    "cancel": (Cancel, {}),
    "skip": (Skip, _STEP),
    "retry": (Retry, _STEP),
    "rerun": (Rerun, {**_STEP, "input": "input"}),
    "set": (SetVariables, {"variables": "variables"}),
    "confirm": (Confirm, _STEP),
}

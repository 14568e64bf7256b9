"""The body of a message, and back.

Layer: adapters. A body is JSON text, ``{"kind": "task", "v": 1, "message": {…}}``, or with ``"blob": name`` in place of
the message when that is too large to send; ``v`` is the message's form. SQS takes XML's characters only: control
characters are escaped by JSON, the two noncharacters U+FFFE and U+FFFF are escaped here.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from chalicelib.adapters.bodies import Blobs
from chalicelib.adapters.codecs import Codec, Unreadable
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import CommandMessage, FanOutMessage, WakerMessage, WakeUpMessage

T = TypeVar("T")

LARGEST_MESSAGE_BYTES: Final = 250_000
"""A message above this goes to a blob: SQS takes 256 KB, in one message or a batch of ten."""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    kind: str
    v: int
    message: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    blob: str | None = None


class Kind(msgspec.Struct, frozen=True):
    """A kind of message: its name on the wire and how it is written."""

    name: str
    codec: Codec[Any]


COMMAND: Final = Kind("command", Codec(CommandMessage))
TASK: Final = Kind("task", Codec(Task))
WAKE_UP: Final = Kind("wake-up", Codec(WakeUpMessage))
FAN_OUT: Final = Kind("fan-out", Codec(FanOutMessage))

_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)


def encode(kind: Kind, message: Any, blobs: Blobs) -> str:
    """The body of ``message``. Raises ``JsonError``, and what keeping a blob raises."""
    raw = kind.codec.encode(message).replace(b"\xef\xbf\xbe", b"\\ufffe").replace(b"\xef\xbf\xbf", b"\\uffff")
    if len(raw) > LARGEST_MESSAGE_BYTES:
        envelope = _Envelope(kind=kind.name, v=kind.codec.form, blob=blobs.put(raw))
    else:
        envelope = _Envelope(kind=kind.name, v=kind.codec.form, message=msgspec.Raw(raw))
    return msgspec.json.encode(envelope).decode()


def decode_any(body: str, kinds: tuple[Kind, ...], blobs: Blobs) -> Any:
    """The message of a body of one of ``kinds``.

    Raises ``Unreadable``, ``NotFound`` when its blob has expired, ``Unavailable``.
    """
    try:
        envelope = _ENVELOPE.decode(body)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        message = f"a message cannot be read: {error}"
        raise Unreadable(message) from error
    for kind in kinds:
        if kind.name == envelope.kind:
            return kind.codec.decode(_content(envelope, blobs), form=envelope.v)
    message = f"a message is of kind {envelope.kind!r}, which is not expected here"
    raise Unreadable(message)


def decode_command(body: str, blobs: Blobs) -> CommandMessage:
    """The command of a message body. Raises as ``decode_any``."""
    message: CommandMessage = decode_any(body, (COMMAND,), blobs)
    return message


def decode_task(body: str, blobs: Blobs) -> Task:
    """The task of a message body. Raises as ``decode_any``."""
    task: Task = decode_any(body, (TASK,), blobs)
    return task


def decode_wake_up(body: str, blobs: Blobs) -> WakerMessage:
    """The wake-up or fan-out of a message body. Raises as ``decode_any``."""
    message: WakerMessage = decode_any(body, (WAKE_UP, FAN_OUT), blobs)
    return message


def _content(envelope: _Envelope, blobs: Blobs) -> bytes | msgspec.Raw:
    if envelope.blob is not None:
        return blobs.get(envelope.blob)
    if isinstance(envelope.message, msgspec.Raw):
        return envelope.message
    message = "a message has neither content nor a blob"
    raise Unreadable(message)

"""Behind ``event_receiver``: an event that somebody put on a bus. Layer: events.

Its detail-type is the event's name, its detail the data. It counts from now: its own time is whatever its sender says.
What fails is given again by Lambda, twice; an event that nobody can ever take is reported and let go at once.
"""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap, observability
from chalicelib.domain.errors import InvalidRequest, WeftError
from chalicelib.domain.published import to_correlation

_LONGEST_NAME = 256


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish the event to the workflows that want it."""
    engine = bootstrap.engine()
    with observability.invocation(context):
        detail, source = event.get("detail"), event.get("source")
        try:
            published = engine.publish_event(
                _text_of(event, "detail-type")[:_LONGEST_NAME],
                detail,
                event_id=f"bus:{_text_of(event, 'id')}",
                correlation=to_correlation(_at(detail, engine.settings.event_correlation_path)),
                source=source if isinstance(source, str) else None,
            )
        except WeftError as error:
            if error.retryable:
                raise
            bootstrap.log_error("", error)
            return {"event_id": None}
        return {"event_id": published.event.event_id}


def _text_of(event: dict[str, Any], name: str) -> str:
    found = event.get(name)
    if not isinstance(found, str):
        message = f"An event on the bus has a text as its {name}"
        raise InvalidRequest(message)
    return found


def _at(value: Any, path: str) -> Any:
    """What stands at ``path`` in nested objects, or None."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value

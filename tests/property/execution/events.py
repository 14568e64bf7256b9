"""Random events, the handlers that hear them, and what must hold of both in a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from chalicelib.domain.execution.commands import DeliverEvent
from chalicelib.domain.execution.events import Event

NAMES = ["x", "y"]
CORRELATIONS: list[str | None] = [None, "1", "2"]


@st.composite
def awaited(draw: st.DrawFn) -> dict[str, Any]:
    """What a wait step waits for: a name, with or without a correlation, now and then one without a value."""
    correlation = draw(st.sampled_from([{}, {}, {"correlation": "1"}, {"correlation": "$.input.text & $.input.none"}]))
    return {"event_name": draw(st.sampled_from(NAMES)), **correlation}


@st.composite
def event_steps(draw: st.DrawFn, step_id: str, later: list[str]) -> dict[str, Any]:
    """A step that publishes."""
    fields: dict[str, Any] = draw(
        st.sampled_from([{}, {"payload": {"n": "$.context.n"}}, {"target": "other"}, {"correlation": "$.context.n"}])
    )
    return {"id": step_id, "step_type": {"type": "event", "event_type": "x", **fields}}


@st.composite
def handlers(draw: st.DrawFn, step_ids: list[str]) -> list[dict[str, Any]]:
    """Event handlers of every type; ``step_ids`` are steps outside of all regions."""
    step = {"step_id": draw(st.sampled_from(step_ids))}
    actions: list[dict[str, Any]] = [
        {"type": "goto_step", **step},
        {"type": "execute_activity", "activity_type": "t"},
        {"type": "set_variable", "variable_mapping": {"n": "$.event.n"}},
        {"type": "start_workflow", "workflow_id": "child"},
        {"type": "cancel_workflow"},
        {"type": "pause_workflow"},
        {"type": "resume_workflow"},
        {"type": "skip_step", **step},
        {"type": "retry_step", **step},
        {"type": "send_signal", "target": "$.event.to", "signal_name": "x"},
        {"type": "send_notification", "notification": {"channels": [{"type": "in_app", "user_groups": ["g"]}]}},
        {"type": "execute_script", "script": "{'n': $.event.n + 1}"},
    ]
    made = []
    for number, action in enumerate(draw(st.lists(st.sampled_from(actions), max_size=4))):
        fields: dict[str, Any] = draw(st.sampled_from([{}, {}, {"correlation": "'1'"}, {"condition": "$.event.n > 1"}]))
        priority: dict[str, Any] = draw(st.sampled_from([{}, {"priority": "highest"}, {"priority": "lowest"}]))
        name = draw(st.sampled_from(NAMES))
        made.append({"id": f"h{number}", "event_name": name, "handler_type": action, **fields, **priority})
    return made


@st.composite
def published(draw: st.DrawFn, number: int, at: datetime) -> DeliverEvent:
    """An event; some are published under an id that another had before."""
    return DeliverEvent(
        event_id=f"e{draw(st.sampled_from([number, number, max(number - 1, 0)]))}",
        name=draw(st.sampled_from(NAMES)),
        data=draw(st.sampled_from([{"n": 1}, {"n": 2, "to": "other"}, None])),
        correlation=draw(st.sampled_from(CORRELATIONS)),
        lineage=draw(st.sampled_from([0, 10, 11])),
        published_at=at,
    )


def check_events(events: Iterable[Event]) -> None:
    """Of one event: a handler acts once, steps take it once, and nobody takes it later."""
    received = [event.details for event in events if event.type == "ExternalEventReceived"]
    acted = Counter((each["event_id"], each["handler_id"]) for each in received if "handler_id" in each)
    taken = Counter(each["event_id"] for each in received if "taken_by" in each)
    assert set(acted.values()) <= {1}
    assert set(taken.values()) <= {1}
    errands = Counter(errand["id"] for each in received for errand in each.get("errands", ()))
    assert set(errands.values()) <= {1}

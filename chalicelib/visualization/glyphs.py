"""Small drawings for the types and the states of steps, so that nothing is said by colour alone.

Layer: visualization. Paths of our own in a square of 24, drawn as lines.
"""

from __future__ import annotations

from typing import Final

from chalicelib.visualization.markup import Markup, element

_DISC: Final = "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18"
_CLOCK: Final = f"{_DISC}M12 7v5l3.5 2"
_PERSON: Final = "M12 4a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6M4.5 20c.6-4 3.6-6 7.5-6s6.9 2 7.5 6"
_WAVES: Final = (
    "M12 12v.2M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.5 18.5a9.2 9.2 0 0 1 0-13M18.5 5.5a9.2 9.2 0 0 1 0 13"
)

_TYPES: Final = {
    "start": f"{_DISC}M10 8.3v7.4l6-3.7z",
    "end": f"{_DISC}M9 9h6v6h-6z",
    "activity": "M13.5 3L5 13.5h6L10 21l9-11h-6.3z",
    "decision": "M12 2.5l9.5 9.5l-9.5 9.5l-9.5-9.5zM9.7 9.8c0-3.2 4.7-3.1 4.6-.2c0 1.9-2.3 1.9-2.3 3.7M12 16v.4",
    "parallel": "M12 3v4M5 21v-8c0-4 7-2 7-6c0 4 7 2 7 6v8M12 8v13",
    "map": "M4 9h11v11h-11zM8 9v-4h12v12h-5",
    "wait": "M6 3h12M6 21h12M7.5 3c0 5 9 8 9 18M16.5 3c0 5-9 8-9 18",
    "timer": _CLOCK,
    "human": _PERSON,
    "sub_workflow": "M9 3h6v5h-6zM3 16h6v5h-6zM15 16h6v5h-6zM12 8v4M6 16v-4h12v4",
    "event": _WAVES,
    "event_handler": "M6 17v-6.5a6 6 0 0 1 12 0V17l1.5 2h-15zM10 21.5h4",
    "data_mapping": "M4 8h14l-3.5-3.5M20 16H6l3.5 3.5",
    "script": "M8.5 7L3.5 12l5 5M15.5 7l5 5l-5 5M13.5 5l-3 14",
}
_OTHER_TYPE: Final = "M5 5h14v14h-14z"

_STATES: Final = {
    "not_started": _DISC,
    "pending": f"{_DISC}M8 12v.1M12 12v.1M16 12v.1",
    "scheduled": f"{_DISC}M8 12v.1M12 12v.1M16 12v.1",
    "running": f"{_DISC}M10 8.3v7.4l6-3.7z",
    "waiting_for_event": _WAVES,
    "waiting_for_timer": _CLOCK,
    "waiting_for_human_intervention": _PERSON,
    "waiting_for_confirmation": f"{_DISC}M9.5 9.5c0-3.3 5-3.2 4.9-.2c0 2-2.4 2-2.4 3.9M12 16.3v.3",
    "paused": f"{_DISC}M10 8.5v7M14 8.5v7",
    "completed": f"{_DISC}M7.8 12.4l2.9 2.9l5.5-6",
    "partially_failed": "M12 3.5L21.5 20h-19zM12 10v4.5M12 17.3v.2",
    "skipped": "M5 6l6 6l-6 6M13 6l6 6l-6 6",
    "failed": f"{_DISC}M8.7 8.7l6.6 6.6M15.3 8.7l-6.6 6.6",
    "canceled": f"{_DISC}M5.7 5.7l12.6 12.6",
    "timed_out": _CLOCK,
}


def type_icon(type: str, left: float, top: float, size: float, color: str) -> Markup:
    """The drawing of a type of step."""
    return _drawn(_TYPES.get(type, _OTHER_TYPE), left, top, size, color)


def state_icon(state: str, left: float, top: float, size: float, color: str) -> Markup:
    """The drawing of a state; one that is not known looks like one that has not started."""
    return _drawn(_STATES.get(state, _DISC), left, top, size, color)


def _drawn(path: str, left: float, top: float, size: float, color: str) -> Markup:
    scale = size / 24
    return element(
        "path",
        d=path,
        transform=f"translate({left:g} {top:g}) scale({scale:g})",
        fill="none",
        stroke=color,
        stroke_width=1.8 / max(scale, 0.6) * 0.8,
        stroke_linecap="round",
        stroke_linejoin="round",
    )

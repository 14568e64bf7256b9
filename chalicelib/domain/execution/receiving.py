"""Receiving signals and events: who takes them, and what is kept for later.

Layer: domain. Works on a ``Draft``. What arrives goes first to the event handlers that hear it, in order of priority,
then to the steps that waited for it before: an event to all of them, a signal to the one that has waited longest. A
signal that nobody took is kept for the next step that waits for its name. An event is not: whoever begins to wait asks
for what was published before, so what nobody wants leaves no trace. While the execution is paused what somebody wants
is kept, in order of arrival, and decided at the resume; only a handler that resumes acts at once.
"""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.execution import flow, reactions
from chalicelib.domain.execution.arrivals import Arrival
from chalicelib.domain.execution.arrivals_fold import asked_id, taken_id
from chalicelib.domain.execution.commands import DeliverEvent, Signal
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.listening import to_listening
from chalicelib.domain.execution.reception import Reception
from chalicelib.domain.execution.refusals import Refused
from chalicelib.domain.execution.remembered import is_remembered

Ask = Callable[..., None]
"""Carries out a request as if somebody had made it: ``ask(draft, request, **details of its refusal)``."""


def deliver(draft: Draft, command: DeliverEvent, ask: Ask) -> None:
    """An event has come. One that came before, or that nobody here wants, changes nothing."""
    state = draft.state
    arrival = Arrival(
        kind="event",
        id=command.event_id,
        name=command.name,
        data=command.data,
        correlation=command.correlation,
        source=command.source,
        published_at=command.published_at,
        lineage=command.lineage,
        asked=is_remembered(state, asked_id(command.event_id)),
    )
    if _is_kept(draft, arrival):
        return
    if not state.is_paused and not state.arrivals:
        _decide(draft, Reception(draft, arrival), ask)
    elif (_wanted_by_handlers(draft, arrival) and not arrival.asked) or _waiting(draft, arrival):
        try:
            _keep(draft, arrival, ask)
        except Refused as refused:
            draft.emit(
                "RequestRefused",
                request="DeliverEvent",
                request_id=command.event_id,
                code=refused.code,
                message=str(refused),
            )


def take_signal(draft: Draft, request: Signal, ask: Ask) -> None:
    """A signal has come. Raises ``Refused`` when it would have to be kept and too many are."""
    arrival = Arrival(kind="signal", id=request.id, name=request.name, data=request.payload, by=request.by)
    reception = Reception(draft, arrival)
    if _wanted_by_handlers(draft, arrival) and (draft.state.is_paused or draft.state.arrivals):
        _keep(draft, arrival, ask)
    elif draft.state.is_paused:
        _must_have_room(draft)
        reception.record(kept=True)
    else:
        _decide(draft, reception, ask)


def drain(draft: Draft, ask: Ask) -> None:
    """Decide what was kept until now, in order of arrival, as far as one commit should take it."""
    while draft.state.arrivals and not draft.is_full and not draft.state.is_terminal:
        _decide(draft, Reception(draft, draft.state.arrivals[0], was_kept=True), ask)


def deliver_kept_signals(draft: Draft) -> None:
    """Give kept signals to the runs that wait for them, in order of waiting."""
    for run in list(draft.state.runs.values()):
        kept = draft.state.signals.get(run.event_name or "")
        if kept and run.run_id in draft.state.runs and not draft.state.is_terminal:
            flow.complete_run(draft, run.run_id, kept[0], took_signal=run.event_name)
            flow.proceed(draft)


def _decide(draft: Draft, reception: Reception, ask: Ask) -> None:
    arrival = reception.arrival
    waiting = _waiting(draft, arrival)
    handled = not arrival.asked and not draft.state.is_ending and reactions.react(draft, reception, ask)
    takers = [run_id for run_id in waiting if run_id in draft.state.runs and not draft.state.is_terminal]
    if arrival.kind == "signal":
        takers = takers[:1]
    if takers:
        if arrival.kind == "event":
            reception.record(taken_by=takers)
        elif not reception.is_recorded:
            reception.record()
        _complete(draft, takers, arrival)
    elif arrival.kind == "signal" and not handled:
        if not reception.was_kept:
            _must_have_room(draft)
        reception.record(kept=True)
    elif not reception.is_recorded and (reception.was_kept or _is_asked_again(draft, arrival)):
        reception.record(ignored=True)


def _complete(draft: Draft, run_ids: list[str], arrival: Arrival) -> None:
    for run_id in run_ids:
        if run_id in draft.state.runs and not draft.state.is_terminal:
            flow.complete_run(draft, run_id, arrival.data)
    flow.proceed(draft)


def _keep(draft: Draft, arrival: Arrival, ask: Ask) -> None:
    """Keep it until the resume, or until what came before it is decided."""
    _must_have_room(draft)
    reception = Reception(draft, arrival)
    is_event = arrival.kind == "event"
    reception.record(kept=True, until_resume=not is_event or None, asked=arrival.asked or None)
    if draft.state.is_paused and not arrival.asked:
        reactions.resume(draft, reception, ask)


def _waiting(draft: Draft, arrival: Arrival) -> list[str]:
    """The runs that wait for it, those first that have waited longest; none if others took the event before."""
    if arrival.kind == "event" and is_remembered(draft.state, taken_id(arrival.id)):
        return []
    wanted = ((run.run_id, to_listening(run)) for run in draft.state.runs.values())
    return [run_id for run_id, listening in wanted if listening is not None and listening.hears(arrival)]


def _wanted_by_handlers(draft: Draft, arrival: Arrival) -> bool:
    return any(listening.hears(arrival) for listening in draft.state.listens.values())


def _is_asked_again(draft: Draft, arrival: Arrival) -> bool:
    """Whether the event may come again, for a step that begins to wait: its handlers are not asked anew then."""
    wanted = arrival.kind == "event" and not arrival.asked and _wanted_by_handlers(draft, arrival)
    return wanted and arrival.name in draft.program.graph.awaited_events


def _is_kept(draft: Draft, arrival: Arrival) -> bool:
    return any(each.kind == arrival.kind and each.id == arrival.id for each in draft.state.arrivals)


def _must_have_room(draft: Draft) -> None:
    most = draft.program.rules.max_kept_signals
    kept = sum(len(payloads) for payloads in draft.state.signals.values()) + len(draft.state.arrivals)
    if kept >= most:
        raise Refused("LimitExceeded", f"{kept} signals are kept already, the most there may be (max_kept_signals)")

"""Event handlers: what an execution does about a signal or an event while it runs.

Layer: domain. Works on a ``Draft``. Handlers act in order of priority, those of the same priority in the order of the
document, each seeing what those before it have changed. One that cancels does so last: those after it that do something
outside still do it, the others do nothing. What a handler cannot do is recorded as ``RequestRefused`` with its id, and
stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from chalicelib.domain.definitions.model import EventHandler
from chalicelib.domain.execution import errands, failure, regions
from chalicelib.domain.execution.arrivals import Listening, correlation_text
from chalicelib.domain.execution.commands import Cancel, Pause, Request, Resume, Retry, Skip
from chalicelib.domain.execution.draft import Draft, Origin
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.reception import Reception
from chalicelib.domain.execution.refusals import Refused
from chalicelib.domain.expressions import ExpressionFailure

Ask = Callable[..., None]


def listens(draft: Draft) -> dict[str, Any] | None:
    """What the handlers listen for, to be recorded when the execution starts: ``{handler id: {event_name, …}}``.

    Raises ``ExpressionFailure`` for a correlation without a value: no event could be told to be the one.
    """
    handlers = draft.program.graph.event_handlers
    if not handlers:
        return None
    context = draft.context()
    found = {handler.id: _listening(draft, handler, context) for handler in handlers}
    return {handler_id: msgspec.to_builtins(each) for handler_id, each in found.items()} or None


def correlation(draft: Draft, text: str | None, context: dict[str, Any]) -> str | None:
    """The value of a correlation as text. Raises ``ExpressionFailure`` for one that has none."""
    if text is None:
        return None
    value = draft.evaluate(text, context)
    if value is None:
        raise ExpressionFailure(text, "the correlation has no value, so no event could be the one that is meant")
    return correlation_text(value)


def react(draft: Draft, reception: Reception, ask: Ask) -> bool:
    """Let every handler act that hears it and whose condition holds; gives whether any did."""
    turn = _Turn(draft, reception, ask)
    for handler in turn.hearing():
        if not (reception.was_kept and handler.handler_type.type == "resume_workflow"):
            turn.act(handler)
    turn.end()
    return turn.acted


def resume(draft: Draft, reception: Reception, ask: Ask) -> None:
    """Let the handlers act that resume a paused execution; it goes on with what was kept, this one included."""
    turn = _Turn(draft, reception, ask)
    for handler in turn.hearing():
        if handler.handler_type.type == "resume_workflow" and draft.state.is_paused:
            turn.act(handler)


class _Turn:
    """The handlers' turn at one arrival."""

    def __init__(self, draft: Draft, reception: Reception, ask: Ask) -> None:
        self.acted = False
        self._draft = draft
        self._reception = reception
        self._ask = ask
        self._cancels: EventHandler | None = None
        self._led_to: str | None = None
        self._actions: Final[dict[str, Callable[[EventHandler, dict[str, Any]], None]]] = {
            "goto_step": self._go_to,
            "set_variable": self._set_variables,
            "execute_script": self._run_script,
            "cancel_workflow": self._cancel,
            "pause_workflow": self._pause,
            "resume_workflow": self._resume,
            "skip_step": self._skip,
            "retry_step": self._retry,
        }

    def hearing(self) -> Iterator[EventHandler]:
        """The handlers that hear it, in their order."""
        for handler in self._draft.program.graph.event_handlers:
            listening = self._draft.state.listens.get(handler.id)
            if listening is not None and listening.hears(self._reception.arrival):
                yield handler

    def act(self, handler: EventHandler) -> None:
        """Let one handler act, if its condition holds and it still may."""
        outside = handler.handler_type.type in errands.MAKERS
        state = self._draft.state
        if state.is_terminal or state.is_ending or (self._cancels is not None and not outside):
            return
        self._draft.origin = Origin(None, None)
        context = self._draft.context(event=self._reception.arrival.data)
        mark = self._draft.mark()
        try:
            if handler.condition is not None and not self._draft.holds(handler.condition, context):
                return
            self.acted = True
            self._actions.get(handler.handler_type.type, self._do_outside)(handler, context)
        except (ExpressionFailure, Refused) as error:
            self._draft.rollback(mark)
            self._refuse(handler, error)

    def end(self) -> None:
        """What is to be the last of it: a handler that cancels."""
        if self._cancels is not None:
            self._ask_for(self._cancels, Cancel, reason=self._cancels.handler_type.reason or self._what)

    def _refuse(self, handler: EventHandler, error: ExpressionFailure | Refused) -> None:
        self.acted = True
        self._record(handler)
        self._draft.emit(
            "RequestRefused",
            request=handler.handler_type.type,
            request_id=self._request_id(handler),
            handler_id=handler.id,
            code=error.code if isinstance(error, Refused) else "ExpressionError",
            message=str(error) if isinstance(error, Refused) else error.message,
        )

    def _record(self, handler: EventHandler, **details: Any) -> None:
        self._reception.record(handler_id=handler.id, action=handler.handler_type.type, **details)

    def _do_outside(self, handler: EventHandler, context: dict[str, Any]) -> None:
        errand = errands.of_handler(self._draft, handler, self._reception.arrival, context)
        self._record(handler, errands=[errand])

    def _go_to(self, handler: EventHandler, context: dict[str, Any]) -> None:
        step_id = str(handler.handler_type.step_id)
        if self._led_to is not None:
            raise Refused("InvalidState", f"the same event has led to step {self._led_to!r} already")
        self._led_to = step_id
        self._record(handler, to=step_id)
        reason = f"event handler {handler.id!r} goes on at step {step_id!r}"
        for run_id in list(self._draft.state.runs):
            if run_id in self._draft.state.runs:
                regions.cancel_regions_of(self._draft, run_id, reason)
                self._draft.emit("StepCanceled", run_id, reason=reason)
        self._draft.ready.clear()
        self._draft.ready.append((step_id, Origin(None, None)))

    def _set_variables(self, handler: EventHandler, context: dict[str, Any]) -> None:
        mapping = self._draft.program.mapping(handler.handler_type.variable_mapping)
        self._write(handler, self._draft.map(mapping, context) or {})

    def _run_script(self, handler: EventHandler, context: dict[str, Any]) -> None:
        script = str(handler.handler_type.script)
        value = self._draft.evaluate(script, context)
        if value is not None and not isinstance(value, dict):
            raise ExpressionFailure(script, "a handler's script gives an object to merge into the variables")
        self._write(handler, value or {})

    def _write(self, handler: EventHandler, variables: dict[str, Any]) -> None:
        self._record(handler)
        writes = {
            name if name.startswith("$.context.") else f"$.context.{name}": value for name, value in variables.items()
        }
        if writes:
            self._draft.emit("VariableSet", writes=writes, handler_id=handler.id)

    def _cancel(self, handler: EventHandler, context: dict[str, Any]) -> None:
        self._record(handler)
        self._cancels = handler

    def _pause(self, handler: EventHandler, context: dict[str, Any]) -> None:
        self._record(handler)
        self._ask_for(handler, Pause)

    def _resume(self, handler: EventHandler, context: dict[str, Any]) -> None:
        self._record(handler)
        self._ask_for(handler, Resume)

    def _skip(self, handler: EventHandler, context: dict[str, Any]) -> None:
        self._record(handler)
        self._ask_for(handler, Skip, step=handler.handler_type.step_id)

    def _retry(self, handler: EventHandler, context: dict[str, Any]) -> None:
        self._record(handler)
        self._ask_for(handler, Retry, step=handler.handler_type.step_id)

    def _ask_for(self, handler: EventHandler, kind: Callable[..., Request], **fields: Any) -> None:
        """Do it as if somebody had asked for it; a refusal names the handler."""
        fields.setdefault("reason", self._what)
        request = kind(id=self._request_id(handler), by=f"handler:{handler.id}", **fields)
        self._ask(self._draft, request, handler_id=handler.id)

    def _request_id(self, handler: EventHandler) -> str:
        return f"{self._reception.arrival.id}/{handler.id}"

    @property
    def _what(self) -> str:
        return f"{self._reception.arrival.kind} {self._reception.arrival.name!r}"


def _listening(draft: Draft, handler: EventHandler, context: dict[str, Any]) -> Listening:
    return Listening(handler.event_name, correlation(draft, handler.correlation, context))


def cannot_listen(error: ExpressionFailure) -> ErrorInfo:
    """Why an execution fails whose handlers cannot tell which events they are to hear."""
    found = failure.expression_error(error)
    return msgspec.structs.replace(found, message=f"event handlers cannot listen: {found.message}")

"""Event handlers: what they may do to the steps that they name, and what they know.

Layer: domain. Whether a step exists, and which borders a ``goto_step`` may not cross, is checked with the graph.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.findings import brief, error, warning
from chalicelib.domain.errors import Finding
from chalicelib.domain.expressions import ExpressionSyntaxError, compile_expression


def check_handlers(subject: Subject) -> Iterator[Finding]:
    """Everything about handlers that is more than their shape."""
    for index, handler in enumerate(subject.definition.event_handlers):
        pointer = f"/event_handlers/{index}"
        step = subject.edges.steps.get(handler.handler_type.step_id or "")
        if step is not None:
            yield from _step(handler.handler_type, step, f"{pointer}/handler_type/step_id")
        if handler.timeout is not None and handler.handler_type.type != "execute_activity":
            message = f"A handler that does {handler.handler_type.type} takes no time: its timeout means nothing"
            yield warning("NotActedOn", f"{pointer}/timeout", message, "It bounds the activity of execute_activity.")
        if handler.correlation is not None and _reads_event(handler.correlation):
            message = f"{brief(handler.correlation)} reads $.event, but is evaluated when the execution starts"
            hint = "Say here what the event's correlation is to be; compare the event's data in the condition."
            yield error("NotAllowedHere", f"{pointer}/correlation", message, hint)


def _step(action: model.HandlerType, step: model.Step, pointer: str) -> Iterator[Finding]:
    if action.type == "goto_step" and isinstance(step.step_type, model.Start):
        yield error("TransitionIntoStart", pointer, f"Nothing leads into the start step {step.id!r}")
    elif action.type == "skip_step" and not step.skippable:
        message = f"The step {step.id!r} is not skippable, so skipping it will be refused"
        yield warning("NotSkippable", pointer, message, "Set skippable: true on the step.")


def _reads_event(text: str) -> bool:
    try:
        return "event" in compile_expression(text).roots
    except ExpressionSyntaxError:
        return False  # reported with all expressions

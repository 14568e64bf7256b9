"""A definition made ready to run: its graph, its compiled mappings, and the rules of the engine around it.

Layer: domain. Built once per definition version and kept by the caller; holds no state of any execution.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from chalicelib.domain.calendars import Calendars
from chalicelib.domain.definitions.graph import Graph
from chalicelib.domain.definitions.model import (
    Activity,
    End,
    HumanInterventionPoint,
    RetryPolicy,
    Start,
    Step,
    Transition,
    WorkflowDefinition,
)
from chalicelib.domain.execution.remembering import EVERYTHING, read_by
from chalicelib.domain.expressions import CompiledMapping, compile_expression, compile_mapping

if TYPE_CHECKING:
    from chalicelib.domain.execution.draft import Draft
    from chalicelib.domain.execution.state import StepRun


class ActivityTraits(msgspec.Struct, frozen=True, kw_only=True):
    """What the registration of an activity says: whether it runs in the decider, and its own retry policy."""

    inline: bool = False
    retry: RetryPolicy | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say. Timeouts are seconds; ``steps_per_commit`` bounds the size of one commit.

    ``max_depth`` is how many executions may be around another.
    ``max_age`` is how old an execution may get, in seconds from its creation: what is stored of it is kept no longer.
    ``compensation_timeout`` bounds the attempts that an ending execution waits for and that have no timeout.
    """

    default_retry: RetryPolicy = RetryPolicy(max_attempts=1)
    default_step_timeout: float | None = None
    default_workflow_timeout: float | None = None
    max_age: float | None = None
    max_active_paths: int = 1_000
    max_step_runs: int = 100_000
    max_losses: int = 3
    max_kept_signals: int = 10_000
    max_depth: int = 25
    max_open_items: int = 200
    compensation_timeout: float = 3_600.0
    steps_per_commit: int = 100
    bytes_per_commit: int = 200_000
    activities: Mapping[str, ActivityTraits] = {}
    calendars: Calendars = {}


class StepHandler(Protocol):
    """One type of step. ``name`` is its tag in the definition language."""

    @property
    def name(self) -> str:
        """The tag, such as ``activity``."""

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Begin a run. ``recorded`` is ``{"input": …}`` if the step maps its input, to be kept in the first event;
        ``context`` is what the step's expressions see. May raise ``ExpressionFailure`` once the run is recorded.
        """

    def due(self, draft: Draft, run: StepRun) -> None:
        """``run.due_at`` has come."""

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """A region that ``owner`` opened has ended; its outcome stands in ``owner``'s results or failures."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """``run.timeout_at`` has come."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a step before it runs.

    ``mapping`` is of its input, ``reads`` the roots that its expressions read as it begins (None: any);
    ``output_mapping`` is ``{field: target path}`` of its result. ``kept`` says that its values stay in the hot state,
    ``compensable`` what is kept of it for its compensation (None: it has none). ``attempt`` is what an activity's
    first attempt says of it in its event, whenever it is scheduled. ``transitions`` are those of a good end,
    ``evaluates`` that one of them is or has an expression.
    """

    step: Step
    handler: StepHandler
    mapping: CompiledMapping | None
    reads: frozenset[str] | None
    output_mapping: dict[str, str] | None
    kept: bool
    is_end: bool
    inline: bool
    timeout_seconds: float | None
    compensable: list[str] | None
    attempt: dict[str, Any]
    transitions: tuple[Transition, ...]
    evaluates: bool


class Program:
    """A definition, the handlers of its step types, and the rules it runs under."""

    def __init__(self, graph: Graph, rules: Rules, handlers: Mapping[type, StepHandler]) -> None:
        self.graph = graph
        self.rules = rules
        self._handlers = handlers
        self._mappings: dict[int, tuple[Any, CompiledMapping]] = {}
        self._plans: dict[str, Plan] = {}

    @property
    def definition(self) -> WorkflowDefinition:
        """The definition as registered."""
        return self.graph.definition

    def handler_of(self, step: Step) -> StepHandler:
        """What runs this step. Raises ``KeyError`` for a type that registration should have refused."""
        return self._handlers[type(step.step_type)]

    def mapping(self, mapping: Any) -> CompiledMapping:
        """``mapping`` compiled; the document's own objects are compiled once."""
        known = self._mappings.get(id(mapping))
        if known is None:
            known = self._mappings[id(mapping)] = (mapping, compile_mapping(mapping))
        return known[1]

    def point_of(self, step_id: str) -> HumanInterventionPoint:
        """The intervention point of a human step. Raises ``KeyError`` for any other."""
        found = self.graph.intervention_point(step_id)
        if found is None:
            raise KeyError(step_id)
        return found

    def keeps(self, step_id: str) -> bool:
        """Whether some expression reads ``$.steps.<step_id>``: only then do its values stay in the hot state."""
        referenced = self.graph.referenced_step_ids
        return referenced is None or step_id in referenced

    def plan(self, step_id: str) -> Plan:
        """What is known of a step, worked out once. Raises ``KeyError`` as ``graph.step`` and ``handler_of`` do."""
        known = self._plans.get(step_id)
        if known is None:
            known = self._plans[step_id] = self._planned(self.graph.step(step_id))
        return known

    def _planned(self, step: Step) -> Plan:
        mapping, is_end = getattr(step.step_type, "input_mapping", None), isinstance(step.step_type, End)
        compiled = None if mapping is None else self.mapping(mapping)
        transitions = tuple(transition for _, transition in self.graph.outgoing(step.id))
        return Plan(
            step=step,
            handler=self.handler_of(step),
            mapping=compiled,
            reads=_roots(step, compiled),
            output_mapping=None if is_end else getattr(step.step_type, "output_mapping", None),
            kept=self.keeps(step.id),
            is_end=is_end,
            inline=self.is_inline(step),
            timeout_seconds=self.timeout_seconds(step),
            compensable=self._compensable(step),
            attempt=_first_attempt(step, inline=self.is_inline(step)),
            transitions=transitions,
            evaluates=any(each.condition or each.before_transition or each.after_transition for each in transitions),
        )

    def _compensable(self, step: Step) -> list[str] | None:
        """What is kept of the finished runs of a step for their compensation; None for a step that has none."""
        if step.compensation_step_id is None:
            return None
        target = self.graph.step(step.compensation_step_id)
        opens = bool(self.graph.regions(target.id))
        return list(EVERYTHING) if opens else read_by(target, self.retry_policy(target))

    def retry_policy(self, step: Step) -> RetryPolicy:
        """The step type's policy, else the step's, the definition's, the error policy's, the activity's, the setting.

        An error policy of type ``retry`` counts only where none of the definition's policies is set.
        """
        error_policy = step.error_policy or self.definition.default_error_policy
        candidates = (
            getattr(step.step_type, "retry_policy", None),
            step.retry_policy,
            self.definition.retry_policy,
            error_policy.retry if error_policy is not None and error_policy.type == "retry" else None,
            self._traits(step).retry,
        )
        return next((policy for policy in candidates if policy is not None), self.rules.default_retry)

    def is_inline(self, step: Step) -> bool:
        """Whether an activity runs inside the decider: its step says so, else the definition, else the activity."""
        if not isinstance(step.step_type, Activity) or step.step_type.task_list is not None:
            return False
        if step.step_type.inline is not None:
            return step.step_type.inline
        return self.definition.execution_mode == "inline" or self._traits(step).inline

    @property
    def workflow_timeout_seconds(self) -> float | None:
        """How long an execution may take, from its start or its revival."""
        own = self.definition.timeout
        return own if own is not None else self.rules.default_workflow_timeout

    def timeout_seconds(self, step: Step) -> float | None:
        """How long one attempt may take; a timeout inside the step type wins over the step's."""
        inner = getattr(step.step_type, "timeout", None)
        chosen = inner if inner is not None else step.timeout
        return chosen if chosen is not None else self.rules.default_step_timeout

    def _traits(self, step: Step) -> ActivityTraits:
        return self.rules.activities.get(getattr(step.step_type, "activity_type", ""), _NO_TRAITS)


def _roots(step: Step, mapping: CompiledMapping | None) -> frozenset[str] | None:
    """What the beginning of a step reads; None for types whose handlers have expressions of their own."""
    if not isinstance(step.step_type, Start | End | Activity):
        return None
    conditions = (compile_expression(text).roots for text in step.preconditions)
    output = step.step_type.output_mapping if isinstance(step.step_type, End) else None
    mapped = [] if output is None else [compile_mapping(output).roots]
    return frozenset().union(() if mapping is None else mapping.roots, *mapped, *conditions)


def _first_attempt(step: Step, *, inline: bool) -> dict[str, Any]:
    activity = step.step_type
    if not isinstance(activity, Activity):
        return {}
    details = {
        "attempt": 1,
        "activity_type": activity.activity_type,
        "priority": activity.priority,
        "inline": inline or None,
        "task_list": activity.task_list,
        "heartbeat_timeout": activity.heartbeat_timeout,
    }
    return {name: value for name, value in details.items() if value is not None}


_NO_TRAITS = ActivityTraits()

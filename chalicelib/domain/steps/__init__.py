"""What each type of step does when its turn comes.

Layer: domain. One module a type; a new type is a module here and a line in ``HANDLERS``. A handler's ``start`` records
on the draft what happens at once: a result (``flow.complete_run``), or work to wait for.
"""

from __future__ import annotations

from typing import Final

from chalicelib.domain.definitions import model
from chalicelib.domain.execution.program import StepHandler
from chalicelib.domain.steps import (
    activity,
    data_mapping,
    decision,
    endpoints,
    event,
    human,
    map_items,
    parallel,
    script,
    sub_workflow,
    timer,
    wait,
)

HANDLERS: Final[dict[type, StepHandler]] = {
    model.Start: endpoints.StartStep(),
    model.End: endpoints.EndStep(),
    model.Activity: activity.ActivityStep(),
    model.Decision: decision.DecisionStep(),
    model.DataMapping: data_mapping.DataMappingStep(),
    model.Script: script.ScriptStep(),
    model.Parallel: parallel.ParallelStep(),
    model.MapItems: map_items.MapStep(),
    model.Timer: timer.TimerStep(),
    model.Wait: wait.WaitStep(),
    model.Human: human.HumanStep(),
    model.SubWorkflow: sub_workflow.SubWorkflowStep(),
    model.PublishEvent: event.EventStep(),
}
RUNNABLE_STEP_TYPES: Final = frozenset(handler.name for handler in HANDLERS.values())
"""Tags of the step types that run; registration refuses the others."""
RUNNABLE_FEATURES: Final[frozenset[str]] = frozenset(
    {
        "compensation",
        "confirmation",
        "event_handlers",
        "heartbeat_timeout",
        "human_intervention",
        "schedule",
        "subscriptions",
        "task_list",
    }
)
"""Features beside step types that run; see ``definitions.supported``."""

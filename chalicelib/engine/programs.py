"""Definitions made ready to be decided on, kept for the life of the process: a registered version never changes.

Layer: engine.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.definitions.graph import graph_of
from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.errors import NotFound, WeftError
from chalicelib.domain.execution.decide import prepare
from chalicelib.domain.execution.program import ActivityTraits, Program, Rules
from chalicelib.ports.activities import ActivityRunner
from chalicelib.settings import Settings

_KEPT: Final = 128


class DefinitionGone(WeftError):
    """The definition that an execution runs is not to be had: nothing more can be decided on it."""


class Programs:
    """Gives the program of a version; ``load`` finds those of deleted workflows too."""

    def __init__(self, load: Callable[[str, str], LoadedDefinition], rules: Rules) -> None:
        self._load = load
        self._rules = rules
        self._kept: OrderedDict[tuple[str, str], Program] = OrderedDict()

    def __call__(self, workflow_id: str, version: str) -> Program:
        """The program of a version. Raises ``DefinitionGone``."""
        key = (workflow_id, version)
        program = self._kept.get(key)
        if program is None:
            program = self._kept[key] = prepare(
                graph_of(self._definition(workflow_id, version).definition), self._rules
            )
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return program

    def _definition(self, workflow_id: str, version: str) -> LoadedDefinition:
        try:
            return self._load(workflow_id, version)
        except NotFound as error:  # not the caller's fault, and no reason to drop its command
            message = f"the definition {workflow_id!r} {version} of a running execution is gone"
            raise DefinitionGone(message) from error


def rules_of(settings: Settings, runner: ActivityRunner) -> Rules:
    """The rules that the settings and the registered activities give."""
    default_retry = RetryPolicy(
        max_attempts=settings.default_max_attempts,
        initial_interval=settings.default_initial_interval_seconds,
        backoff_coefficient=settings.default_backoff_coefficient,
        max_interval=settings.default_max_interval_seconds,
    )
    return Rules(
        default_retry=default_retry,
        default_step_timeout=settings.default_step_timeout_seconds,
        default_workflow_timeout=settings.default_workflow_timeout_seconds,
        max_age=settings.retention_days * 86_400.0 or None,
        max_active_paths=settings.max_active_paths,
        max_step_runs=settings.max_step_runs,
        max_kept_signals=settings.max_kept_signals,
        max_depth=settings.max_sub_workflow_depth,
        compensation_timeout=settings.compensation_timeout_seconds,
        calendars=settings.calendars,
        activities={
            name: ActivityTraits(inline=runner.is_inline(name), retry=runner.retry_of(name)) for name in runner.names()
        },
    )

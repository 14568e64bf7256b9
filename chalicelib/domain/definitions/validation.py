"""All checks of a definition, together.

Layer: domain. The order of findings is that of the checks; ``definition`` sorts them by place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.cycles import check_cycles
from chalicelib.domain.definitions.checks.details import check_details
from chalicelib.domain.definitions.checks.handlers import check_handlers
from chalicelib.domain.definitions.checks.identity import check_identity
from chalicelib.domain.definitions.checks.references import check_references
from chalicelib.domain.definitions.checks.structure import check_structure
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.checks.support import check_support
from chalicelib.domain.definitions.checks.texts import check_texts
from chalicelib.domain.definitions.edges import Edges
from chalicelib.domain.errors import Finding

CHECKS: Final[tuple[Callable[[Subject], Iterable[Finding]], ...]] = (
    check_identity,
    check_references,
    check_structure,
    check_cycles,
    check_texts,
    check_details,
    check_handlers,
    check_support,
)


def validate(
    definition: model.WorkflowDefinition,
    *,
    known_activities: Collection[str] | None = None,
    known_calendars: Collection[str] = (),
    runnable_step_types: Collection[str] | None = None,
    runnable_features: Collection[str] | None = None,
) -> list[Finding]:
    """Everything wrong or doubtful about a definition that has the right shape; pointers lead into its document."""
    subject = Subject(
        definition=definition,
        edges=Edges(definition),
        known_activities=known_activities,
        known_calendars=known_calendars,
        runnable_step_types=runnable_step_types,
        runnable_features=runnable_features,
    )
    return run_checks(subject)


def run_checks(subject: Subject) -> list[Finding]:
    """The findings of every check."""
    return [finding for check in CHECKS for finding in check(subject)]

"""The nodes of a picture: a step, with what its runs have come to.

Layer: visualization. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.supported import step_type_name
from chalicelib.domain.execution.trail import Trail
from chalicelib.domain.retry import max_retries
from chalicelib.visualization.graph import HANDLER, NOT_STARTED, Failure, Node
from chalicelib.visualization.options import Options
from chalicelib.visualization.subject import Seen
from chalicelib.visualization.times import elapsed_ms
from chalicelib.visualization.ways import HANDLER_PREFIX

ENDED: Final = frozenset({"completed", "skipped", "failed", "canceled"})
Row = Mapping[str, Any]
_TELLING: Final = ("failed", "canceled")
# Drawn as ways and regions, or said by the node itself.
_NO_METADATA: Final = frozenset(
    {"type", "branches", "conditions", "default", "entry_step_id", "exit_step_id", "timeout_step_id", "id", "name"}
)


class Runs:
    """The runs of the steps of one definition, over all the executions of it that were seen."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self.seen = seen
        self.of_step: dict[str, list[Row]] = {}
        self.trail_of: dict[int, Trail] = {}
        for each in seen:
            for row in each.status["steps"]:
                self.of_step.setdefault(row["step_id"], []).append(row)
                self.trail_of[id(row)] = each.trail

    def latest(self, step_id: str) -> Row | None:
        """The run that speaks for a step: the latest that is open, or else the latest.

        Of several items, or executions, each has a latest; then one that failed is looked at first, since it may be
        what cancelled the others.
        """
        rows = self.of_step.get(step_id, [])
        still_open = [row for row in rows if row["state"] not in ENDED]
        if still_open or not rows:
            return next(reversed(still_open), None)
        last = {(id(self.trail_of[id(row)]), row.get("index")): row for row in rows}
        by_state = {row["state"]: row for row in last.values()}
        return next((by_state[state] for state in _TELLING if state in by_state), rows[-1])


def node_of(
    definition: model.WorkflowDefinition,
    step: model.Step,
    region: str | None,
    runs: Runs | None,
    options: Options,
    now: datetime | None,
) -> Node:
    """The node of a step; ``runs`` is None in a picture of the definition alone."""
    node = Node(
        id=step.id,
        name=step.name or step.id,
        type=step_type_name(step.step_type),
        region=region,
        max_attempts=_max_attempts(definition, step),
        metadata=metadata_of(step) if options.include_metadata else msgspec.UNSET,
    )
    if runs is None:
        return node
    rows, row = runs.of_step.get(step.id, []), runs.latest(step.id)
    if row is None:
        return msgspec.structs.replace(node, state=NOT_STARTED)
    return _run(node, rows, row, options, now)


def _run(node: Node, rows: Sequence[Row], row: Row, options: Options, now: datetime | None) -> Node:
    retry, info, failure = row["retry_info"], row["status_info"], row["error"]
    children = dict.fromkeys(each["child_execution_id"] for each in rows if "child_execution_id" in each)
    return msgspec.structs.replace(
        node,
        state=row["state"],
        current=row["state"] not in ENDED,
        runs=len(rows),
        counts=dict(sorted(Counter(each["state"] for each in rows).items())),
        attempts=row["attempts"],
        max_attempts=node.max_attempts if retry is None else retry["max_retries"] + 1,
        next_retry_at=None if retry is None else retry["next_retry_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        elapsed_ms=elapsed_ms(row["started_at"], row["completed_at"], now),
        progress_percentage=info["progress_percentage"],
        details=_text(info["details"]),
        error=None if failure is None else Failure(code=failure["code"], message=failure["message"]),
        child_execution_ids=tuple(children),
        input=row["input"] if options.show_input_output else msgspec.UNSET,
        output=row["output"] if options.show_input_output else msgspec.UNSET,
    )


def _text(details: Any) -> str | None:
    """What an activity says of itself may be any JSON value."""
    return details if details is None or isinstance(details, str) else jsonvalue.dumps(details).decode()


def handler_node(handler: model.EventHandler) -> Node:
    """The node of an event handler that leads to a step. It has no runs, and so no state."""
    return Node(id=HANDLER_PREFIX + handler.id, name=f"on {handler.event_name}", type=HANDLER)


def metadata_of(step: model.Step) -> dict[str, Any]:
    """What the definition says of a step beside its type and its ways."""
    own: dict[str, Any] = msgspec.to_builtins(step.step_type)
    around: dict[str, Any] = msgspec.to_builtins(step)
    del around["step_type"]
    timeout = own.pop("timeout", None) or around.pop("timeout", None)
    told = {name: value for name, value in {**around, **own}.items() if name not in _NO_METADATA}
    return told if timeout is None else {**told, "timeout_seconds": timeout}


def _max_attempts(definition: model.WorkflowDefinition, step: model.Step) -> int | None:
    """How often a step may be tried, as far as the definition says; the order is ``Program.retry_policy``'s."""
    error_policy = step.error_policy or definition.default_error_policy
    candidates = (
        getattr(step.step_type, "retry_policy", None),
        step.retry_policy,
        definition.retry_policy,
        error_policy.retry if error_policy is not None and error_policy.type == "retry" else None,
    )
    policy = next((policy for policy in candidates if policy is not None), None)
    tried = isinstance(step.step_type, model.Activity | model.SubWorkflow)
    return None if policy is None or not tried else max_retries(policy) + 1

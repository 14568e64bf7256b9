"""One look at a running execution as a tree of its step runs. Layer: command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.spinner import Spinner
from rich.text import Text
from rich.tree import Tree

from chalicelib.domain.execution.events import TERMINAL_STATES
from weftctl.rendering.tables import STATE_STYLES
from weftctl.rendering.waiting import hints, in_brackets

# The latest step runs are what moves; more lines than a terminal has would push them out of sight.
SHOWN = 20
MARKS = {"completed": "✓", "failed": "✗", "skipped": "↷", "canceled": "⊘"}


def tree(status: Mapping[str, Any]) -> Tree:
    """The execution at the root, a line for each step run: a mark once it has ended, a spinner until then."""
    state = status["state"]
    root = Tree(Text.assemble(f"{status['workflow_id']} ", (status["execution_id"], "dim"), " ", _state(state)))
    steps = status.get("steps") or ()
    if len(steps) > SHOWN:
        root.add(Text(f"… {len(steps) - SHOWN} earlier step runs", style="dim"))
    for step in steps[-SHOWN:]:
        root.add(_step(step))
    for hint in hints(status):
        root.add(Text(f"go on with: {hint}", style="yellow"))
    if state in TERMINAL_STATES and status.get("error"):
        root.add(Text(f"{status['error']['code']}: {status['error']['message']}", style="red"))
    return root


def _step(step: Mapping[str, Any]) -> RenderableType:
    line = Text.assemble(step["step_id"], " ", _state(step["state"]), (in_brackets(step), "dim"))
    if step["run"] > 1:
        line.append(f" run {step['run']}", style="dim")
    if step["attempts"] > 1:
        line.append(f" attempt {step['attempts']}", style="dim")
    if step.get("error"):
        line.append(f" {step['error']['code']}: {step['error']['message']}", style="red")
    mark = MARKS.get(step["state"])
    return Spinner("dots", line) if mark is None else Text.assemble((mark, STATE_STYLES[step["state"]]), " ", line)


def _state(state: str) -> tuple[str, str]:
    return state, STATE_STYLES.get(state, "")

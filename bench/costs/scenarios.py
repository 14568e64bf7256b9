"""What is counted: a few workflows, run by the deployed functions over an AWS in memory, with the meter on.

A first execution of each warms the processes up: the definition is loaded, the clients are made, this month is known to
the lists. Where a scenario repeats one kind of step, its cost is marginal, (cost of the long one - cost of the short
one) / (difference in steps): what an execution costs once is ``once``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import msgspec

from bench.costs import workflows
from bench.costs.meter import MeteredStack
from bench.costs.usage import Usage
from chalicelib.domain.execution.commands import SubmitHuman

QUEUED: Final = "10-step queued"
LOADED: Final = "10-step queued under load"
INLINE: Final = "10-step inline"
LONGEST: Final = "10,000-step inline"
INPUT: Final = {"order": "4711-0815", "amount": 129.9}
After = Callable[[MeteredStack, str], None]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow of ``steps`` steps, run ``executions`` at once.

    With ``short_steps``, ``make`` is called for that many steps too, and the cost of a step is marginal.
    """

    name: str
    steps: int
    make: Callable[[int], workflows.Document]
    input: Callable[[int], Any] = lambda _: INPUT
    short_steps: int = 0
    long_steps: int = 0
    executions: int = 1
    after: After | None = None
    lasting: timedelta = timedelta(minutes=1)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Usage of one step; of an execution once, beside its steps; and what comes ``later``.

    An execution has at most 400 days. The wake-up for that comes although it ended long ago, and finds nothing to do.
    """

    per_step: Usage
    once: Usage
    later: Usage


def count(scenario: Scenario) -> Counted:
    """Run ``scenario``. Raises ``RuntimeError`` for an execution that does not complete."""
    if not scenario.short_steps:
        whole, later = _run(scenario, scenario.steps)
        return Counted(per_step=whole / scenario.steps, once=Usage(), later=later)
    short, later = _run(scenario, scenario.short_steps)
    long, _ = _run(scenario, scenario.long_steps)
    per_step = (long - short) / (scenario.long_steps - scenario.short_steps)
    once = short - per_step / (1 / scenario.short_steps)
    return Counted(per_step=per_step, once=once, later=later)


def _run(scenario: Scenario, steps: int) -> tuple[Usage, Usage]:
    """Usage of one execution of ``steps`` steps, in the mean of those that run at once, and what came later."""
    document, value = scenario.make(steps), scenario.input(steps)
    with MeteredStack(workflows.registry()) as stack:
        stack.register(document)
        _execute(stack, scenario, [f"{document['id']}-warm"], value)
        before = stack.usage()
        _execute(stack, scenario, [f"{document['id']}-{n:04}" for n in range(scenario.executions)], value)
        ended = stack.usage()
        stack.run()
        return (ended - before) / scenario.executions, (stack.usage() - ended) / (scenario.executions + 1)


def _execute(stack: MeteredStack, scenario: Scenario, names: list[str], value: Any) -> None:
    for name in names:
        stack.start(name.rpartition("-")[0], value, name)
    stack.run(until=stack.clock.now() + scenario.lasting)
    if scenario.after is not None:
        for name in names:
            scenario.after(stack, name)
        stack.run(until=stack.clock.now() + scenario.lasting)
    if stack.errors:
        message = f"{scenario.name}: {stack.errors[0]}"
        raise RuntimeError(message)
    for name in names:
        state = stack.commits(name)[-1].events[-1].type
        if state != "WorkflowCompleted":
            message = f"{scenario.name}: {name} ended with {state}"
            raise RuntimeError(message)


def _approve(stack: MeteredStack, execution_id: str) -> None:
    answer = SubmitHuman(id=f"answer-{execution_id}", by="ada", step="approve", action="approve", groups=("buyers",))
    stack.request(execution_id, answer)


def scenarios(*, thorough: bool = False) -> list[Scenario]:
    """All of them. ``thorough`` runs as many executions at once, and as many steps, as their names say."""
    long = 100 if thorough else 40
    many = 1_000 if thorough else 200
    return [
        Scenario(name=QUEUED, steps=10, make=workflows.chain, short_steps=10, long_steps=100),
        Scenario(
            name=LOADED,
            steps=10,
            make=workflows.chain,
            short_steps=10,
            long_steps=long,
            executions=20,
        ),
        Scenario(name=INLINE, steps=10, make=_inline, short_steps=10, long_steps=100),
        Scenario(name="decision-only", steps=10, make=workflows.decisions, short_steps=10, long_steps=100),
        Scenario(
            name="1,000-way map",
            steps=many,
            make=lambda _: workflows.mapped(),
            input=lambda steps: {"items": list(range(steps))},
        ),
        Scenario(name="1,000-step chain", steps=many, make=workflows.chain),
        Scenario(name="human approval", steps=1, make=lambda _: workflows.approval(), after=_approve),
        Scenario(name="wait of a day", steps=1, make=lambda _: workflows.day(), lasting=timedelta(hours=25)),
        *([_longest()] if thorough else []),
    ]


def _longest() -> Scenario:
    return Scenario(name=LONGEST, steps=10_000, make=_inline, short_steps=10, long_steps=10_000)


def _inline(steps: int) -> workflows.Document:
    """A chain that runs inside the decider."""
    return workflows.chain(steps, inline=True)

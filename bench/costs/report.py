"""The costs as rows for `bench.json`, and as tables to read. ``measure`` is what `python -m bench` calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from bench.costs import alternatives, budgets
from bench.costs.alternatives import ALTERNATIVES, Work, per_million_steps
from bench.costs.idle import IdleLine, idle_lines
from bench.costs.prices import REGION, Prices, price_table, prices
from bench.costs.scenarios import Counted, Scenario, count, scenarios

A_MILLION: Final = 1_000_000
_DAY_SECONDS: Final = 86_400.0


class PerStep(msgspec.Struct, frozen=True, kw_only=True):
    """Billed units of one step."""

    write_units: float
    read_units: float
    sqs_requests: float
    lambda_requests: float
    gb_seconds: float
    events: float


class Costs(msgspec.Struct, frozen=True):
    """What was measured: the rows, and what of it has a budget."""

    rows: list[CostRow]
    budgets: list[budgets.Line]


class CostRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a step of a scenario costs. ``once_usd_per_million`` is what an execution costs beside its steps."""

    scenario: str
    steps: int
    per_step: PerStep
    usd_per_million_steps: float
    once_usd_per_million: float
    alternatives_usd_per_million_steps: dict[str, float | None]


def measure(*, thorough: bool = True, region: str = REGION) -> Costs:
    """Run every scenario and price it. Takes some minutes of one core when ``thorough``."""
    at = prices(region)
    chosen = scenarios(thorough=thorough)
    counted = {scenario.name: count(scenario) for scenario in chosen}
    return Costs([to_row(each, counted[each.name], at) for each in chosen], budgets.lines(counted, at))


def to_row(scenario: Scenario, counted: Counted, at: Prices) -> CostRow:
    """The row of what was counted."""
    used = counted.per_step
    units = {name: round(getattr(used, name), 6) for name in PerStep.__struct_fields__}
    work = _work_of(scenario)
    return CostRow(
        scenario=scenario.name,
        steps=scenario.steps,
        per_step=PerStep(**units),
        usd_per_million_steps=round(at.dollars(used) * A_MILLION, 4),
        once_usd_per_million=round((at.dollars(counted.once) + at.dollars(counted.later)) * A_MILLION, 4),
        alternatives_usd_per_million_steps={name: per_million_steps(work, name, at) for name in ALTERNATIVES},
    )


def _work_of(scenario: Scenario) -> Work:
    """The same work as the alternatives see it."""
    if scenario.name == "decision-only":
        return alternatives.decisions(scenario.steps)
    if scenario.name == "1,000-way map":
        return alternatives.mapped(scenario.steps)
    if scenario.name in {"human approval", "wait of a day"}:
        return alternatives.pause(_DAY_SECONDS)
    return alternatives.chain(scenario.steps)


def show(costs: Costs, console: Console | None = None, *, region: str = REGION) -> None:
    """Print what was counted, the budgets, the alternatives beside it, the idle stack, and the calculator."""
    console = console or Console()
    at, rows = prices(region), costs.rows
    console.print(_units_table(rows, region))
    console.print(_budgets_table(costs.budgets))
    console.print(_alternatives_table(rows))
    console.print(_idle_table(idle_lines(at)))
    console.print(_calculator(rows, at))


def _units_table(rows: Sequence[CostRow], region: str) -> Table:
    title = f"A step's billed units, and US$ per million steps ({region}, list prices of {price_table().date})"
    table = Table("scenario", "writes", "reads", "SQS", "Lambda", "GB-s", "events", "US$", "once US$", title=title)
    for row in rows:
        units = (getattr(row.per_step, name) for name in PerStep.__struct_fields__)
        money = (row.usd_per_million_steps, row.once_usd_per_million)
        table.add_row(row.scenario, *(f"{each:.3f}" for each in units), *(f"{each:.2f}" for each in money))
    return table


def _budgets_table(lines: Sequence[budgets.Line]) -> Table:
    table = Table("scenario", "of one step", "used", "budget", "", title="Budgets")
    for line in lines:
        table.add_row(
            line.scenario, line.what, f"{line.used:.3f}", f"{line.most:g}", "held" if line.is_held else "EXCEEDED"
        )
    return table


def _alternatives_table(rows: Sequence[CostRow]) -> Table:
    table = Table(
        "scenario", "Weft", *ALTERNATIVES, title="US$ per million steps; alternatives computed, whole executions"
    )
    for row in rows:
        others = [row.alternatives_usd_per_million_steps[name] for name in ALTERNATIVES]
        shown = ["cannot" if each is None else f"{each:.2f}" for each in others]
        table.add_row(row.scenario, f"{row.usd_per_million_steps:.2f}", *shown)
    return table


def _idle_table(lines: Sequence[IdleLine]) -> Table:
    table = Table("idle stack", "units", "US$ a month", title="A month in which nothing happens")
    for line in lines:
        table.add_row(line.what, f"{line.units:,.2f}", f"{line.dollars:.2f}")
    table.add_row("sum", "", f"{sum(line.dollars for line in lines):.2f}")
    return table


def _calculator(rows: Sequence[CostRow], at: Prices) -> Table:
    """Steps a month against dollars, in executions of ten steps, what they cost once and the idle stack included."""
    idle = sum(line.dollars for line in idle_lines(at))
    weft = {row.scenario: row for row in rows if row.scenario.startswith("10-step")}
    work = alternatives.chain(10)
    title = "US$ a month, by steps a month in executions of ten"
    table = Table(
        "steps a month", *(f"Weft, {name.removeprefix('10-step ')}" for name in weft), *ALTERNATIVES, title=title
    )
    for steps in (100_000, 1_000_000, 10_000_000, 100_000_000):
        millions = steps / A_MILLION
        own = [idle + millions * (row.usd_per_million_steps + row.once_usd_per_million / 10) for row in weft.values()]
        others = [millions * (per_million_steps(work, name, at) or 0.0) for name in ALTERNATIVES]
        table.add_row(f"{steps:,}", *(f"{each:,.2f}" for each in (*own, *others)))
    return table

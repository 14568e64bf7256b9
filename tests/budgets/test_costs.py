"""Budgets: what a step, a start and an idle stack may cost. Counted, and failing when exceeded. Layer: tests."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from bench.costs import workflows
from bench.costs.alternatives import ALTERNATIVES, chain, per_million_steps
from bench.costs.budgets import BUDGETS, GROWTH, growth, lines
from bench.costs.idle import idle_dollars, idle_lines, queues_with_readers
from bench.costs.prices import prices
from bench.costs.report import to_row
from bench.costs.scenarios import INLINE, LOADED, LONGEST, Counted, Scenario, count, scenarios
from weftctl.inprocess.declared import declared

SCENARIOS = {each.name: each for each in scenarios()}

pytestmark = pytest.mark.xdist_group("budgets")  # what one test has counted, the others look at


@cache
def counted(name: str) -> Counted:
    return count(SCENARIOS[name])


def dollars(name: str) -> float:
    """Per million steps."""
    return prices().dollars(counted(name).per_step) * 1_000_000


@pytest.mark.parametrize("name", BUDGETS)
def test_every_budget_is_held_when_a_workflow_runs_as_named(name: str) -> None:
    found = lines({name: counted(name)}, prices())

    assert len(found) == 5
    assert [line for line in found if not line.is_held] == []


def test_decision_costs_next_to_nothing_when_no_activity_is_run() -> None:
    assert dollars("decision-only") <= 0.25


def test_map_item_costs_less_than_a_step_under_load_may_when_many_run_at_once() -> None:
    assert dollars("1,000-way map") <= BUDGETS[LOADED].dollars


@pytest.mark.parametrize("name", ["human approval", "wait of a day"])
def test_pause_is_cheaper_than_three_transitions_when_it_is_all_there_is(name: str) -> None:
    assert dollars(name) <= 3 * prices().transition_million


def test_cost_of_a_step_does_not_grow_when_the_execution_is_twenty_times_as_long() -> None:
    short, long = (
        count(Scenario(name=f"{steps} steps", steps=steps, make=_inline, short_steps=10, long_steps=steps))
        for steps in (100, 2_000)
    )

    assert growth(short, long, prices()) <= GROWTH
    assert long.per_step.gb_seconds <= 1.5 * short.per_step.gb_seconds  # processor time, which is measured: it varies


def test_budget_is_exceeded_when_a_long_execution_costs_more_by_the_step() -> None:
    cheap = counted(INLINE)
    dear = msgspec.structs.replace(cheap, per_step=cheap.per_step / 0.5)

    (exceeded,) = [line for line in lines({INLINE: cheap, LONGEST: dear}, prices()) if not line.is_held]

    assert exceeded.scenario == LONGEST
    assert exceeded.used == pytest.approx(2.0)


def test_alternative_is_left_out_when_the_history_is_longer_than_it_takes() -> None:
    assert per_million_steps(chain(5_000), "Step Functions Standard", prices()) is not None
    assert per_million_steps(chain(5_001), "Step Functions Standard", prices()) is None


def _inline(steps: int) -> workflows.Document:
    return workflows.chain(steps, inline=True)


def test_idle_stack_stays_within_its_budget_when_nothing_happens() -> None:
    assert idle_dollars(prices()) <= 5.0
    assert len(declared("AWS::CloudWatch::Alarm")) <= 12
    assert queues_with_readers() == (6, 1)
    assert all(line.dollars > 0 for line in idle_lines(prices()))


def test_step_costs_a_fifth_of_the_cheapest_durable_alternative_or_less_when_batches_fill() -> None:
    durable = [per_million_steps(chain(10), name, prices()) for name in ALTERNATIVES if "Express" not in name]
    cheapest = min(each for each in durable if each is not None)

    assert 5 * dollars(LOADED) <= cheapest


def test_row_has_the_fields_of_the_interface_when_it_is_made() -> None:
    row = to_row(SCENARIOS[INLINE], counted(INLINE), prices())

    assert row.scenario == INLINE
    assert row.steps == 10
    assert row.per_step.write_units == pytest.approx(counted(INLINE).per_step.write_units, abs=1e-5)
    assert row.usd_per_million_steps == pytest.approx(dollars(INLINE), abs=1e-3)
    assert row.alternatives_usd_per_million_steps["Step Functions Standard"] == pytest.approx(27.7)

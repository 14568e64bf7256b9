"""What became of the items of a map. Layer: visualization."""

from __future__ import annotations

from collections import Counter

from chalicelib.domain.definitions.edges import Region
from chalicelib.domain.execution.trail import Items
from chalicelib.visualization.nodes import Runs


def counts_of(region: Region, runs: Runs) -> Items:
    """The items by state: of the run that speaks for the map, or of all its runs where the map is itself repeated
    side by side, in the items of another or in several executions.
    """
    rows = runs.of_step.get(region.owner, [])
    speaks = runs.latest(region.owner)
    repeated = len(runs.seen) > 1 or any("index" in row for row in rows)
    states: Counter[str] = Counter()
    total = 0
    for row in rows if repeated else [row for row in rows if row is speaks]:
        items = runs.trail_of[id(row)].items_of(row["run_id"])
        states.update(items.states)
        total += items.total
    return Items(states, total)

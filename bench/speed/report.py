"""The speed table: what is measured, in order, and how it is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from bench.speed import embedded, local
from bench.speed.rows import SpeedRow


def measure(*, rounds: int, say: Callable[[str], None]) -> Iterator[SpeedRow]:
    """Every line as soon as it is there, medians of ``rounds`` rounds."""
    yield from local.own_rows(rounds, say)
    yield from local.peer_rows(rounds, say)
    yield from embedded.rows(rounds, say)


def show(rows: Sequence[SpeedRow], console: Console) -> None:
    """Print the table. A ratio above 1: Weft is ahead."""
    table = Table(
        "measure", "unit", "Weft", "peer", "peer's", "ratio", "note", title="Speed; ratio above 1: Weft ahead"
    )
    for row in rows:
        theirs = ["" if each is None else str(each) for each in (row.peer, row.peer_value, row.ratio)]
        table.add_row(row.measure, row.unit, f"{row.weft:,.4g}", *theirs, row.note)
    console.print(table)

"""Writes what a run has shown to files, and its figures to the terminal."""

from __future__ import annotations

import csv
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.load.runs import Run
from bench.load.sampling import Sample


def publish(run: Run, folder: Path) -> None:
    """Writes ``<name>.json`` (everything) and ``<name>.csv`` (the samples) into ``folder``; prints the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {
        "command": run.command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "figures": run.figures(),
        "latencies": {kind: [round(value, 3) for value in values] for kind, values in run.latencies.items()},
        "samples": [sample.to_json() for sample in run.samples],
    }
    (folder / f"{run.name}.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    with (folder / f"{run.name}.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [_row(sample) for sample in run.samples]
        columns = sorted({column for row in rows for column in row}, key=lambda name: (":" in name, name))
        writer = csv.DictWriter(file, columns, restval=0)
        writer.writeheader()
        writer.writerows(rows)
    print(json.dumps(whole["figures"], indent=1))


def machine() -> str:
    """The machine in a few words."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def _row(sample: Sample) -> dict[str, Any]:
    row: dict[str, Any] = {"seconds": sample.seconds, "started": sample.started, "ended": sample.ended}
    row |= {f"queue:{name}": count for name, count in sample.queues.items()}
    return row | {f"memory_mb:{name}": value for name, value in sample.memory_mb.items()}

"""``python -m bench``: prints what a step costs and how fast it is, and writes ``bench.json``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from bench.costs import report as costs
from bench.speed import report as speed
from chalicelib.domain.errors import WeftError

FULL_ROUNDS = 5
QUICK_ROUNDS = 3


def main(arguments: list[str] | None = None) -> int:
    """Runs what the command line asks for; the exit code is 0, 1 if a budget was exceeded, or 3 if it could not run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds instead of five")
    parser.add_argument("--only", choices=("costs", "speed"), help="one of the two tables")
    parser.add_argument("--to", type=Path, default=Path("bench.json"), help="where the figures go")
    options = parser.parse_args(arguments)
    try:
        are_held = _measure(options.to, quick=options.quick, only=options.only)
    except WeftError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 3
    print(f"written: {options.to}", file=sys.stderr)
    return 0 if are_held else 1


def _measure(target: Path, *, quick: bool, only: str | None) -> bool:
    """Measures what is asked for, and keeps every line at once: what breaks off has not been in vain.

    Gives whether the budgets are held.
    """
    console = Console(width=160)
    figures: dict[str, list[Any]] = {"costs": [], "speed": []}
    are_held = True
    if only != "speed":
        counted = costs.measure(thorough=not quick)
        figures["costs"] = counted.rows
        are_held = all(line.is_held for line in counted.budgets)
        _write(figures, target)
        costs.show(counted, console)
    if only != "costs":
        for row in speed.measure(rounds=QUICK_ROUNDS if quick else FULL_ROUNDS, say=_say):
            figures["speed"].append(row)
            _write(figures, target)
        speed.show(figures["speed"], console)
    return are_held


def _write(figures: Mapping[str, list[Any]], target: Path) -> None:
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }
    target.write_bytes(msgspec.json.format(msgspec.json.encode({"about": about, **figures}), indent=2))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

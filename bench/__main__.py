"""``python -m bench``: prints what a step costs and how fast it is, and writes ``bench.json``."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from bench.speed import report as speed
from chalicelib.domain.errors import WeftError

FULL_ROUNDS = 5
QUICK_ROUNDS = 3


def main(arguments: list[str] | None = None) -> int:
    """Runs what the command line asks for; the exit code is 0, or 3 if something could not run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds instead of five")
    parser.add_argument("--only", choices=("costs", "speed"), help="one of the two tables")
    parser.add_argument("--to", type=Path, default=Path("bench.json"), help="where the figures go")
    options = parser.parse_args(arguments)
    try:
        figures = _measure(quick=options.quick, only=options.only)
    except WeftError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 3
    options.to.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2))
    print(f"written: {options.to}", file=sys.stderr)
    return 0


def _measure(*, quick: bool, only: str | None) -> dict[str, Any]:
    console = Console(width=160)
    figures: dict[str, Any] = {"costs": [], "speed": []}
    if only != "speed":
        figures["costs"] = _costs(console, thorough=not quick)
    if only != "costs":
        rounds = QUICK_ROUNDS if quick else FULL_ROUNDS
        figures["speed"] = speed.measure(rounds=rounds, say=lambda text: print(text, file=sys.stderr, flush=True))
        speed.show(figures["speed"], console)
    return figures


def _costs(console: Console, *, thorough: bool) -> list[Any]:
    if importlib.util.find_spec("bench.costs") is None:
        console.print("The costs are left out: there is no meter in this version.")
        return []
    costs = importlib.import_module("bench.costs.report")
    rows: list[Any] = costs.measure(thorough=thorough)
    costs.show(rows, console)
    return rows


if __name__ == "__main__":
    sys.exit(main())

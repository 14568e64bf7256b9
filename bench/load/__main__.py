"""``python -m bench.load burst`` and ``python -m bench.load soak``: load on a stack of their own, which they check."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.load.burst import burst
from bench.load.reporting import publish
from bench.load.soak import soak
from bench.load.target import Target
from chalicelib.domain.errors import WeftError


def main() -> int:
    """Runs what the command line asks for; the exit code is 0 if every check held, 1 if not, 3 if it could not run."""
    options = _options()
    try:
        with Target.embedded(say=_say) as target:
            if options.load == "burst":
                run = burst(target, executions=options.executions, steps=options.steps, callers=options.callers)
            else:
                run = soak(target, minutes=options.minutes, users=options.users)
    except WeftError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 3
    publish(run, options.to)
    return 0 if not run.violations else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("build/load"), help="the folder of the figures")
    loads = parser.add_subparsers(dest="load", required=True)
    at_once = loads.add_parser("burst", help="many executions at once")
    at_once.add_argument("--executions", type=int, default=1_000)
    at_once.add_argument("--steps", type=int, default=10)
    at_once.add_argument("--callers", type=int, default=8, help="HTTP connections that start them")
    lasting = loads.add_parser("soak", help="mixed traffic for a while")
    lasting.add_argument("--minutes", type=float, default=30.0)
    lasting.add_argument("--users", type=int, default=12, help="how many executions are under way at a time")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""`make faults`: every crash point of the reference workflows, by all processors.

The last line is ``N crash points, M violations``; each violation is printed with the words that repeat it alone:
``python -m tests.faults.everywhere --only order:singly:after:17``. Ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from random import Random

from tests.faults.everywhere.points import Point, points, violation
from tests.faults.everywhere.references import REFERENCES


def main() -> int:
    """Try every point, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", metavar="REFERENCE[:batched|singly:before|after:N]", help="one reference, or one point of it"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    tried = _chosen(chosen.only) if chosen.only else [point for name in REFERENCES for point in points(name)]
    print(f"trying {len(tried)} crash points of {len({each.reference for each in tried})} workflows", file=sys.stderr)
    Random(0).shuffle(tried)  # so that progress is even
    violations = 0
    with ProcessPoolExecutor(chosen.processes) as pool:
        for number, (point, found) in enumerate(zip(tried, pool.map(violation, tried, chunksize=4), strict=True), 1):
            if found is not None:
                violations += 1
                print(f"{point}: {found}", flush=True)
            if number % 100 == 0:
                print(f"{number} of {len(tried)}", file=sys.stderr, flush=True)
    print(f"{len(tried)} crash points, {violations} violations")
    return 1 if violations else 0


def _chosen(text: str) -> list[Point]:
    reference, _, rest = text.partition(":")
    if reference not in REFERENCES:
        sys.exit(f"There is no reference workflow {reference!r}: choose one of {', '.join(REFERENCES)}.")
    if not rest:
        return points(reference)
    found = [point for point in points(reference) if str(point) == text]
    return found or sys.exit(f"{reference} has no crash point {rest!r}: its last one is {points(reference)[-1]}.")


if __name__ == "__main__":
    sys.exit(main())

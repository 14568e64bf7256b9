"""`make network`: every reference workflow in bad weather, at rates of 5, 15 and 30 %, by all processors.

The last line is ``N storms, F faults, M violations``; each violation is printed with the words that repeat it alone:
``python -m tests.faults.weather --only order:0.3:17``. Ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.faults.everywhere.references import REFERENCES
from tests.faults.weather.storms import RATES, Outcome, Storm, weather


def main() -> int:
    """Try every storm, or the one asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds for each workflow and rate")
    parser.add_argument("--only", metavar="REFERENCE:RATE:SEED", help="one storm")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    storms = [_chosen(chosen.only)] if chosen.only else _every(chosen.seeds)
    print(f"{len(storms)} storms over {len({each.reference for each in storms})} workflows", file=sys.stderr)
    violations = faults = 0
    with ProcessPoolExecutor(chosen.processes) as pool:
        for number, (storm, outcome) in enumerate(zip(storms, pool.map(_quietly, storms), strict=True), 1):
            faults += outcome.faults
            if outcome.wrong is not None:
                violations += 1
                print(f"{storm}: {outcome.wrong}", flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(storms)}", file=sys.stderr, flush=True)
    print(f"{len(storms)} storms, {faults} faults, {violations} violations")
    return 1 if violations else 0


def _every(seeds: int) -> list[Storm]:
    return [Storm(name, rate, seed) for seed in range(seeds) for rate in RATES for name in REFERENCES]


def _chosen(text: str) -> Storm:
    reference, _, rest = text.partition(":")
    rate, _, seed = rest.partition(":")
    if reference not in REFERENCES:
        sys.exit(f"There is no reference workflow {reference!r}: choose one of {', '.join(REFERENCES)}.")
    try:
        return Storm(reference, float(rate), int(seed))
    except ValueError:
        sys.exit(f"{text!r} is no storm: it takes a reference, a rate and a seed, as in order:0.3:17.")


def _quietly(storm: Storm) -> Outcome:
    logging.disable()  # what goes wrong on purpose is no news
    return weather(storm)


if __name__ == "__main__":
    sys.exit(main())

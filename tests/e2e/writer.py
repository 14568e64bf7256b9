"""A second decider, as a process of its own: loads an execution, waits for a word, decides on what it loaded.

Layer: tests. ``python -m tests.e2e.writer EXECUTION RUN OUTPUT`` says ``loaded N`` once it has loaded commit N, reads
one line, reports the attempt of RUN completed with OUTPUT, and says how often it had to decide, as JSON.
"""

from __future__ import annotations

import json
import sys

from chalicelib import bootstrap
from chalicelib.domain.execution.commands import CompleteTask


def main(execution_id: str, run_id: str, output: str) -> None:
    engine = bootstrap.engine()
    committer = engine.advance._committer
    head = committer.load(execution_id)
    _say(f"loaded {head.commit}")
    sys.stdin.readline()
    outcome = CompleteTask(
        run_id=run_id, attempt=1, output=json.loads(output), started_at=engine.adapters.clock.now(), node="writer"
    )
    decided = 0
    make = committer._decide_all

    def counted(*given: object) -> object:
        nonlocal decided
        decided += 1
        return make(*given)  # type: ignore[arg-type]

    committer._decide_all = counted  # type: ignore[assignment,method-assign]
    state = committer.decide(execution_id, [outcome], head=head)
    _say(json.dumps({"decided": decided, "commit": state.commit}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

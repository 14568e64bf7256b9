"""Measures of Weft alone, in memory: commands, chains in process, cold import, and the embedded programs of peers."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.speed import environments
from bench.speed.chains import chain
from bench.speed.environments import PeerUnavailable
from bench.speed.rows import SpeedRow, against, alone, interleaved
from weftctl.packaging.artefact import PROJECT_ROOT
from weftctl.testing import WorkflowTestEnvironment

Say = Callable[[str], None]
STEPS = 10

# peer: (environment, program, further arguments, what it keeps)
PEERS = {
    "DBOS": ("dbos", "dbos_chain", (), "each step committed to SQLite"),
    "SpiffWorkflow, no save": ("spiff", "spiff_chain", ("unsaved",), "nothing kept, and its steps do no work"),
    "SpiffWorkflow, saved": (
        "spiff",
        "spiff_chain",
        ("saved",),
        "the workflow written to SQLite after each step; its steps do no work",
    ),
    "durable execution SDK": ("durable", "durable_chain", (), "checkpoints in the runner's memory"),
}


def in_memory(steps: int, executions: int) -> float:
    """Steps per second of chains in process: the deployed engine over the memory store."""
    environment = WorkflowTestEnvironment(chain(steps))
    environment.start({"n": 0})
    began = time.perf_counter()
    states = [environment.start({"n": 0}).state for _ in range(executions)]
    took = time.perf_counter() - began
    if set(states) != {"completed"}:
        raise PeerUnavailable(f"executions of Weft ended {sorted(set(states))}")
    return steps * executions / took


def command_seconds(*command: str) -> float:
    """How long a Python command takes from start to end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=PROJECT_ROOT)
    return time.perf_counter() - began


def own_rows(rounds: int, say: Say) -> list[SpeedRow]:
    """Cold import, and `weft run` as a command."""
    say("cold import and weft run")
    rows = [
        alone(
            "cold import of app",
            "s",
            [command_seconds("-c", "import app") for _ in range(rounds)],
            higher_is_better=False,
            note="the interpreter's own start included",
        )
    ]
    with tempfile.TemporaryDirectory() as folder:
        for steps in (10, 1_000):
            path = Path(folder) / f"chain-{steps}.json"
            path.write_text(json.dumps(chain(steps)), encoding="utf-8")
            command = ["-c", "from weftctl.main import run; run()", "run", str(path)]
            command += ["--input", '{"n": 0}', "--activities", "bench.speed.chains"]
            seconds = [command_seconds(*command) for _ in range(rounds)]
            rows.append(alone(f"weft run, {steps} steps", "s", seconds, higher_is_better=False))
    rates = [in_memory(1_000, 1) for _ in range(rounds)]
    note = "memory store: nothing is kept"
    rows.append(alone("chain of 1,000 in process", "steps/s", rates, higher_is_better=True, note=note))
    return rows


def peer_rows(rounds: int, say: Say) -> list[SpeedRow]:
    """A chain of ten in process, Weft over its memory store and each peer in turns."""
    return [row(peer, rounds, say) for peer in PEERS]


def row(peer: str, rounds: int, say: Say) -> SpeedRow:
    """One peer's line; one that cannot be had is left out, with the reason."""
    name, program, further, kept = PEERS[peer]
    measure = f"chain of {STEPS} in process"
    say(f"{measure}: {peer}")
    try:
        python = environments.install(name, environments.versions()[name])
        medians = interleaved(
            rounds,
            lambda: in_memory(STEPS, 20),
            lambda: environments.steps_per_second(python, program, str(STEPS), "20", *further),
        )
    except PeerUnavailable as error:
        say(f"left out: {peer}: {error.message}")
        rates = [in_memory(STEPS, 20) for _ in range(rounds)]
        reason = f"{peer} left out: {error.message}"
        return alone(measure, "steps/s", rates, higher_is_better=True, note=reason)
    note = f"Weft: nothing kept; {peer}: {kept}"
    if medians[0] < medians[1]:
        note += "; Weft is behind"
    return against(measure, "steps/s", medians, peer, note)

"""Measures of Weft alone, in memory: commands, chains in process, cold import, and the embedded programs of peers."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from bench.speed import decider, environments
from bench.speed.chains import chain
from bench.speed.environments import PeerUnavailable
from bench.speed.rows import SpeedRow, against, alone, interleaved
from weftctl.packaging.artefact import PROJECT_ROOT
from weftctl.testing import WorkflowTestEnvironment

Say = Callable[[str], None]


class Peer(msgspec.Struct, frozen=True):
    """A program under ``peers``, run in the environment ``home``. ``keeps`` says what survives a crash of it."""

    home: str
    program: str
    keeps: str
    arguments: tuple[str, ...] = ()
    npm: str | None = None


RESTATE_SERVER = "node_modules/@restatedev/restate-server-linux-x64/bin/restate-server"
PEERS = {
    "DBOS": Peer("dbos", "dbos_chain", "each step committed to SQLite"),
    "Restate": Peer(
        "restate",
        "restate_chain",
        "each step in the server's log on disk",
        (str(environments.ENVIRONMENTS / "restate" / RESTATE_SERVER),),
        "@restatedev/restate-server@1.7.12",
    ),
    "SpiffWorkflow, saved": Peer("spiff", "spiff_chain", "all tasks written to SQLite after each step", ("saved",)),
    "SpiffWorkflow, unsaved": Peer("spiff", "spiff_chain", "nothing", ("unsaved",)),
    "durable execution SDK": Peer("durable", "durable_chain", "nothing: checkpoints in the runner's memory"),
    "moto Step Functions": Peer("moto", "moto_chain", "nothing: history in memory"),
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
            measure = f"weft run, {steps:,} steps"
            rows.append(alone(measure, "s", seconds, higher_is_better=False, note="the whole command; nothing is kept"))
    for steps, executions in ((10, 100), (1_000, 3)):
        rates = [decider.steps_per_second(steps, executions) for _ in range(rounds)]
        note = "decide and evolve alone, by processor time; nothing is kept"
        rows.append(alone(f"decider, chain of {steps:,}", "steps/s", rates, higher_is_better=True, note=note))
    return rows


def peer_rows(rounds: int, say: Say) -> Iterator[SpeedRow]:
    """Chains of ten and of a thousand in process, Weft over its memory store and each peer in turns."""
    for steps, executions in ((10, 20), (1_000, 1)):
        for peer in PEERS:
            yield row(peer, steps, executions, rounds, say)


def row(peer: str, steps: int, executions: int, rounds: int, say: Say) -> SpeedRow:
    """One peer's line; one that cannot be had is left out, with the reason."""
    this = PEERS[peer]
    measure = f"chain of {steps:,} in process"
    say(f"{measure}: {peer}")
    try:
        python = environments.install(this.home, environments.versions()[this.home])
        if this.npm is not None:
            environments.install_npm(python, this.npm)
        medians = interleaved(
            rounds,
            lambda: in_memory(steps, executions),
            lambda: environments.steps_per_second(python, this.program, str(steps), str(executions), *this.arguments),
        )
    except PeerUnavailable as error:
        say(f"left out: {peer}: {error.message}")
        rates = [in_memory(steps, executions) for _ in range(rounds)]
        reason = f"{peer} left out: {error.message}"
        return alone(measure, "steps/s", rates, higher_is_better=True, note=reason)
    note = f"kept by Weft's memory store: nothing; by the peer: {this.keeps}"
    if medians.weft < medians.peer:
        note += f"; {_why_behind(steps, medians.weft)}"
    return against(measure, "steps/s", medians, peer, note)


def _why_behind(steps: int, rate: float) -> str:
    """What of Weft's time is deciding, and what is the rest of the engine around it."""
    alone_rate = decider.steps_per_second(steps, max(1, 1_000 // steps))
    return (
        f"Weft is behind: of the time of its step {100 * rate / alone_rate:.0f} % is deciding and folding the history, "
        "the rest queues, worker and an encoded commit for each step, as if it were to last"
    )

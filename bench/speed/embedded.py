"""Weft deployed to the embedded AWS, beside the Step Functions of the same emulator."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from bench.speed.chains import chain
from bench.speed.environments import PeerUnavailable
from bench.speed.rows import SpeedRow, against, alone, interleaved
from weftctl.local.stack import EmbeddedAws
from weftctl.packaging import build

STEPS = 10
_PATIENCE_SECONDS = 120.0
_ENDED = frozenset({"completed", "failed", "canceled", "timed_out", "partially_failed"})
PEER = "MiniStack Step Functions"


def rows(rounds: int, say: Callable[[str], None]) -> list[SpeedRow]:
    """Executions per second at 20 and 50 in flight, and the latency of one step."""
    say("the embedded stack")
    with tempfile.TemporaryDirectory(prefix="weft-bench-") as folder, EmbeddedAws(Path(folder)) as stack:
        stack.deploy(build("local"))
        with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=60.0, trust_env=False) as api:
            for steps in (1, STEPS):
                api.post("/workflows", json=chain(steps, kind="script")).raise_for_status()
            machines = stack.client("stepfunctions")
            machine = _machine(machines, _role(stack.client("iam")))
            measured = latency(api)
            for flight in (20, 50):
                say(f"{flight} executions in flight")
                try:
                    measured.append(_throughput(flight, rounds, api, machines, machine))
                except (PeerUnavailable, BotoCoreError, ClientError, httpx.HTTPError) as error:
                    say(f"left out: {flight} in flight: {error}")
    return measured


def latency(api: httpx.Client, samples: int = 30) -> list[SpeedRow]:
    """From the request to start until the end is seen, of an execution of one step."""
    seconds = []
    for _ in range(samples):
        began = time.perf_counter()
        execute(api, 1)
        seconds.append(time.perf_counter() - began)
    cuts = quantiles(seconds, n=100, method="inclusive")
    note = "looked every 50 ms over HTTP, both included"
    return [
        alone(f"one step, start to finish, p{at}", "s", [cuts[at - 1]], higher_is_better=False, note=note)
        for at in (50, 99)
    ]


def execute(api: httpx.Client, steps: int) -> None:
    """Run one execution to its end.

    Raises:
        PeerUnavailable: it did not complete.
    """
    started = api.post(f"/workflows/bench-script-{steps}/execute", json={"input": {"n": 0}}).raise_for_status().json()
    address = f"/workflows/executions/{started['execution_id']}"
    _until(lambda: str(api.get(address).raise_for_status().json()["state"]), _ENDED, "completed")


def _throughput(flight: int, rounds: int, api: httpx.Client, machines: Any, machine: str) -> SpeedRow:
    measure = f"embedded stack, chain of {STEPS}, {flight} in flight"

    def peer() -> float:
        return _rate(flight, lambda: _execute_machine(machines, machine))

    medians = interleaved(rounds, lambda: _rate(flight, lambda: execute(api, STEPS)), peer)
    note = "Weft: script steps, commits in DynamoDB; peer: Pass states, history in the emulator's memory"
    if medians[0] < medians[1]:
        note += "; Weft is behind"
    return against(measure, "executions/s", medians, PEER, note)


def _rate(flight: int, once: Callable[[], None]) -> float:
    with ThreadPoolExecutor(flight) as callers:
        began = time.perf_counter()
        for future in [callers.submit(once) for _ in range(flight)]:
            future.result()
        return flight / (time.perf_counter() - began)


def _role(iam: Any) -> str:
    """The role that the emulator wants to exist."""
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return str(iam.create_role(RoleName="bench", AssumeRolePolicyDocument=policy)["Role"]["Arn"])


def _machine(machines: Any, role: str) -> str:
    states = {f"s{n}": {"Type": "Pass", "Next": f"s{n + 1}"} for n in range(STEPS - 1)}
    last = {f"s{STEPS - 1}": {"Type": "Pass", "End": True}}
    definition = json.dumps({"StartAt": "s0", "States": {**states, **last}})
    return str(
        machines.create_state_machine(name="bench-chain", definition=definition, roleArn=role)["stateMachineArn"]
    )


def _execute_machine(machines: Any, machine: str) -> None:
    arn = machines.start_execution(stateMachineArn=machine, input='{"n": 0}')["executionArn"]
    ended = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
    _until(lambda: str(machines.describe_execution(executionArn=arn)["status"]), ended, "SUCCEEDED")


def _until(look: Callable[[], str], ended: frozenset[str], wanted: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (state := look()) not in ended:
        if time.monotonic() > deadline:
            raise PeerUnavailable(f"an execution is still {state} after {_PATIENCE_SECONDS:.0f} s")
        time.sleep(0.05)
    if state != wanted:
        raise PeerUnavailable(f"an execution ended {state}")

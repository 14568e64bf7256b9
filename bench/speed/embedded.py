"""Weft deployed to the embedded AWS, beside the Step Functions of the same emulator."""

from __future__ import annotations

import io
import json
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import msgspec
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
_FUNCTION = """
def greet(event, context):
    return {"name": event["name"], "greeting": f"Hello, {event['name']}!"}
"""


class Work(msgspec.Struct, frozen=True):
    """What the steps do, on both sides. ``invokes`` says whether the peer's steps invoke a function."""

    name: str
    workflow: Callable[[int], dict[str, Any]]
    invokes: bool
    note: str


def _greetings(steps: int) -> dict[str, Any]:
    return chain(steps, kind="greeting")


def _additions(steps: int) -> dict[str, Any]:
    return chain(steps, kind="script")


ACTIVITIES = Work("activities", _greetings, True, "Weft: queued activities; peer: Task states that invoke a function")
ADDITIONS = Work("additions", _additions, False, "Weft: script steps; peer: Pass states with an intrinsic function")
WORKS = (ACTIVITIES, ADDITIONS)


def rows(rounds: int, say: Callable[[str], None]) -> Iterator[SpeedRow]:
    """Executions per second at 20 and 50 in flight, with steps of two kinds, and the latency of one step."""
    say("the embedded stack")
    with tempfile.TemporaryDirectory(prefix="weft-bench-") as folder, EmbeddedAws(Path(folder)) as stack:
        stack.deploy(build("local"))
        single = httpx.Limits(max_keepalive_connections=0)  # many threads share the client
        with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=60.0, trust_env=False, limits=single) as api:
            for work in WORKS:
                for steps in (1, STEPS):
                    api.post("/workflows", json=work.workflow(steps)).raise_for_status()
            yield from latency(api)
            for work in WORKS:
                for flight in (20, 50):
                    say(f"{flight} executions in flight, {work.name}")
                    try:
                        yield _throughput(work, flight, rounds, api, stack)
                    except (PeerUnavailable, BotoCoreError, ClientError, httpx.HTTPError) as error:
                        say(f"left out: {flight} in flight, {work.name}: {error}")


def latency(api: httpx.Client, samples: int = 30) -> list[SpeedRow]:
    """From the request to start until the end is seen, of an execution of one queued activity."""
    seconds = []
    for _ in range(samples):
        began = time.perf_counter()
        execute(api, ACTIVITIES.workflow(1)["id"])
        seconds.append(time.perf_counter() - began)
    cuts = quantiles(seconds, n=100, method="inclusive")
    note = "looked every 50 ms over HTTP, both included"
    return [
        alone(f"one step, start to finish, p{at}", "s", [cuts[at - 1]], higher_is_better=False, note=note)
        for at in (50, 99)
    ]


def execute(api: httpx.Client, workflow_id: str) -> dict[str, Any]:
    """Run one execution to its end; gives its status.

    Raises:
        PeerUnavailable: it did not complete.
    """
    address = f"/workflows/executions/{_start(api, workflow_id)}"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _end_of(status := _asked(api, address)) is None:
        _still_in_time(deadline, status["state"])
        time.sleep(0.05)
    return status


def _start(api: httpx.Client, workflow_id: str) -> str:
    started = api.post(f"/workflows/{workflow_id}/execute", json={"input": {"n": 0, "name": "Ada"}})
    return str(started.raise_for_status().json()["execution_id"])


def _asked(api: httpx.Client, address: str) -> dict[str, Any]:
    status: dict[str, Any] = api.get(address).raise_for_status().json()
    return status


def _end_of(status: Mapping[str, Any]) -> datetime | None:
    """When an execution completed; None while it runs."""
    if status["state"] == "completed":
        return datetime.fromisoformat(status["completed_at"])
    if status["state"] in _ENDED:
        raise PeerUnavailable(f"an execution ended {status['state']}")
    return None


def _throughput(work: Work, flight: int, rounds: int, api: httpx.Client, stack: EmbeddedAws) -> SpeedRow:
    workflow_id = work.workflow(STEPS)["id"]
    machines = stack.client("stepfunctions")
    machine = _machine(stack, machines, work)
    medians = interleaved(
        rounds,
        lambda: _rate(
            flight,
            lambda: _start(api, workflow_id),
            lambda each: _end_of(_asked(api, f"/workflows/executions/{each}")),
        ),
        lambda: _rate(flight, lambda: _start_machine(machines, machine), lambda each: _machine_end(machines, each)),
    )
    note = f"{work.note}. Kept by Weft: every commit in DynamoDB; by the peer: history in the emulator's memory"
    if medians.weft < medians.peer:
        note += "; Weft is behind: " + _why_behind(api, workflow_id)
    return against(f"embedded stack, {STEPS} {work.name}, {flight} in flight", "executions/s", medians, PEER, note)


def _why_behind(api: httpx.Client, workflow_id: str) -> str:
    """How much more the emulator is asked to do for Weft, counted on one execution."""
    commits = execute(api, workflow_id)["version"]
    return (
        f"its execution takes {commits} commits, each with requests over HTTP to the emulated DynamoDB and queues from "
        "functions in processes of their own; the peer's runs inside the emulator and writes nothing"
    )


def _rate(flight: int, start: Callable[[], str], end_of: Callable[[str], datetime | None]) -> float:
    """Start ``flight`` executions at once, and look for their ends one by one, so that looking is no load to speak of.

    The time runs from the first request to the last end by the engine's own clock.
    """
    began, deadline = datetime.now(UTC), time.monotonic() + _PATIENCE_SECONDS
    with ThreadPoolExecutor(flight) as callers:
        waiting = [future.result() for future in [callers.submit(start) for _ in range(flight)]]
    ends: list[datetime] = []
    while waiting:
        end = end_of(waiting[-1])
        if end is None:
            _still_in_time(deadline, "running")
            time.sleep(0.1)
            continue
        ends.append(end)
        waiting.pop()
    return flight / (max(ends) - began).total_seconds()


def _still_in_time(deadline: float, state: str) -> None:
    if time.monotonic() > deadline:
        raise PeerUnavailable(f"an execution is still {state} after {_PATIENCE_SECONDS:.0f} s")


def _machine(stack: EmbeddedAws, machines: Any, work: Work) -> str:
    """A state machine that does ``work``, made at the first call."""
    name = f"bench-{work.name.replace(' ', '-')}"
    known = {each["name"]: str(each["stateMachineArn"]) for each in machines.list_state_machines()["stateMachines"]}
    if name in known:
        return known[name]
    role = _role(stack.client("iam"), name)
    function = _function(stack.client("lambda"), role) if work.invokes else None
    states = {f"s{number}": _state(function, number) for number in range(STEPS)}
    definition = json.dumps({"StartAt": "s0", "States": states})
    return str(machines.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"])


def _state(function: str | None, number: int) -> dict[str, Any]:
    follows: dict[str, Any] = {"End": True} if number == STEPS - 1 else {"Next": f"s{number + 1}"}
    if function is None:
        return {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, **follows}
    return {"Type": "Task", "Resource": function, **follows}


def _role(iam: Any, name: str) -> str:
    """A role, which the emulator wants to exist."""
    services = ["states.amazonaws.com", "lambda.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"])


def _function(functions: Any, role: str) -> str:
    """A Lambda function that does what Weft's activity does."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("bench.py", _FUNCTION)
    made = functions.create_function(
        FunctionName="bench-greet",
        Runtime="python3.11",
        Role=role,
        Handler="bench.greet",
        Code={"ZipFile": archive.getvalue()},
        MemorySize=256,
    )
    return str(made["FunctionArn"])


def _start_machine(machines: Any, machine: str) -> str:
    return str(machines.start_execution(stateMachineArn=machine, input='{"n": 0, "name": "Ada"}')["executionArn"])


def _machine_end(machines: Any, arn: str) -> datetime | None:
    """When an execution of the peer succeeded; None while it runs."""
    seen = machines.describe_execution(executionArn=arn)
    if seen["status"] not in ("RUNNING", "SUCCEEDED"):
        raise PeerUnavailable(f"an execution of the peer ended {seen['status']}: {seen.get('cause')}")
    end: datetime | None = seen.get("stopDate") if seen["status"] == "SUCCEEDED" else None
    return end

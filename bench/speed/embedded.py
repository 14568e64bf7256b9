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
from chalicelib.domain.execution.events import TERMINAL_STATES
from weftctl.local.stack import EmbeddedAws
from weftctl.packaging import build

STEPS = 10
_PATIENCE_SECONDS = 120.0
PEER = "MiniStack Step Functions"
_FUNCTION = """
def greet(event, context):
    return {"name": event["name"], "greeting": f"Hello, {event['name']}!"}
"""


class Work(msgspec.Struct, frozen=True):
    """What the steps do, on both sides, and to what ``output``. ``invokes``: the peer's steps invoke a function."""

    name: str
    workflow: Callable[[int], dict[str, Any]]
    invokes: bool
    output: dict[str, Any]
    note: str


def _greetings(steps: int) -> dict[str, Any]:
    return chain(steps, kind="greeting")


def _additions(steps: int) -> dict[str, Any]:
    return chain(steps, kind="script")


ACTIVITIES = Work(
    "activities",
    _greetings,
    True,
    {"greeting": "Hello, Ada!"},
    "Weft: queued activities; peer: Task states that invoke a function",
)
ADDITIONS = Work(
    "additions",
    _additions,
    False,
    {"n": STEPS},
    "Weft: script steps; peer: Pass states with an intrinsic function",
)
WORKS = (ACTIVITIES, ADDITIONS)


class Machine:
    """A state machine of the peer's, and how it is driven."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self) -> str:
        """Begin an execution; gives its name."""
        begun = self._client.start_execution(stateMachineArn=self._arn, input='{"n": 0, "name": "Ada"}')
        return str(begun["executionArn"])

    def end_of(self, execution: str, output: Mapping[str, Any]) -> datetime | None:
        """When an execution succeeded; None while it runs. Raises ``PeerUnavailable`` for any other end."""
        seen = self._client.describe_execution(executionArn=execution)
        if seen["status"] == "RUNNING":
            return None
        if seen["status"] != "SUCCEEDED" or not output.items() <= json.loads(seen["output"]).items():
            raise PeerUnavailable(f"an execution of the peer ended {seen['status']} with {seen.get('output')}")
        end: datetime = seen["stopDate"]
        return end


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
            machines = stack.client("stepfunctions")
            for work in WORKS:
                machine = _machine(stack, machines, work)
                for flight in (20, 50):
                    say(f"{flight} executions in flight, {work.name}")
                    try:
                        yield _throughput(work, flight, rounds, api, Machine(machines, machine))
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
        time.sleep(0.05)  # between two looks, up to the deadline; the note of the line says so
    return status


def _start(api: httpx.Client, workflow_id: str) -> str:
    started = api.post(f"/workflows/{workflow_id}/execute", json={"input": {"n": 0, "name": "Ada"}})
    return str(started.raise_for_status().json()["execution_id"])


def _asked(api: httpx.Client, address: str) -> dict[str, Any]:
    status: dict[str, Any] = api.get(address).raise_for_status().json()
    return status


def _end_of(status: Mapping[str, Any], output: Mapping[str, Any] | None = None) -> datetime | None:
    """When an execution completed, with ``output`` if one is given; None while it runs."""
    if status["state"] == "completed":
        if output is not None and status["output"] != output:
            raise PeerUnavailable(f"an execution ended with {status['output']}, not {output}")
        return datetime.fromisoformat(status["completed_at"])
    if status["state"] in TERMINAL_STATES:
        raise PeerUnavailable(f"an execution ended {status['state']}")
    return None


def _throughput(work: Work, flight: int, rounds: int, api: httpx.Client, peer: Machine) -> SpeedRow:
    workflow_id = work.workflow(STEPS)["id"]
    medians = interleaved(
        rounds,
        lambda: _rate(
            flight,
            lambda: _start(api, workflow_id),
            lambda each: _end_of(_asked(api, f"/workflows/executions/{each}"), work.output),
        ),
        lambda: _rate(flight, peer.start, lambda each: peer.end_of(each, work.output)),
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
            time.sleep(0.1)  # between two looks: looking all the time would take the processor from the engines
            continue
        ends.append(end)
        waiting.pop()
    return flight / (max(ends) - began).total_seconds()


def _still_in_time(deadline: float, state: str) -> None:
    if time.monotonic() > deadline:
        raise PeerUnavailable(f"an execution is still {state} after {_PATIENCE_SECONDS:.0f} s")


def _machine(stack: EmbeddedAws, machines: Any, work: Work) -> str:
    """A new state machine that does ``work``."""
    name = f"bench-{work.name}"
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

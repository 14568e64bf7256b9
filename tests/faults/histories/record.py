"""Records executions in the middle of their lives, as the code it runs with stores them and has them under way.

Layer: tests. Run it in a checkout of what is deployed, before the fold or a stored form changes::

    git worktree add ../before main
    cd ../before && .venv/bin/python /path/to/tests/faults/histories/record.py > /path/to/…/evolve-3.json

It drives that checkout's own `tests.faults.world`. What comes out is one JSON object: the version of ``evolve``, the
documents, and for each workflow its cuts: items, entries and message bodies, as they were when a release could have
come in between.
"""

from __future__ import annotations

import base64
import json
import logging
import socket
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

from chalicelib.adapters.bodies import Bodies
from chalicelib.adapters.dynamodb import commits
from chalicelib.adapters.dynamodb.items import SnapshotItem
from chalicelib.adapters.sqs import messages
from chalicelib.domain.execution.commands import AnyRequest, Signal, SubmitHuman
from chalicelib.domain.execution.evolve import EVOLVE_VERSION
from chalicelib.ports.queues import CommandMessage
from tests.faults.world import Effects, World

CUTS = 4
RETRY = {"max_attempts": 6, "initial_interval": 2, "backoff_coefficient": 2, "max_interval": 10}


class NoBlobs:
    """Everything recorded is small."""

    def put(self, data: bytes, *, lasting: bool = False) -> str:
        message = "a recorded body is too large for its item"
        raise ValueError(message)

    def get(self, name: str) -> bytes:
        raise KeyError(name)


BODIES = Bodies(NoBlobs(), inline_bytes=300_000)


def anywhere(raw: bytes) -> bytes:
    """JSON as if it were recorded in no place in particular."""
    host = f'"{socket.gethostname()}"'.encode()
    return raw.replace(f"{Path.cwd()}/".encode(), b"").replace(host, b'"somewhere"')


def body(kind: messages.Kind, message: Any) -> str:
    """The body of a message."""
    return anywhere(messages.encode(kind, message, NoBlobs()).encode()).decode()


def step(step_id: str, type_: str, **of: Any) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": type_, **of}}


def activity(step_id: str, activity_type: str, **fields: Any) -> dict[str, Any]:
    mapping = {"input_mapping": {"n": "$.context.n"}, "output_mapping": {"n": "$.context.n"}}
    return {**step(step_id, "activity", activity_type=activity_type, **mapping), **fields}


def workflow(id: str, steps: list[dict[str, Any]], transitions: str, **fields: Any) -> dict[str, Any]:
    """``transitions`` are ``a-b b-c``."""
    pairs = [pair.split(">") for pair in transitions.split()]
    return {
        "id": id,
        "name": id,
        "version": "1.0.0",
        "steps": [step("start", "start"), *steps, step("end", "end")],
        "transitions": [{"from_step_id": source, "to_step_id": target} for source, target in pairs],
        **fields,
    }


PERSON = {
    "id": "point",
    "step_id": "person",
    "name": "A person",
    "user_groups": ["leads"],
    "allowed_actions": [{"type": "approve"}],
}
BRANCHES = [
    {"name": "left", "entry_step_id": "queued", "exit_step_id": "inline"},
    {"name": "right", "entry_step_id": "timer", "exit_step_id": "each"},
]
EVERYTHING = workflow(
    "everything",
    [
        step("set", "data_mapping", mapping={"$.context.n": 0}),
        step("parts", "parallel", branches=BRANCHES),
        activity("queued", "flaky", retry_policy=RETRY),
        activity("inline", "count.inline"),
        step("timer", "timer", timer_config={"type": "delay", "seconds": 5}),
        step("each", "map", items="[1,2,3]", entry_step_id="item", exit_step_id="item", max_concurrency=2),
        step("item", "activity", activity_type="count", input_mapping={"n": "$.item"}),
        step("which", "decision", conditions=[{"condition": "$.context.n >= 2", "transition_to": "script"}]),
        step("script", "script", expression="{'n': $.context.n * 10}", output_mapping={"n": "$.context.n"}),
        step("signal", "wait", event_name="go"),
        step("person", "human", intervention_point_id="point"),
        step("child", "sub_workflow", workflow_id="child", input_mapping={"n": "$.context.n"}),
        step("result", "data_mapping", mapping={"$.output.n": "$.context.n"}),
    ],
    "start>set set>parts queued>inline timer>each parts>which script>signal signal>person person>child child>result "
    "result>end",
    human_intervention_points=[PERSON],
)
CHILD = workflow("child", [activity("inner", "flaky", retry_policy=RETRY)], "start>inner inner>end")
SAGA = workflow(
    "saga",
    [
        step("set", "data_mapping", mapping={"$.context.n": 0}),
        step("lines", "map", items="[1,2,3]", entry_step_id="line", exit_step_id="line", max_concurrency=2),
        {
            **step("line", "activity", activity_type="count", input_mapping={"n": "$.item"}),
            "compensation_step_id": "undo-line",
        },
        activity("a", "count", compensation_step_id="undo-a"),
        activity("b", "count.inline", compensation_step_id="undo-a"),
        activity("fails", "absent"),
        {**step("undo-line", "activity", activity_type="flaky", input_mapping={"n": "$.item"}), "retry_policy": RETRY},
        step("undo-a", "activity", activity_type="count.inline", input_mapping={"n": "$.compensated.output.n"}),
    ],
    "start>set set>lines lines>a a>b b>fails fails>end",
)
REACTIONS: dict[tuple[str, str], AnyRequest] = {
    ("signal", "waiting_for_event"): Signal(id="s-1", name="go"),
    ("person", "waiting_for_human_intervention"): SubmitHuman(
        id="h-1", by="lea", step="person", action="approve", groups=("leads",)
    ),
}


def main() -> None:
    """Record, and write to the standard output."""
    logging.disable()
    recorded = {"everything": record([EVERYTHING, CHILD], {"n": 0}), "saga": record([SAGA], {})}
    documents = {"everything": [EVERYTHING, CHILD], "saga": [SAGA]}
    result = {"evolve_version": EVOLVE_VERSION, "documents": documents, "workflows": recorded}
    sys.stdout.write(json.dumps(result, separators=(",", ":")) + "\n")


def record(documents: list[dict[str, Any]], input: Any) -> dict[str, Any]:
    """Play once to count the turns, and again to stop at some of them."""
    turns = len(list(play(documents, input)))
    chosen = {turns * cut // (CUTS + 1) for cut in range(1, CUTS + 1)}
    cuts = []
    for turn, world in enumerate(play(documents, input)):
        if turn in chosen:
            cuts.append(picture(world))
    ended = world.status("x")
    return {"cuts": cuts, "ends": {name: ended[name] for name in ("state", "output", "variables")}}


def play(documents: list[dict[str, Any]], input: Any) -> Any:
    """Yields the world before each turn. Snapshots are taken of every commit."""
    world = World(Effects().registry, snapshot_min_bytes=1)
    for document in documents:
        world.register(document)
    world.start(documents[0]["id"], input)
    waiting = dict(REACTIONS)
    while True:
        yield world
        if world._deliver():
            continue
        states = {(row["step_id"], row["state"]) for row in world.status("x")["steps"]}
        due = [each for each in waiting if each in states]
        for each in due:
            request = waiting.pop(each)
            message = CommandMessage(execution_id="x", command=request)
            world.real.commands.send(message, deduplication_id=request.command_id)
        if not due and (world.status("x")["state"] in {"completed", "failed"} or not world._advance_clock()):
            return


def picture(world: Any) -> dict[str, Any]:
    """Everything that outlives a release."""
    store, real = world.real.store, world.real
    ids = sorted(store._commits)
    histories = [(each, list(store.read(each))) for each in ids]
    return {
        "now": world.clock.now().isoformat(),
        "commits": [
            plain(commits.to_item(commit, anywhere(commits.EVENTS.encode(commit.events)), BODIES, None).serialize())
            for _, history in histories
            for commit in history
        ],
        "snapshots": [plain(each) for each in (snapshot_item(store, execution_id) for execution_id in ids) if each],
        "entries": [
            [partition, key, json.loads(kept.raw), None if kept.expires_at is None else kept.expires_at.isoformat()]
            for (partition, key), kept in real.entries._kept.items()
        ],
        "commands": [
            [execution_id, body(messages.COMMAND, held.message)]
            for execution_id, group in real.commands._groups.items()
            for held in [*group.returned, *group.waiting]
        ],
        "tasks": [
            body(messages.TASK, held.message)
            for queue in real.tasks._queues.values()
            for _, _, held in sorted(queue._waiting, key=lambda each: each[:2])
        ],
        "wakeups": [
            [visible_at.astimezone(UTC).isoformat(), body(messages.WAKE_UP, held.message)]
            for visible_at, _, held in sorted(real.near_wakeups._waiting, key=lambda each: each[:2])
        ],
        "unpublished": [list(each) for each in store.stream.receive(1_000)],
    }


def snapshot_item(store: Any, execution_id: str) -> dict[str, Any] | None:
    snapshot = store.load_snapshot(execution_id)
    if snapshot is None:
        return None
    item: dict[str, Any] = SnapshotItem(
        execution_id,
        n=snapshot.commit_number,
        v=snapshot.evolve_version,
        b=BODIES.pack(anywhere(snapshot.state), form=1),
    ).serialize()
    return item


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """An item with its binary values as base64 text."""
    return {
        name: {kind: base64.b64encode(value).decode() if kind == "B" else value for kind, value in each.items()}
        for name, each in item.items()
    }


if __name__ == "__main__":
    main()

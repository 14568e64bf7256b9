"""A release in the middle of running executions: what the one before stored and sent is read, and goes on to its end.

Layer: tests. `histories/evolve-N.json` was recorded by the code of that time, see `histories/record.py`: it is never
changed, only added to.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from chalicelib.adapters.wakeups import LONGEST_DELAY
from chalicelib.domain.execution.commands import AnyRequest, Signal, SubmitHuman
from chalicelib.domain.execution.evolve import EVOLVE_VERSION, fold
from tests.faults.everywhere.references import Receiver
from tests.unit.execution.play import activity, chain
from weftctl.inprocess import InProcessStack
from weftctl.inprocess.stack import BEGIN

RECORDED: Final = {each.stem: each for each in Path(__file__).parent.joinpath("histories").glob("evolve-*.json")}
REQUESTS: Final[dict[tuple[str, str], AnyRequest]] = {
    ("signal", "waiting_for_event"): Signal(id="s-1", name="go"),
    ("person", "waiting_for_human_intervention"): SubmitHuman(
        id="h-1", by="lea", step="person", action="approve", groups=("leads",)
    ),
}
WEEK: Final = timedelta(days=7)


class Cut(msgspec.Struct, frozen=True):
    """An execution at the moment of a release: what was stored and under way, and how it has to end."""

    documents: list[dict[str, Any]]
    stored: dict[str, Any]
    ends: dict[str, Any]


def cuts() -> Iterator[Any]:
    """Every recorded cut, as a parameter."""
    for name, path in sorted(RECORDED.items()):
        recorded = json.loads(path.read_text(encoding="utf-8"))
        for workflow, played in recorded["workflows"].items():
            for number, stored in enumerate(played["cuts"]):
                cut = Cut(recorded["documents"][workflow], stored, played["ends"])
                yield pytest.param(cut, id=f"{name}-{workflow}-{number}")


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def deployed(receiver: Receiver, cut: Cut) -> InProcessStack:
    """The present release, at the moment of the cut."""
    return InProcessStack(receiver.registry, start_at=datetime.fromisoformat(cut.stored["now"]))


def take_over(stack: InProcessStack, cut: Cut) -> None:
    """Put what was stored and sent where it was."""
    dynamodb = stack._aws.client("dynamodb")
    for document in cut.documents:
        stack.register(document)
    for item in cut.stored["commits"]:
        dynamodb.put_item(TableName=stack.settings.commits_table, Item=binary(item))
    for item in cut.stored["snapshots"]:
        dynamodb.put_item(TableName=stack.settings.snapshots_table, Item=binary(item))
    for partition, key, body, expires_at in cut.stored["entries"]:
        until = None if expires_at is None else datetime.fromisoformat(expires_at)
        stack.engine().adapters.entries.put(partition, key, body, expires_at=until)
    for number, (execution_id, body) in enumerate(cut.stored["commands"]):
        stack.queue("commands.fifo").send(body, group=execution_id, deduplication=f"old-{number}")
    for body in cut.stored["tasks"]:
        stack.queue("tasks-medium").send(body)
    for visible_at, body in cut.stored["wakeups"]:
        at = datetime.fromisoformat(visible_at)
        delay = at - stack.clock.now()
        if delay > LONGEST_DELAY:  # where it was recorded one queue took all; on AWS these are timers
            stack.engine().adapters.timers.set(json.loads(body)["message"]["execution_id"], at)
        else:
            stack.queue("wakeups").send(body, delay_seconds=max(0, round(delay.total_seconds())))


def binary(item: dict[str, Any]) -> dict[str, Any]:
    """A recorded item as DynamoDB takes it."""
    return {
        name: {kind: base64.b64decode(value) if kind == "B" else value for kind, value in each.items()}
        for name, each in item.items()
    }


def run_to_the_end(stack: InProcessStack) -> None:
    """Deliver and let time pass, answering what it waits for."""
    until = stack.clock.now() + WEEK
    waiting = dict(REQUESTS)
    while True:
        if stack.deliver():
            continue
        states = {(row["step_id"], row["state"]) for row in stack.status()["steps"]}
        due = [each for each in waiting if each in states]
        for each in due:
            stack.request("x", waiting.pop(each))
        if not due and not stack.advance(until=until):
            return


def check_the_end(stack: InProcessStack, cut: Cut) -> None:
    status = stack.status()
    assert {name: status[name] for name in cut.ends} == cut.ends
    for execution_id in {item["execution_id"]["S"] for item in cut.stored["commits"]}:
        commits = stack.commits(execution_id)
        assert [commit.number for commit in commits] == list(range(1, len(commits) + 1))
        state = fold(commits)
        assert state is not None
        assert state.is_terminal
    assert not stack.errors
    assert set(stack.queue_lengths().values()) == {0}


@pytest.mark.parametrize("cut", list(cuts()))
def test_execution_goes_on_to_its_end_when_another_release_began_it(receiver: Receiver, cut: Cut) -> None:
    with deployed(receiver, cut) as stack:
        take_over(stack, cut)

        run_to_the_end(stack)

        check_the_end(stack, cut)


@pytest.mark.parametrize("cut", list(cuts()))
def test_old_history_gives_the_same_state_with_or_without_the_old_snapshot(receiver: Receiver, cut: Cut) -> None:
    with deployed(receiver, cut) as stack:
        take_over(stack, cut)

        loaded = stack.engine("decider").advance._committer.load("x")

        assert loaded == fold(stack.commits())


def test_there_are_recorded_histories_of_every_version_of_evolve_up_to_the_present() -> None:
    versions = {json.loads(path.read_text(encoding="utf-8"))["evolve_version"] for path in RECORDED.values()}

    assert versions == set(range(1, EVOLVE_VERSION + 1))


@pytest.mark.parametrize("version", [EVOLVE_VERSION - 1, EVOLVE_VERSION + 1])
def test_snapshot_is_passed_over_when_another_version_of_evolve_wrote_it(receiver: Receiver, version: int) -> None:
    # given a snapshot that would be wrong to believe, as old ones are, or as a newer release's after it is rolled back
    waiting = {"id": "w", "step_type": {"type": "wait", "event_name": "go"}}
    with InProcessStack(receiver.registry, settings={"snapshot_min_bytes": 1}) as stack:
        stack.register(chain(activity("a", of={"activity_type": "count"}), waiting, id="w"))
        stack.start("w", {})
        stack.run(until=BEGIN + timedelta(minutes=1))
        store = stack.engine().adapters.store
        snapshot = store.load_snapshot("x")
        assert snapshot is not None
        damaged = b'{"no": "state"}'
        store.save_snapshot(msgspec.structs.replace(snapshot, evolve_version=version, state=damaged))
        for function in ("decider", "publisher", "observer"):
            stack.kill(function)

        # when
        stack.request("x", Signal(id="1", name="go"))
        stack.run(until=BEGIN + timedelta(minutes=2))

        # then
        assert stack.status()["state"] == "completed"
        assert stack.errors == []


def test_executions_go_on_with_their_own_definition_when_a_new_version_is_registered(receiver: Receiver) -> None:
    def version(number: str, step: str) -> dict[str, Any]:
        waiting = {"id": "w", "step_type": {"type": "wait", "event_name": "go"}}
        return {**chain(waiting, activity(step, of={"activity_type": "count"}), id="w"), "version": number}

    with InProcessStack(receiver.registry) as stack:
        # given an execution that waits
        stack.register(version("1.0.0", "old"))
        stack.start("w", {}, "before")
        stack.run(until=BEGIN + timedelta(minutes=1))

        # when a version with other steps is there, and every process starts anew
        stack.register(version("2.0.0", "new"))
        for function in ("decider", "worker_medium", "publisher", "api_handler", "observer"):
            stack.kill(function)
        stack.start("w", {}, "after")
        stack.run(until=BEGIN + timedelta(minutes=2))
        for execution_id in ("before", "after"):
            stack.request(execution_id, Signal(id="1", name="go"))
        stack.run(until=BEGIN + timedelta(minutes=3))

        # then each did what its own says
        steps = {each: [row["step_id"] for row in stack.status(each)["steps"]] for each in ("before", "after")}
        assert steps == {"before": ["start", "w", "old", "end"], "after": ["start", "w", "new", "end"]}
        versions = {each: stack.status(each)["workflow_version"] for each in ("before", "after")}
        assert versions == {"before": "1.0.0", "after": "2.0.0"}

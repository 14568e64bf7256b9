"""The inbox: what is projected, however often and however late commits come. Layer: tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryEntries
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.commands import Cancel
from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.evolve import fold
from chalicelib.domain.execution.human_tasks import task_id
from chalicelib.domain.execution.state import State
from chalicelib.engine.inbox import ALL, ANYONE, Inbox, box_of
from chalicelib.ports.entries import Entry
from tests.unit.activities.fakes import FakeClock
from tests.unit.execution.asking import HOUR, deadline, play, submit
from tests.unit.execution.play import BEGIN, Play

GROUPS = ("sales", "directors")
ESCALATING = deadline({"type": "escalate", "user_groups": ["directors"]})


class Projection:
    """An inbox, fed from the commits of a played execution."""

    def __init__(self, played: Play, entries: MemoryEntries | None = None) -> None:
        self.played = played
        self.clock = FakeClock(BEGIN)
        self.entries = entries or MemoryEntries(self.clock)
        self.inbox = Inbox(self.entries, lambda created_at: created_at + timedelta(days=400))
        self.loads = 0

    def project(self, commits: Sequence[Commit], *, seen: int | None = None) -> None:
        """Publish ``commits``, while the head of the execution is at commit ``seen``."""

        def state_at(execution_id: str, number: int) -> State | None:
            self.loads += 1
            return fold(self.played.commits[: seen or len(self.played.commits)])

        self.inbox.project(self.played.state.execution_id, commits, state_at)

    def one_by_one(self) -> None:
        for number, commit in enumerate(self.played.commits, 1):
            self.project([commit], seen=number)

    def boxes(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of each box that has any."""
        names = [ALL, ANYONE, *(box_of(group) for group in GROUPS)]
        found = {name: [entry.body for entry in self.entries.read(name)] for name in names}
        return {name: rows for name, rows in found.items() if rows}

    def record(self) -> dict[str, Any] | None:
        return self.inbox.record(self.played.state.execution_id, "ask#1")


def waiting(**fields: Any) -> Play:
    return play(**{"user_groups": ["sales"], **fields})


def answered(**fields: Any) -> Play:
    played = waiting(**fields)
    submit(played, "approve")
    return played


def test_an_open_task_lies_in_the_boxes_of_its_groups() -> None:
    projection = Projection(waiting(user_groups=["sales", "directors", "sales"], description="Please look"))
    projection.one_by_one()

    boxes = projection.boxes()
    assert set(boxes) == {ALL, box_of("sales"), box_of("directors")}
    (row,) = boxes[ALL]
    assert boxes[box_of("sales")] == [row]
    assert (row["task_id"], row["description"]) == (
        task_id(projection.played.state.execution_id, "ask#1"),
        "Please look",
    )


def test_a_task_for_anyone_lies_in_a_box_of_its_own() -> None:
    projection = Projection(waiting(user_groups=[]))
    projection.one_by_one()

    assert set(projection.boxes()) == {ALL, ANYONE}


def test_nothing_is_left_when_a_task_was_answered() -> None:
    projection = Projection(answered())
    projection.one_by_one()

    assert projection.boxes() == {}
    record = projection.record()
    assert record is not None
    assert (record["ended"]["outcome"], record["ended"]["action"]) == ("answered", "approve")


def test_a_late_commit_resurrects_nothing_in_whatever_order_commits_come() -> None:
    played = answered(**ESCALATING)
    told = [(number, commit) for number, commit in enumerate(played.commits, 1)]
    assert len(told) <= 6, "so many orders would take too long"
    for order in permutations(told):
        projection = Projection(played)
        projection.one_by_one()
        for _, commit in order:
            projection.project([commit])
        assert projection.boxes() == {}
        record = projection.record()
        assert record is not None
        assert record["ended"]["outcome"] == "answered"


def test_a_stale_look_at_the_execution_resurrects_nothing() -> None:
    played = answered()
    projection = Projection(played)
    projection.one_by_one()
    opened = next(number for number, commit in enumerate(played.commits, 1) if _creates(commit))

    projection.project([played.commits[opened - 1]], seen=opened)

    assert projection.boxes() == {}


def test_how_it_ended_is_told_when_a_later_commit_says_so() -> None:
    played = answered()
    projection = Projection(played)
    opened = next(number for number, commit in enumerate(played.commits, 1) if _creates(commit))

    projection.project(played.commits[:opened])  # the head is further already
    before = projection.record()
    projection.project(played.commits[opened:])
    after = projection.record()

    assert before is not None
    assert after is not None
    assert (before["ended"]["outcome"], after["ended"]["outcome"]) == ("ended", "answered")


def test_a_task_moves_to_other_boxes_when_it_is_escalated() -> None:
    played = waiting(**ESCALATING)
    projection = Projection(played)
    projection.one_by_one()
    first = projection.boxes()
    done = len(played.commits)

    played.wait(2 * HOUR)
    projection.project(played.commits[done:])

    assert set(first) == {ALL, box_of("sales")}
    boxes = projection.boxes()
    assert set(boxes) == {ALL, box_of("directors")}
    assert [row["escalated"] for row in boxes[ALL]] == [True]
    submit(played, "approve")
    projection.project(played.commits)
    assert projection.boxes() == {}


def test_a_task_goes_when_its_execution_is_cancelled() -> None:
    played = waiting()
    played.tell(Cancel(id="c", by="ann"))
    projection = Projection(played)
    projection.one_by_one()

    record = projection.record()
    assert record is not None
    assert (projection.boxes(), record["ended"]["outcome"]) == ({}, "canceled")


def test_nothing_is_read_of_an_execution_when_no_step_of_it_asks_anybody() -> None:
    played = waiting()
    played.tell(Cancel(id="c", by="ann"))
    projection = Projection(played)

    projection.project(played.commits[-1:])

    assert projection.loads == 0
    assert list(projection.entries.read(ALL)) == []


def test_the_newer_record_has_the_last_word_when_two_publish_at_once() -> None:
    played = answered()
    opened = next(number for number, commit in enumerate(played.commits, 1) if _creates(commit))

    class Overtaken(MemoryEntries):
        """While the first row of an open task is written, another publisher ends the task."""

        done = False

        def put(self, partition: str, key: str, body: Any, **options: Any) -> None:
            if partition == ALL and not self.done:
                self.done = True
                Projection(played, self).project(played.commits)
            super().put(partition, key, body, **options)

    projection = Projection(played, Overtaken(FakeClock(BEGIN)))
    projection.project(played.commits[:opened], seen=opened)

    assert projection.boxes() == {}
    record = projection.record()
    assert record is not None
    assert record["ended"]["outcome"] == "answered"


def test_it_comes_again_when_others_change_a_record_all_the_time() -> None:
    class Contended(MemoryEntries):
        def replace(self, entry: Entry, body: Any, **options: Any) -> bool:
            return False

    projection = Projection(waiting(), Contended(FakeClock(BEGIN)))

    with pytest.raises(Unavailable):
        projection.one_by_one()


def test_what_was_cut_off_is_made_good_when_commits_come_again() -> None:
    class Dying(MemoryEntries):
        left = 0

        def put(self, partition: str, key: str, body: Any, **options: Any) -> None:
            self.left -= 1
            if self.left == 0:
                message = "the machine is gone"
                raise Unavailable(message)
            super().put(partition, key, body, **options)

    for survives in range(1, 4):
        entries = Dying(FakeClock(BEGIN))
        entries.left = survives
        projection = Projection(waiting(user_groups=["sales", "directors"]), entries)
        with pytest.raises(Unavailable):
            projection.one_by_one()
        projection.one_by_one()
        assert set(projection.boxes()) == {ALL, box_of("sales"), box_of("directors")}


def test_an_unknown_execution_is_no_error() -> None:
    played = waiting()
    entries = MemoryEntries(FakeClock(BEGIN))

    Inbox(entries, lambda created_at: None).project("gone", played.commits, lambda execution_id, number: None)

    assert list(entries.read(ALL)) == []


def test_a_box_has_a_name_that_can_be_kept_however_long_the_group() -> None:
    assert len(box_of("ü" * 2_000)) < 200
    assert box_of("a/b#c") == "inbox#a%2Fb%23c"


def _creates(commit: Commit) -> bool:
    return any(event.type == "HumanTaskCreated" for event in commit.events)

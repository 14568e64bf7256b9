"""Each change once, in order, to everybody who watches; and nothing paid for what nobody watches. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.engine.watchers import (
    KNOWN_SECONDS,
    MOST_WATCHED,
    SUBSCRIPTION_LASTS,
    Topic,
)
from chalicelib.ports.viewers import LARGEST_MESSAGE_BYTES, Unserved
from tests.unit.engine.watching_world import Died, Scene, viewer


def test_two_hundred_viewers_get_every_change_once_in_order_when_they_watch_one_execution(scene: Scene) -> None:
    screens = [scene.screen(f"c-{number}") for number in range(200)]
    for screen in screens:
        scene.subscribe(screen)

    for _ in range(20):
        scene.publish(scene.commit(2), scene.commit())
        scene.pause(0.1)

    for screen in screens:
        screen.look()
        assert screen.shown == list(range(1, 62))
        assert (screen.doubles, screen.gaps, screen.early) == ([], [], [])


def test_a_change_says_what_happened_when_it_is_sent(scene: Scene) -> None:
    scene.screen()
    scene.subscribe(scene.screen(), after=1)
    scene.viewers.take("c-1")

    scene.publish(scene.commit(details={"attempt": 1}))

    assert scene.viewers.take("c-1") == [
        {
            "event_type": "step.started",
            "workflow_id": "w",
            "execution_id": "e",
            "sequence": 2,
            "version": 2,
            "timestamp": "2026-01-31T09:00:01.000Z",
            "data": {"attempt": 1, "step_id": "s", "run_id": "s#1"},
        }
    ]


def test_nobody_is_told_twice_when_a_batch_comes_again(scene: Scene) -> None:
    screen = scene.screen()
    scene.subscribe(screen)
    batch = [scene.commit(), scene.commit(3), scene.commit()]

    scene.publish(*batch)
    scene.publish(*batch)
    scene.publisher()
    scene.publish(*batch[1:])

    assert screen.look().shown == [1, 2, 3, 4, 5, 6]
    assert screen.doubles == []


def test_what_is_missing_is_read_when_batches_come_out_of_order(scene: Scene) -> None:
    screen, other = scene.screen(), scene.screen("c-2")
    scene.subscribe(screen)
    scene.subscribe(other, Topic("workflow", "w"))
    second, third, fourth, fifth = (scene.commit() for _ in range(4))

    scene.publish(second)
    scene.publish(fifth)
    scene.publish(third, fourth)

    assert screen.look().shown == [1, 2, 3, 4, 5]
    assert other.look().shown[-4:] == [2, 3, 4, 5]
    assert (screen.doubles, other.doubles) == ([], [])


def test_a_viewer_can_tell_what_it_has_seen_when_the_publisher_dies_before_it_marks_that(scene: Scene) -> None:
    screen = scene.screen()
    scene.subscribe(screen)
    batch = [scene.commit(), scene.commit()]

    def die(call: str, place: str) -> None:
        if (call, place) == ("put", "watch#execution#e @pushed"):
            raise Died

    scene.entries.before = die
    with pytest.raises(Died):
        scene.publish(*batch)
    scene.entries.before = lambda call, place: None
    scene.publisher()
    scene.publish(*batch)

    assert screen.look().shown == [1, 2, 3]
    assert screen.doubles == [2, 3]


def test_what_was_sent_is_marked_part_by_part_when_there_is_much(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.engine.live.MOST_AT_ONCE", 6)
    screens = [scene.screen(f"c-{number}") for number in range(3)]
    for screen in screens:
        scene.subscribe(screen)
    batch = [scene.commit(5), scene.commit(2)]
    deliveries: list[int] = []

    def die() -> None:
        deliveries.append(1)
        if len(deliveries) == 3:
            raise Died

    scene.before_delivery = die
    with pytest.raises(Died):
        scene.publish(*batch)
    scene.publish(*batch)

    assert all(screen.look().shown == list(range(1, 9)) for screen in screens)
    assert all(screen.doubles == [] for screen in screens)


# --- who watches ------------------------------------------------------------------------------------------------------


def test_nothing_is_read_but_who_watches_at_all_when_nobody_does(scene: Scene) -> None:
    calls: list[tuple[str, str]] = []
    scene.entries.before = lambda call, place: calls.append((call, place))

    for _ in range(100):
        scene.publish(scene.commit())
        scene.pause(KNOWN_SECONDS / 10)

    assert set(calls) == {("read", "watched")}
    assert len(calls) <= 11
    assert scene.workflows_asked == 0


def test_nothing_more_is_read_when_somebody_watches_something_else(scene: Scene) -> None:
    scene.commit(execution_id="other")
    scene.subscribe(scene.screen(), Topic("execution", "other"))
    scene.pause()
    calls: list[tuple[str, str]] = []
    scene.entries.before = lambda call, place: calls.append((call, place))

    scene.publish(scene.commit())

    assert calls == [("read", "watched")]
    assert len(scene.viewers.received("c-1")) == 2  # its own view, and the one change in it


def test_each_is_looked_for_when_very_much_is_watched(scene: Scene) -> None:
    for number in range(MOST_WATCHED + 1):
        scene.watchers.announce(Topic("execution", f"a-{number}"))
    screen = scene.screen()
    scene.subscribe(screen)

    scene.publish(scene.commit())

    assert screen.look().shown == [1, 2]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (Topic("execution", "e"), [("e", 2), ("e", 3)]),
        (Topic("workflow", "w"), [("e", 2), ("e", 3), ("f", 1), ("f", 2)]),
        (Topic("workflow", "v"), []),
        (Topic("workflow", "*"), [("f", 1)]),
    ],
)
def test_changes_reach_those_whom_they_concern_when_they_are_published(
    scene: Scene, topic: Topic, expected: list[tuple[str, int]]
) -> None:
    scene.subscribe(scene.screen(), topic, after=1)
    scene.viewers.take("c-1")

    scene.publish(scene.commit(2))
    scene.publish(scene.commit(execution_id="f"), scene.commit(execution_id="f"))

    told = [(message["execution_id"], message["sequence"]) for message in scene.viewers.take("c-1")]
    assert told == expected


def test_a_viewer_is_told_once_when_it_watches_an_execution_and_its_workflow(scene: Scene) -> None:
    screen = scene.screen()
    for topic in (Topic("execution", "e"), Topic("workflow", "w"), Topic("workflow", "*")):
        scene.subscribe(screen, topic, after=1)
    scene.viewers.take("c-1")

    scene.publish(scene.commit())

    assert [message["sequence"] for message in scene.viewers.take("c-1")] == [2]


def test_nothing_is_sent_any_more_when_a_viewer_unsubscribes_or_leaves(scene: Scene) -> None:
    one, two = scene.screen(), scene.screen("c-2")
    scene.subscribe(one)
    scene.subscribe(two)

    scene.watchers.end("c-1", Topic("execution", "e"))
    scene.watchers.forget("c-2")
    scene.publish(scene.commit())

    assert (one.look().shown, two.look().shown) == ([1], [1])


def test_a_viewer_is_forgotten_when_it_is_gone(scene: Scene) -> None:
    scene.subscribe(scene.screen())
    scene.subscribe(scene.screen("c-2"))
    scene.viewers.gone.add("c-1")

    scene.publish(scene.commit())

    assert scene.viewers.received("c-2")[-1]["sequence"] == 2
    _, watching = scene.watchers.of(Topic("execution", "e"))
    assert [entry.key for entry in watching] == ["c#c-2"]
    assert scene.errors == []


def test_others_are_served_and_the_error_is_told_when_a_viewer_cannot_be_served(scene: Scene) -> None:
    error = Unavailable("too many requests")

    def refusing(parcels: Any, *, within_seconds: float) -> list[Unserved]:
        refused = [parcel for parcel in parcels if parcel.viewer == viewer("c-1")]
        served = [parcel for parcel in parcels if parcel not in refused]
        return [
            *scene.viewers.deliver(served, within_seconds=within_seconds),
            *(Unserved(viewer=parcel.viewer, error=error) for parcel in refused),
        ]

    screens = [scene.screen(), scene.screen("c-2")]
    for screen in screens:
        scene.subscribe(screen)
    scene.deliver = refusing  # type: ignore[method-assign]

    scene.publish(scene.commit())
    scene.publish(scene.commit())

    assert [screen.look().shown for screen in screens] == [[1], [1, 2, 3]]
    assert scene.errors == [("e", error)]


def test_nothing_is_sent_when_a_subscription_has_expired(scene: Scene) -> None:
    screen = scene.screen()
    scene.subscribe(screen)
    scene.pause(SUBSCRIPTION_LASTS.total_seconds())

    scene.publish(scene.commit())

    assert screen.look().shown == [1]


def test_a_change_loses_its_data_when_it_is_too_large_for_a_message(scene: Scene) -> None:
    scene.subscribe(scene.screen(), after=1)
    scene.viewers.take("c-1")

    scene.publish(scene.commit(details={"output": "x" * LARGEST_MESSAGE_BYTES}))

    (message,) = scene.viewers.take("c-1")
    assert message["data"] == {"step_id": "s", "run_id": "s#1"}
    assert message["truncated"][0]["pointer"] == "/data"
    assert message["truncated"][0]["bytes"] > LARGEST_MESSAGE_BYTES

"""Beginning to watch: nothing is missed and nothing comes twice, whatever happens meanwhile. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.engine.watch import MOST_MISSED
from chalicelib.engine.watchers import OPENING_LASTS, Position, Topic
from tests.unit.engine.watching_world import Died, Scene, viewer


def test_a_viewer_misses_nothing_when_something_is_published_while_it_subscribes(scene: Scene) -> None:
    screen = scene.screen()
    published: list[str] = []

    def publish(call: str, place: str) -> None:
        before, scene.entries.before = scene.entries.before, lambda call, place: None
        published.append(f"{call} {place}")
        scene.publish(scene.commit())
        scene.entries.before = before if len(published) < 25 else scene.entries.before

    scene.entries.before = publish
    scene.subscribe(screen)
    scene.publish(scene.commit())

    assert len(published) > 10
    assert screen.look().shown == list(range(1, len(published) + 3))
    assert (screen.doubles, screen.gaps, screen.early) == ([], [], [])


def test_a_viewer_misses_nothing_when_the_publisher_does_not_know_of_it_yet(scene: Scene) -> None:
    screen = scene.screen()
    scene.publish(scene.commit())  # and knows now that nobody watches
    scene.meanwhile = lambda: scene.publish(scene.commit())

    scene.subscribe(screen)
    scene.meanwhile = lambda: None
    scene.publish(scene.commit())

    assert screen.look().shown == list(range(1, len(scene.commits) + 1))
    assert len(scene.commits) > 4
    assert screen.doubles == []


def test_the_second_viewer_does_not_wait_when_publishers_know_of_the_first(scene: Scene) -> None:
    scene.subscribe(scene.screen())
    before = scene.clock.now()

    scene.subscribe(scene.screen("c-2"))

    assert scene.clock.now() == before


def test_a_viewer_catches_up_when_it_was_away(scene: Scene) -> None:
    screen = scene.screen()
    scene.subscribe(screen)
    scene.publish(scene.commit())
    screen.look()
    scene.watchers.forget("c-1")
    away = [scene.commit(2), scene.commit()]
    scene.publish(*away)
    screen.name = "c-2"
    scene.watchers.admit(viewer("c-2"), {}, None)

    scene.subscribe(screen, after=screen.seen, after_version=2)
    scene.publish(scene.commit())

    assert screen.look().shown == [1, 2, 3, 4, 5, 6]
    assert (screen.doubles, screen.gaps) == ([], [])


def test_what_was_missed_is_found_when_the_version_said_is_another_s(scene: Scene) -> None:
    for _ in range(4):
        scene.publish(scene.commit())
    screen = scene.screen()
    screen.seen = 2

    scene.subscribe(screen, after=2, after_version=5)

    assert screen.look().shown == [3, 4, 5]


def test_a_viewer_gets_the_view_when_it_missed_very_much(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.commit(MOST_MISSED + 1)
    monkeypatch.setattr(scene.watch, "state", lambda execution_id: ({"workflow_id": "w"}, scene_end(scene)))

    scene.subscribe(scene.screen(), after=0)

    assert [message.get("request_type") for message in scene.viewers.take("c-1")] == ["subscribe"]


def scene_end(scene: Scene) -> Any:
    last = scene.commits[-1]
    return Position(last.first_sequence + len(last.events) - 1, last.number)


def test_the_subscription_counts_when_who_opened_it_died_and_its_time_is_over(scene: Scene) -> None:
    screen = scene.screen()

    def die() -> None:
        raise Died

    scene.meanwhile = die
    with pytest.raises(Died):
        scene.subscribe(screen)
    noted = scene.commit()
    scene.publish(noted)
    scene.pause(OPENING_LASTS.total_seconds())
    scene.publish(scene.commit())

    assert screen.look().shown == [1, 3]
    assert screen.gaps == [(1, 3)]  # so it asks for what is missing
    scene.meanwhile = lambda: None
    screen.seen = 1
    scene.subscribe(screen, after=1)
    assert screen.look().shown == [1, 3, 2, 3]


def test_a_list_of_executions_is_sent_again_when_something_happens_while_it_is_sent(scene: Scene) -> None:
    scene.screen()
    scene.meanwhile = lambda: scene.publish(scene.commit()) if len(scene.commits) < 4 else None

    scene.subscribe(scene.screen(), Topic("workflow", "w"))
    scene.publish(scene.commit())

    lists = [message["rows"] for message in scene.viewers.received("c-1") if "rows" in message]
    changes = [message["sequence"] for message in scene.viewers.received("c-1") if "rows" not in message]
    assert lists[0] == [["e", 1]]
    assert lists[-1] == [["e", 4]]
    assert changes == [5]

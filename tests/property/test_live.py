"""Whatever happens between any two calls of the store: each viewer sees every change, in order, and none twice.

Layer: tests. Commits are published in order and at least once, by a publisher that dies and comes back; viewers come
and come again at any time, also in the middle of what the publisher does, and it in the middle of what they do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.engine.watchers import Topic
from tests.unit.engine.watching_world import Died, Scene, Screen

ACTIONS = ("commit", "publish", "happen", "redeliver", "restart", "subscribe", "renew", "pause")


class Play:
    """A scene in which everything may interrupt everything else, once a level."""

    def __init__(self, draw: st.DataObject) -> None:
        self.draw = draw
        self.scene = Scene()
        self.scene.commit()
        self.published = 0
        self.screens: list[Screen] = []
        self.subscribing: set[str] = set()
        self.is_publishing = False
        self.may_double = False
        self.viewers = 0
        self.budget = 60
        self.scene.entries.before = self._interrupt
        self.scene.meanwhile = lambda: self._interrupt("wait", "")

    def act(self, action: str) -> None:
        """Do one thing."""
        actions: dict[str, Callable[[], object]] = {
            "commit": lambda: self.scene.commit(self.draw.draw(st.integers(1, 3))),
            "publish": self._publish,
            "happen": self._happen,
            "redeliver": self._redeliver,
            "restart": self.scene.publisher,
            "subscribe": self._join,
            "renew": self._renew,
            "pause": lambda: self._pause(self.draw.draw(st.sampled_from((0.1, 0.6)))),
        }
        actions[action]()

    def _happen(self) -> None:
        """Something that is published at once."""
        self.scene.commit()
        while not self.is_publishing and self.published < len(self.scene.commits):
            self._publish()

    def _redeliver(self) -> None:
        if not self.is_publishing:
            self.published = max(0, self.published - self.draw.draw(st.integers(1, 3)))

    def _join(self) -> None:
        self.viewers += 1
        screen = self.scene.screen(f"c-{self.viewers}")
        self.screens.append(screen)
        self._subscribe(screen)

    def _renew(self) -> None:
        if self.screens:
            self.may_double = True
            self._subscribe(self.draw.draw(st.sampled_from(self.screens)))

    def _pause(self, seconds: float) -> None:
        self.scene.clock.advance_to(self.scene.clock.now() + timedelta(seconds=seconds))

    def _publish(self) -> None:
        """One batch; a publisher that dies hands it out again."""
        batch = self.scene.commits[self.published : self.published + self.draw.draw(st.integers(1, 3))]
        if not batch or self.is_publishing:  # of one execution there is one publisher at a time
            return
        self.is_publishing = True
        try:
            self.scene.publish(*batch)
            self.published = batch[-1].number
        except Died:
            self.may_double = True
            self.scene.publisher()
        finally:
            self.is_publishing = False

    def _subscribe(self, screen: Screen) -> None:
        if screen.name in self.subscribing:  # a viewer waits for its answer
            return
        self.subscribing.add(screen.name)
        try:
            screen.look()
            self.scene.subscribe(screen, Topic("execution", "e"), after=screen.seen if screen.greeted else 0)
        finally:
            self.subscribing.discard(screen.name)

    def _interrupt(self, call: str, place: str) -> None:
        if self.budget == 0:
            return
        self.budget -= 1
        choice = self.draw.draw(st.sampled_from((*ACTIONS, *["nothing"] * 6, "die")))
        if choice == "die":
            if self.is_publishing and not self.subscribing and place.endswith("@pushed"):
                raise Died
        elif choice != "nothing":
            self.act(choice)

    def end(self) -> None:
        """Everything is published at last, undisturbed."""
        self.budget = 0
        self._pause(0.6)
        self.scene.commit()
        while self.published < len(self.scene.commits):
            self._publish()


@given(st.data())
def test_each_viewer_sees_every_change_once_whatever_happens_meanwhile(draw: st.DataObject) -> None:
    play = Play(draw)
    for action in draw.draw(st.lists(st.sampled_from(ACTIONS), min_size=3, max_size=12)):
        play.act(action)

    play.end()

    last = play.scene.commits[-1]
    everything = list(range(1, last.first_sequence + len(last.events)))
    for screen in play.screens:
        screen.look()
        assert screen.shown == everything
        assert (screen.gaps, screen.early) == ([], [])
        assert screen.doubles == [] or play.may_double  # only after a crash, or when it was asked for

"""Notices: listed newest first, read by each member for itself. Layer: tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.adapters.memory import MemoryEntries
from chalicelib.domain.errors import Conflict, Forbidden, InvalidCursor, NotFound
from chalicelib.engine.notices import Notices
from chalicelib.ports.notifications import Notice
from tests.unit.activities.fakes import NOON, FakeClock


class Board:
    def __init__(self, kept_days: int = 90) -> None:
        self.clock = FakeClock()
        self.entries = MemoryEntries(self.clock)
        self.notices = Notices(self.entries, self.clock, kept_days=kept_days)

    def post(self, text: str, group: str = "a", *, minute: int = 0) -> None:
        self.notices.post(
            Notice(group=group, subject="s", text=text, data={"n": 1}),
            id=f"{group}:{text}",
            at=NOON + timedelta(minutes=minute),
            execution_id="e-1",
            step_id="tell",
        )

    def texts(self, *groups: str, reader: str | None = None) -> list[str]:
        return [each.text for each in self.notices.page(groups, reader=reader, page_size=100).items]

    def id_of(self, text: str, group: str = "a") -> str:
        (found,) = [each.notice_id for each in self.notices.page([group], page_size=100).items if each.text == text]
        return found


def test_notices_of_all_groups_are_merged_when_they_are_listed() -> None:
    board = Board()
    board.post("first", "a")
    board.post("third", "a", minute=2)
    board.post("second", "b/ü#", minute=1)
    board.post("other", "c", minute=3)

    assert board.texts("a", "b/ü#") == ["third", "second", "first"]
    assert board.texts("nobody") == board.texts() == []


def test_pages_follow_each_other_when_there_is_a_cursor() -> None:
    board = Board()
    for number in range(5):
        board.post(f"t{number}", "a" if number % 2 else "b", minute=number)
    board.post("same minute", "a", minute=2)

    seen, cursor = [], None
    while True:
        page = board.notices.page(["a", "b"], page_size=2, cursor=cursor)
        seen += [each.text for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert sorted(seen) == sorted(["t0", "t1", "t2", "t3", "t4", "same minute"])
    assert (seen[0], seen[-1]) == ("t4", "t0")


def test_a_cursor_is_refused_when_it_belongs_to_other_groups() -> None:
    board = Board()
    board.post("x")
    board.post("y")
    cursor = board.notices.page(["a"], page_size=1).next_cursor

    with pytest.raises(InvalidCursor):
        board.notices.page(["b"], page_size=1, cursor=cursor)


def test_a_notice_is_read_by_each_for_itself() -> None:
    board = Board()
    board.post("x")
    board.post("y")

    read = board.notices.mark_read(board.id_of("x"), reader="ann", groups=["a"])
    board.notices.mark_read(board.id_of("x"), reader="bob", groups=None)
    again = board.notices.mark_read(board.id_of("x"), reader="ann", groups=["a"])

    assert (read.read_by, again.read_by) == (("ann",), ("ann", "bob"))
    assert board.texts("a", reader="ann") == ["y"]
    assert sorted(board.texts("a", reader="eve")) == ["x", "y"]
    assert again.data == {"n": 1}


def test_a_notice_is_not_for_others_when_they_are_not_in_its_group() -> None:
    board = Board()
    board.post("x")

    with pytest.raises(Forbidden):
        board.notices.mark_read(board.id_of("x"), reader="eve", groups=["b"])


@pytest.mark.parametrize("notice_id", ["", "x", "eA", "!!!", "ZWluIFRleHQ", "_____w"])
def test_it_is_not_found_when_an_id_names_no_notice(notice_id: str) -> None:
    with pytest.raises(NotFound) as missing:
        Board().notices.mark_read(notice_id, reader="ann", groups=None)
    assert missing.value.code == "NotificationNotFound"


def test_a_notice_goes_when_its_days_are_over() -> None:
    board, lasting = Board(kept_days=1), Board(kept_days=0)
    for each in (board, lasting):
        each.post("x")
        named = each.id_of("x")
        each.clock.advance(86_401)
        if each is board:
            with pytest.raises(NotFound):
                each.notices.mark_read(named, reader="ann", groups=None)

    assert (board.texts("a"), lasting.texts("a")) == ([], ["x"])


def test_another_try_is_asked_for_when_others_keep_changing_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    board.post("x")
    named = board.id_of("x")
    monkeypatch.setattr(board.entries, "replace", lambda *arguments, **options: False)

    with pytest.raises(Conflict):
        board.notices.mark_read(named, reader="ann", groups=["a"])


def test_the_first_attempt_counts_when_a_message_is_attempted_again() -> None:
    board = Board()

    first = board.notices.begin("m", now=NOON)
    board.notices.record("m", "d", {"message_id": "1"}, now=NOON)
    again = board.notices.begin("m", now=NOON + timedelta(hours=1))

    assert (first, again) == (NOON, NOON)
    assert board.notices.done("m") == {"d": {"message_id": "1"}}
    assert board.notices.done("other") == {}

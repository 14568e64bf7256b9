"""The child processes: reused, killed, replaced, and never in the way of threads and forks."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.expressions import NOTHING, sandbox
from chalicelib.domain.expressions.engine import EngineFault

LOOP = "($f := function($n) { $f($n + 1) }; $f(1))"
HUGE = (
    "$length($pad('x', 200000000))"  # in one piece: what grows bit by bit may be out of time first, on a busy machine
)


@pytest.fixture(autouse=True)
def _children() -> Iterator[None]:
    """Each test begins and ends without children."""
    sandbox.close()
    yield
    sandbox.close()


def idle_ids() -> list[int]:
    return [child._process.pid for child in sandbox._idle]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "value"),
    [("a + 1", 3), ("b", NOTHING), ("null", None), ("$x", "y"), ("[a, 1.5, {'c': 'é'}]", [2, 1.5, {"c": "é"}])],
)
def test_the_value_comes_back_when_a_child_evaluates(text: str, value: Any) -> None:
    assert sandbox.run(text, {"a": 2}, {"x": "y"}) == value


def test_one_child_serves_when_requests_follow_each_other() -> None:
    sandbox.run("1", {}, None)
    (pid,) = idle_ids()

    assert [sandbox.run("a", {"a": number}, None) for number in range(3)] == [0, 1, 2]
    assert idle_ids() == [pid]


def test_the_reason_comes_back_when_an_evaluation_fails() -> None:
    with pytest.raises(EngineFault, match="T2002") as failed:
        sandbox.run("1 - 'x'", {}, None)

    assert failed.value.exceeded is False
    assert len(sandbox._idle) == 1


def test_a_child_is_killed_when_it_takes_too_much_processor_time() -> None:
    sandbox.run("1", {}, None)
    (pid,) = idle_ids()

    with pytest.raises(EngineFault, match="longer than 250 ms") as failed:
        sandbox.run(LOOP, {}, None)

    assert failed.value.exceeded
    assert not alive(pid)
    assert idle_ids() == []
    assert sandbox.run("1", {}, None) == 1


def test_a_child_is_killed_when_it_gives_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.run("1", {}, None)
    (pid,) = idle_ids()
    monkeypatch.setattr(sandbox, "MAX_ANSWER_MILLISECONDS", 1)

    with pytest.raises(EngineFault, match="no answer after"):
        sandbox.run(LOOP, {}, None)

    assert not alive(pid)


@pytest.mark.parametrize("used", [False, True])
def test_a_child_ends_when_it_takes_too_much_memory(used: bool) -> None:
    if used:
        sandbox.run("1", {}, None)

    with pytest.raises(EngineFault, match="more than 128 MB of memory") as failed:
        sandbox.run(HUGE, {}, None)

    assert failed.value.exceeded
    assert sandbox._idle == type(sandbox._idle)()


def test_a_child_ends_when_the_request_alone_takes_too_much_memory() -> None:
    with pytest.raises(EngineFault, match="more than 128 MB of memory"):
        sandbox.run("1", {"a": "x" * 70_000_000}, None)


def test_another_child_answers_when_the_idle_one_has_died() -> None:
    sandbox.run("1", {}, None)
    (pid,) = idle_ids()
    os.kill(pid, signal.SIGTERM)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert sandbox.run("a", {"a": 5}, None) == 5
    assert idle_ids() != [pid]


def test_an_unknown_end_is_told_when_a_child_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    boot = "import os\nos.write(1, b'\\0\\0\\0\\1\\x90')\nos.read(0, 1)\nos._exit(5)"
    monkeypatch.setattr(sandbox, "_BOOT", boot)

    with pytest.raises(EngineFault, match="ended with status 5"):
        sandbox.run("1", {}, None)


def test_a_child_is_not_kept_when_enough_are_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_IDLE", 0)

    assert sandbox.run("1", {}, None) == 1
    assert idle_ids() == []


def test_a_child_is_killed_when_the_wait_for_it_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.run("1", {}, None)
    (pid,) = idle_ids()

    def interrupted(_read: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "unpack", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sandbox.run("1", {}, None)

    assert not alive(pid)


@pytest.mark.parametrize("fault", ["no interpreter", "it ends at once"])
def test_the_service_is_unavailable_when_no_child_can_be_started(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "no interpreter":
        monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    else:
        monkeypatch.setattr(sandbox, "_BOOT", "raise SystemExit(3)")

    with pytest.raises(Unavailable, match="cannot be started"):
        sandbox.run("1", {}, None)


@pytest.mark.parametrize("value", [object(), b"\xff".decode(errors="surrogateescape")])
def test_a_request_is_refused_when_it_holds_what_is_no_json(value: Any) -> None:
    with pytest.raises(EngineFault, match="not a JSON value"):
        sandbox.run("1", {"a": value}, None)


def test_every_thread_has_its_own_answer_when_several_evaluate_at_once() -> None:
    answers: dict[int, list[Any]] = {}

    def evaluate(number: int) -> None:
        answers[number] = [sandbox.run("$map(a, function($x) { $x * 2 })", {"a": [number, n]}, None) for n in range(5)]

    threads = [threading.Thread(target=evaluate, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {number: [[number * 2, n * 2] for n in range(5)] for number in range(6)}
    assert len(sandbox._idle) <= sandbox.MAX_IDLE


def test_a_forked_process_has_children_of_its_own_when_it_evaluates() -> None:
    sandbox.run("1", {}, None)
    (pid,) = idle_ids()
    forked = os.fork()
    if forked == 0:  # the answer is the exit status: nothing else of the test may run here
        status = 1
        try:
            mine_first = idle_ids() == []
            status = 0 if mine_first and sandbox.run("a", {"a": 2}, None) == 2 and idle_ids() != [pid] else 2
            sandbox.close()
        finally:
            os._exit(status)
    _, ended = os.waitpid(forked, 0)

    assert os.waitstatus_to_exitcode(ended) == 0
    assert sandbox.run("a", {"a": 3}, None) == 3
    assert idle_ids() == [pid]


def test_a_child_ends_when_its_parent_forgets_it() -> None:
    sandbox.run("1", {}, None)
    (pid,) = idle_ids()

    sandbox._forget()

    assert idle_ids() == []
    # its input has ended, and so does it
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_child_sees_nothing_of_the_environment_when_it_evaluates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVICE", "x")

    sandbox.run("1", {}, None)

    (pid,) = idle_ids()
    with open(f"/proc/{pid}/environ", "rb") as environment:  # noqa: PTH123 - procfs
        assert b"SECRET" not in environment.read()

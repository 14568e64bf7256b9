"""The evaluating process, without the process: what it answers, and when its timer runs."""

from __future__ import annotations

import io
import resource
import signal
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.expressions import worker
from chalicelib.domain.expressions.frames import pack, unpack


def served(*requests: list[Any]) -> tuple[list[Any], list[float]]:
    """The answers to requests, and what the timer was set to."""
    sink, timer = io.BytesIO(), list[float]()
    worker.serve(io.BytesIO(b"".join(map(pack, requests))), sink, timer.append)
    answers, source = [], io.BytesIO(sink.getvalue())
    while source.tell() < len(sink.getvalue()):
        answers.append(unpack(source.read))
    return answers, timer


def test_readiness_is_told_when_there_is_no_request() -> None:
    assert served() == ([[worker.READY]], [])


def test_each_request_is_answered_when_several_come() -> None:
    answers, timer = served(["a + 1", {"a": 1}, None], ["a", {}, None], ["$x", {}, {"x": None}])

    assert answers[1:] == [["value", 2], ["nothing"], ["value", None]]
    assert timer == [worker.MAX_CPU_SECONDS, 0] * 3


@pytest.mark.parametrize(
    ("text", "cause", "exceeded"),
    [
        ("1 - 'x'", "T2002: The right side of the - operator must evaluate to a number", False),
        ("[1..9999999]", "It built a list of more than 200,000 elements", True),
        ("$join([1..100000].('x'), '" + "y" * 50 + "')", worker.TOO_LARGE, True),
        ("1 +", "Parse error", False),
    ],
)
def test_the_reason_is_told_when_an_evaluation_fails(text: str, cause: str, exceeded: bool) -> None:
    ((kind, told, told_exceeded),) = served([text, {}, None])[0][1:]

    assert kind == "fault"
    assert told.startswith(cause)
    assert told_exceeded is exceeded


def redirect(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """One request comes in; what goes out is kept."""
    sink = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(pack(["1", {}, None]))))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=sink))
    return sink


def test_the_process_is_set_up_when_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = redirect(monkeypatch)
    done: list[tuple[Any, ...]] = []
    monkeypatch.setattr(signal, "signal", lambda *arguments: done.append(arguments))
    monkeypatch.setattr(resource, "setrlimit", lambda *arguments: done.append(arguments))
    monkeypatch.setattr(signal, "setitimer", lambda *arguments: done.append(arguments))

    worker.main()

    assert done == [
        (signal.SIGINT, signal.SIG_IGN),
        (resource.RLIMIT_CORE, (0, 0)),
        (signal.ITIMER_PROF, worker.MAX_CPU_SECONDS),
        (signal.ITIMER_PROF, 0),
    ]
    assert sink.getvalue() == pack([worker.READY]) + pack(["value", 1])


def test_the_status_tells_when_memory_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: Any) -> None:
        raise MemoryError

    redirect(monkeypatch)
    statuses: list[int] = []
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(worker, "serve", out_of_memory)
    monkeypatch.setattr("os._exit", statuses.append)

    worker.main()

    assert statuses == [worker.OUT_OF_MEMORY]

"""Expressions belong to no thread: whoever compiled one, every thread may evaluate it, and any may drop it."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.domain.expressions import compile_expression, engine

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_expression_gives_the_same_in_every_thread_whichever_compiled_it() -> None:
    expression = compile_expression("$sum($.input.lines.(price * quantity)) + 1")
    context = {"input": {"lines": [{"price": 2, "quantity": 3}]}}
    here = expression.evaluate(context, now=NOW)

    with ThreadPoolExecutor(max_workers=4) as pool:
        there = list(pool.map(lambda _: expression.evaluate(context, now=NOW), range(40)))

    assert here == 7
    assert there == [7] * 40


def test_program_made_in_another_thread_may_be_dropped_here() -> None:
    with ThreadPoolExecutor(max_workers=1) as pool:
        program = pool.submit(engine.compile_program, "1 + 1").result()

    assert program.run({}, None) == 2
    del program
    gc.collect()


def test_oldest_texts_of_a_thread_are_forgotten_and_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_KEPT", 2)

    def in_a_thread() -> tuple[list[str], int | object]:
        programs = [engine.compile_program(str(number)) for number in range(4)]
        return list(engine._of_thread.compiled), programs[0].run({}, None)

    with ThreadPoolExecutor(max_workers=1) as pool:
        kept, value = pool.submit(in_a_thread).result()

    assert kept == ["2", "3"]
    assert value == 0

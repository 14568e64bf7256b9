"""Names of human tasks."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.execution.human_tasks import parse_task_id, task_id


@pytest.mark.parametrize("execution_id", ["x", "order-7", "a.b_c:d", "bestellung-ä"])
@pytest.mark.parametrize("run_id", ["approve#1", "approve.large#12", "a#b#3"])
def test_task_id_names_its_run_and_fits_a_path(execution_id: str, run_id: str) -> None:
    named = task_id(execution_id, run_id)

    assert re.fullmatch(r"[A-Za-z0-9_-]+", named)
    assert parse_task_id(named) == (execution_id, run_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "approve",
        "ä",
        "a" * 5,
        task_id("x", "approve#1") + "=",
        task_id("x", "approve"),
        task_id("", "approve#1"),
        task_id("x", "#1"),
        task_id("x", "approve#one"),
        task_id("x", "approve#1")[:-1] + "!",
        "_-_-_-_-",
    ],
)
def test_text_is_no_task_id_when_nobody_made_it(text: str) -> None:
    assert parse_task_id(text) is None


def test_only_one_text_names_a_task() -> None:
    named = task_id("x1", "approve#1")
    last = named[-1]
    twins = [each for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if each != last]

    assert all(parse_task_id(named[:-1] + twin) != ("x1", "approve#1") for twin in twins)

"""Forms that both dialects allow, and what normalising makes of anything else."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.definitions.normalise import normalise, normalised
from tests.unit.definitions.samples import (
    Document,
    definition,
    document,
    edge,
    first_dialect,
    found,
    report,
    script,
    work,
)


def test_transitions_may_say_from_and_to() -> None:
    given = document(edges=[{"from": "start", "to": "end"}])

    assert definition(given) == definition(document())
    edges: list[Any] = [{"from": "start", "to": "nowhere"}, 5]
    assert found(document(edges=edges)) == [
        ("UnknownStep", "/transitions/0/to"),
        ("WrongType", "/transitions/1"),
    ]
    assert found(document(edges=[{**edge("start", "end"), "to": "end"}])) == [("UnknownField", "/transitions/0/to")]


def test_transitions_may_stand_inside_steps_in_the_main_dialect() -> None:
    ways: list[Any] = [{"to": "end"}, 5]
    given = document({**script("a"), "transitions": ways}, edges=[edge("start", "a")])

    assert found(given) == [("WrongType", "/steps/1/transitions/1")]


@pytest.mark.parametrize(
    ("given", "main"),
    [
        ({"max_attempts": 3, "initial_interval_ms": 1500, "max_interval_ms": None},
         {"max_attempts": 3, "initial_interval": 1.5}),
        ({"max_attempts": 3, "initial_interval": None, "initial_interval_ms": 2000, "max_interval": "PT1M"},
         {"max_attempts": 3, "initial_interval": 2.0, "max_interval": 60}),
        ({"max_retries": 2, "retry_intervals": ["PT1S", {"secs": 2}, 3]},
         {"max_retries": 2, "retry_intervals": [1, 2, 3]}),
    ],
)  # fmt: skip
def test_a_retry_policy_has_one_main_form(given: Document, main: Document) -> None:
    assert normalise(document(retry_policy=given))["retry_policy"] == main
    assert report(document(retry_policy=given)).findings == ()


@pytest.mark.parametrize(
    ("policy", "places"),
    [
        (5, [("WrongType", "/retry_policy")]),
        ({"max_retries": 1, "retry_intervals": 5}, [("WrongType", "/retry_policy/retry_intervals")]),
        ({"max_retries": 1, "retry_intervals": [1, "soon"]}, [("InvalidDuration", "/retry_policy/retry_intervals/1")]),
        ({"max_attempts": 1, "initial_interval_ms": True}, [("InvalidDuration", "/retry_policy/initial_interval_ms")]),
        ({"max_attempts": 1, "initial_interval_ms": -5}, [("InvalidDuration", "/retry_policy/initial_interval_ms")]),
        (
            {"max_attempts": 1, "initial_interval_ms": 10**400},
            [("InvalidDuration", "/retry_policy/initial_interval_ms")],
        ),
    ],
)
def test_a_retry_policy_is_reported_where_it_stands_when_it_is_broken(
    policy: Any, places: list[tuple[str, str]]
) -> None:
    assert found(document(retry_policy=policy)) == places


@pytest.mark.parametrize(
    ("given", "main"),
    [
        ("fail_workflow", {"type": "fail_workflow"}),
        ("ContinueWorkflow", {"type": "continue_workflow"}),
        ({"type": "continue_workflow"}, {"type": "continue_workflow"}),
        ({"type": "retry", "max_attempts": 3, "initial_interval": "PT5S"},
         {"type": "retry", "retry": {"max_attempts": 3, "initial_interval": 5}}),
        ({"type": "retry", "retry": {"max_attempts": 3, "initial_interval_ms": 5}},
         {"type": "retry", "retry": {"max_attempts": 3, "initial_interval": 0.005}}),
        ({"Retry": {"max_attempts": 3}}, {"type": "retry", "retry": {"max_attempts": 3}}),
    ],
)  # fmt: skip
def test_an_error_policy_has_one_main_form(given: Any, main: Document) -> None:
    assert normalise(document(default_error_policy=given))["default_error_policy"] == main
    assert report(document(default_error_policy=given)).findings == ()


@pytest.mark.parametrize(
    ("policy", "places"),
    [
        (5, [("WrongType", "/default_error_policy")]),
        ("explode", [("WrongType", "/default_error_policy")]),
        ({"type": "retry"}, [("MissingField", "/default_error_policy")]),
        ({"type": "retry", "max_attempts": 0}, [("InvalidValue", "/default_error_policy/max_attempts")]),
        ({"Retry": {"max_attempts": 0}}, [("InvalidValue", "/default_error_policy/Retry/max_attempts")]),
        ({"Retry": 5}, [("UnknownField", "/default_error_policy/Retry")]),
        ({"type": "fail_workflow", "max_attempts": 3}, [("UnknownField", "/default_error_policy/max_attempts")]),
        ({"type": "fail_workflow", "retry": {"max_attempts": 3}}, [("UnknownField", "/default_error_policy/retry")]),
    ],
)
def test_an_error_policy_is_reported_where_it_stands_when_it_is_broken(
    policy: Any, places: list[tuple[str, str]]
) -> None:
    assert found(document(default_error_policy=policy)) == places


def test_a_document_is_left_alone_when_it_is_in_the_main_dialect() -> None:
    given = document(script("a", retry_policy={"max_attempts": 2, "initial_interval": 1.5}), timeout=5)

    assert normalise(given) == given
    assert normalised(given).findings == []


@pytest.mark.parametrize("garbage", [None, 5, "x", [], {}, {"steps": 5}, {"steps": [None, 5, "x", [], {}]},
                                     {"steps": [{"id": 5, "step_type": "Decision", "transitions": [5, {}]}]},
                                     {"steps": [{"id": "a", "step_type": {"type": "decision", "conditions": [5]}}],
                                      "start_step_id": "a", "transitions": [5, {"from": "a"}]},
                                     {"steps": [{"id": "a", "step_type": "Decision"}], "transitions": 5,
                                      "start_step_id": "a"},
                                     {"start_step_id": 5, "steps": [{"id": "a", "step_type": "Parallel",
                                                                     "transitions": [{"target_id": "a"}]}]},
                                     {"human_intervention_points": [5, {"id": "p"}], "event_handlers": [5],
                                      "subscriptions": 7}])  # fmt: skip
def test_anything_can_be_normalised_when_it_is_garbage(garbage: Any) -> None:
    once = normalised(garbage).document

    assert normalised(once).document == once
    if isinstance(garbage, dict):
        assert report(garbage).definition is None


def test_the_id_of_the_first_step_is_asked_for_when_it_is_none() -> None:
    assert ("WrongType", "/start_step_id") in found({**first_dialect(work("a")), "start_step_id": 5})


def test_the_finding_is_about_the_first_step_when_it_is_unknown() -> None:
    given = first_dialect({"id": "a", "step_type": "End"}, start="b")

    assert found(given) == [("UnknownStep", "/start_step_id"), ("Unreachable", "/steps/0")]

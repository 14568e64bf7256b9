"""Mock files: what they mean, and every fault of one at once. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from weftctl.failures import UsageFailure
from weftctl.simulation.mocks import Outcome, parse_mocks


def task(step_id: str = "charge", *, run: int = 1, attempt: int = 1, activity_type: str = "shop.Charge") -> Task:
    return Task(
        execution_id="e1",
        workflow_id="w",
        run_id=f"{step_id}#{run}",
        attempt=attempt,
        activity_type=activity_type,
        input={"amount": 7},
        cause=1,
    )


def faults_of(document: Any) -> tuple[str, ...]:
    with pytest.raises(UsageFailure, match=r"^m\.json is no valid mock file") as caught:
        parse_mocks(document, file="m.json")
    return caught.value.details


@pytest.mark.parametrize(
    ("entry", "outcome"),
    [
        ({"result": {"a": 1}}, Outcome(result={"a": 1})),
        ({"result": None}, Outcome(result=None)),
        ({"result": 1, "delay": 2.5}, Outcome(result=1, delay_seconds=2.5)),
        ({"result": 1, "delay": "PT1M"}, Outcome(result=1, delay_seconds=60)),
        ({"result_expression": "$.input.amount * 2"}, Outcome(expression="$.input.amount * 2")),
        (
            {"error": {"code": "Declined", "message": "no"}, "delay": 1},
            Outcome(error=ErrorInfo(code="Declined", message="no"), delay_seconds=1),
        ),
        (
            {"error": {"code": "Declined", "message": "no", "retryable": False, "details": [1]}},
            Outcome(error=ErrorInfo(code="Declined", message="no", retryable=False, details=[1])),
        ),
    ],
)
def test_an_entry_gives_its_outcome_when_it_is_valid(entry: dict[str, Any], outcome: Outcome) -> None:
    assert parse_mocks({"charge": entry}, file="m.json").outcome(task()) == outcome


def test_the_step_id_wins_when_the_activity_type_is_mocked_too() -> None:
    mocks = parse_mocks({"shop.Charge": {"result": "type"}, "charge": {"result": "step"}}, file="m.json")
    assert mocks.outcome(task()) == Outcome(result="step")
    assert mocks.outcome(task("other")) == Outcome(result="type")
    assert mocks.outcomes("charge", "shop.Charge") == (Outcome(result="step"),)
    assert mocks.outcomes("other", "shop.Charge") == (Outcome(result="type"),)
    assert mocks.outcomes("other", "other") == ()


def test_nothing_is_answered_when_neither_is_mocked() -> None:
    assert parse_mocks({"refund": {"result": 1}}, file="m.json").outcome(task()) is None


def test_a_sequence_gives_one_outcome_an_attempt_and_repeats_its_last() -> None:
    sequence = [{"error": {"code": "E", "message": "m"}}, {"result": 1}, {"result": 2, "delay": 3}]
    mocks = parse_mocks({"charge": {"sequence": sequence}}, file="m.json")
    attempts = [task(attempt=1), task(attempt=2), task(run=2), task(run=2, attempt=2)]
    outcomes = [mocks.outcome(each) for each in attempts]
    assert outcomes == [
        Outcome(error=ErrorInfo(code="E", message="m")),
        Outcome(result=1),
        Outcome(result=2, delay_seconds=3),
        Outcome(result=2, delay_seconds=3),
    ]


def test_the_same_outcome_is_given_when_an_attempt_is_asked_about_twice() -> None:
    mocks = parse_mocks({"charge": {"sequence": [{"result": 1}, {"result": 2}]}}, file="m.json")
    assert mocks.outcome(task(attempt=1)) == Outcome(result=1)
    assert mocks.outcome(task(attempt=2)) == Outcome(result=2)
    assert mocks.outcome(task(attempt=1)) == Outcome(result=1)


def test_a_function_answers_by_the_name_it_is_registered_under() -> None:
    def charge(input: Any) -> Any:
        return input

    def wait(input: Any, context: Any) -> Any:
        return context

    mocks = parse_mocks({"charge": charge, "other": {"sequence": [wait, {"result": 1}]}}, file="mocks")
    first, second = mocks.outcome(task()), mocks.outcome(task("other"))
    assert first is not None
    assert second is not None
    names = (first.function or "", second.function or "")
    assert [mocks.functions.find(name).function for name in names] == [charge, wait]  # type: ignore[union-attr]
    assert mocks.outcome(task("other", attempt=2)) == Outcome(result=1)


@pytest.mark.parametrize("function", [lambda: 1, lambda input, context, more: 1, lambda input, *, more: 1, min])
def test_a_function_is_refused_when_it_cannot_take_an_input(function: Any) -> None:
    assert faults_of({"charge": function}) == ("/charge: a function of (input) or (input, context) was expected",)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (3, "/charge: an object was expected, not 3"),
        ({}, "/charge: exactly one of result, result_expression, error is needed, none given"),
        ({"delay": 1}, "/charge: exactly one of result, result_expression, error is needed, none given"),
        ({"result": 1, "error": {}}, "result and error given"),
        ({"reslt": 1}, "/charge/reslt: there is no field 'reslt' here (Did you mean 'result'?)"),
        ({"result": 1, "delay": -1}, "/charge/delay: -1 is no duration"),
        ({"result": 1, "delay": "soon"}, "/charge/delay: 'soon' is no duration"),
        ({"result": 1, "delay": True}, "/charge/delay: True is no duration"),
        ({"result": 1, "delay": 1e300}, "/charge/delay: 1e+300 is no duration"),
        ({"error": "boom"}, "/charge/error: an object was expected, not 'boom'"),
        ({"error": {"code": "E"}}, "/charge/error: the field 'message' is missing"),
        ({"error": {"code": 5, "message": "m"}}, "/charge/error/code: a text was expected, not 5"),
        ({"error": {"code": "E", "message": ""}}, "/charge/error/message: a text was expected"),
        ({"error": {"code": "E", "message": "m", "retryable": 1}}, "/charge/error/retryable: true or false"),
        ({"result_expression": 5}, "/charge/result_expression: an expression (a text) was expected"),
        ({"result_expression": "$.input.("}, "/charge/result_expression: the expression does not parse"),
        ({"sequence": []}, "/charge/sequence: a list of at least one outcome was expected"),
        ({"sequence": {"result": 1}}, "/charge/sequence: a list of at least one outcome was expected"),
        ({"sequence": [{"result": 1}], "delay": 1}, "/charge/delay: there is no field 'delay' here"),
        ({"sequence": [{"result": 1}, {"rsult": 1}]}, "/charge/sequence/1/rsult: there is no field"),
    ],
)
def test_a_fault_is_named_with_its_place_when_an_entry_is_wrong(entry: Any, fault: str) -> None:
    (found,) = faults_of({"charge": entry})
    assert fault in found


def test_every_fault_is_reported_at_once_when_there_are_several() -> None:
    assert len(faults_of({"a": {"delay": 1}, "b/c": 1, "d": {"result": 1}, "e": {"error": {}}})) == 4
    assert "/b~1c: " in faults_of({"b/c": 1})[0]


@pytest.mark.parametrize("document", [[], "x", None])
def test_the_file_is_refused_when_it_is_no_object(document: Any) -> None:
    assert faults_of(document) == ("/: an object {step id or activity type: outcome} was expected",)


def test_a_warning_names_the_key_when_it_matches_nothing() -> None:
    mocks = parse_mocks({"charge": {"result": 1}, "refnd": {"result": 1}}, file="m.json")
    (warning,) = mocks.unmatched({"charge", "refund", "shop.Charge"})
    assert "'refnd' names neither a step nor an activity type" in warning
    assert "Did you mean 'refund'?" in warning

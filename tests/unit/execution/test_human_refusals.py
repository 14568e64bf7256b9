"""Human steps: answers that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import Cancel, SubmitHuman
from chalicelib.domain.execution.decide import decide_all
from tests.unit.execution.asking import (
    ACTIONS,
    ask,
    play,
    point,
    refusal,
    submit,
)
from tests.unit.execution.play import Play, workflow

# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "findings"),
    [
        ({"discount": 5, "colour": 1}, [("UnknownField", "/data/colour", "'colour' is no field of this form")]),
        ({}, [("MissingField", "/data/discount", "discount: is required and missing")]),
        (None, [("MissingField", "/data/discount", "discount: is required and missing")]),
        ({"discount": "a lot"}, [("WrongType", "/data/discount", "discount: expected a number")]),
        ({"discount": 101}, [("InvalidValue", "/data/discount", "discount: 101 is refused, for $ >= 0 and $ <= 100")]),
        (
            {"discount": 2**60},
            [("InvalidValue", "/data/discount", "discount: $ >= 0 and $ <= 100 cannot be evaluated")],
        ),
        ("5", [("WrongType", "/data", "data: expected an object")]),
        (
            {"discount": -1, "note": 3, "x": 1},
            [
                ("UnknownField", "/data/x", "'x' is no field"),
                ("InvalidValue", "/data/discount", "discount: -1"),
                ("WrongType", "/data/note", "note: expected a string"),
            ],
        ),
    ],
)
def test_submission_is_refused_by_field_when_it_does_not_fit_the_form(
    data: Any, findings: list[tuple[str, str, str]]
) -> None:
    given = play()

    details = refusal(submit(given, "modify_data", data=data))

    assert details["code"] == "InvalidSubmission"
    found = [(finding["code"], finding["pointer"], finding["message"]) for finding in details["findings"]]
    assert [each[:2] for each in found] == [each[:2] for each in findings]
    for (_, _, message), (_, _, begin) in zip(found, findings, strict=True):
        assert message.startswith(begin)
        assert message in details["message"]
    assert given.state.runs["ask#1"].human is not None

    submit(given, "modify_data", 2, data={"discount": 10})
    assert given.task("then").input["said"]["data"] == {"discount": 10, "note": "none"}


def test_field_is_checked_with_its_nested_type_and_its_validation_sees_it_whole() -> None:
    span = {
        "name": "span",
        "field_type": {
            "type": "object",
            "fields": [
                {"name": "min", "field_type": {"type": "number"}, "required": True},
                {"name": "max", "field_type": {"type": "number"}, "default": 9},
            ],
        },
        "validation": "$.min < $.max",
    }
    given = play(allowed_actions=[{"type": "custom", "id": "limits", "field_definitions": [span]}])

    pointers = [
        [finding["pointer"] for finding in refusal(submit(given, "limits", number, data={"span": value}))["findings"]]
        for number, value in enumerate([{}, {"min": "x"}, {"min": 9}, {"min": 3, "max": 2}])
    ]
    assert pointers == [["/data/span/min"], ["/data/span/min"], ["/data/span"], ["/data/span"]]

    submit(given, "limits", 9, data={"span": {"min": 3}})
    assert given.task("then").input["said"]["data"] == {"span": {"min": 3, "max": 9}}


def test_answer_with_data_is_refused_when_the_action_has_no_form() -> None:
    details = refusal(submit(play(), "approve", data={"discount": 5}))
    assert details["findings"][0]["pointer"] == "/data/discount"


@pytest.mark.parametrize(
    ("action", "fields", "pointer"),
    [
        ("approve", {}, "/action"),
        ("modify", {}, "/action"),
        ("custom", {}, "/custom_action_id"),
        ("custom", {"custom_action_id": "ask-lega"}, "/custom_action_id"),
        ("custom", {"custom_action_id": "reject"}, "/custom_action_id"),
    ],
)
def test_answer_is_refused_when_its_action_is_not_allowed(action: str, fields: dict[str, Any], pointer: str) -> None:
    given = play(allowed_actions=ACTIONS[1:])

    details = refusal(submit(given, action, **fields))

    assert details["code"] == "InvalidSubmission"
    assert [(each["code"], each["pointer"]) for each in details["findings"]] == [("InvalidAction", pointer)]


@pytest.mark.parametrize(
    ("asked", "groups", "permitted"),
    [
        (["leads"], ("leads",), True),
        (["leads", "heads"], ("staff", "heads"), True),
        (["leads"], ("staff",), False),
        (["leads"], (), False),
        (["leads"], None, True),
        ([], (), True),
    ],
)
def test_only_a_member_of_the_groups_may_answer(
    asked: list[str], groups: tuple[str, ...] | None, permitted: bool
) -> None:
    given = play(user_groups=asked)

    events = submit(given, "approve", groups=groups)

    if permitted:
        assert given.state.latest["ask"].state == "completed"
    else:
        details = refusal(events)
        assert details["code"] == "NotPermitted"
        assert ", ".join(asked) in details["message"]


def test_first_valid_answer_wins() -> None:
    given = play()
    submit(given, "approve")

    details = refusal(given.tell(SubmitHuman(id="h2", step="ask", action="reject", by="bob")))

    assert details["code"] == "InvalidState"
    assert "no task that waits for an answer" in details["message"]
    assert given.state.status == "running"


def test_first_answer_wins_when_two_are_decided_together() -> None:
    given = play()
    answers = [SubmitHuman(id=name, step="ask", action="approve", by=name) for name in ("ann", "bob")]

    decision = decide_all(given.program, given.state, [answers[0], answers[0], answers[1]], given.now)

    assert [event.details["user"] for event in decision.events if event.type == "HumanInterventionSubmitted"] == ["ann"]
    assert [event.details["by"] for event in decision.events if event.type == "RequestRefused"] == ["bob"]
    assert decision.command_ids == ("request:ann", "request:bob")


def test_same_answer_twice_is_answered_once() -> None:
    given = play()
    assert submit(given, "approve")
    assert submit(given, "approve") == []


@pytest.mark.parametrize(
    ("step", "code"), [("nowhere", "UnknownStep"), ("then", "InvalidState"), ("ask#2", "InvalidState")]
)
def test_answer_is_refused_when_there_is_no_such_task(step: str, code: str) -> None:
    assert refusal(submit(play(), "approve", step=step))["code"] == code


def test_answer_is_refused_when_the_execution_has_ended() -> None:
    given = play()
    given.tell(Cancel(id="c"))

    assert "cannot be answered" in refusal(submit(given, "approve"))["message"]


def test_answer_names_its_run_when_several_wait() -> None:
    document = workflow(
        {"id": "each", "step_type": {"type": "map", "items": "[1,2]", "entry_step_id": "ask", "exit_step_id": "ask"}},
        ask(),
        transitions=[("start", "each"), ("each", "end")],
        human_intervention_points=[point()],
    )
    given = Play(document)

    assert refusal(submit(given, "approve"))["code"] == "Ambiguous"
    submit(given, "approve", 2, step="ask#2")
    submit(given, "approve", 3)

    assert given.state.status == "completed"

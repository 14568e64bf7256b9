"""From an exception to the error of a step: small, encodable, and about the user's own code.

Layer: tests.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.activities import ActivityError
from chalicelib.activities.failures import to_error_info
from chalicelib.domain.jsonvalue import dumps
from tests.unit.activities.fakes import error_of, outcome_of

HERE = __name__.partition(".")[0]


def fail_with(error: BaseException) -> None:
    raise error


def caught(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as raised:
        fail_with(error)
    return raised.value


def deeper(input: Any) -> Any:
    return json.loads(input["text"])


def test_only_frames_of_the_activity_are_shown_when_a_library_fails() -> None:
    error = error_of(outcome_of(deeper, input={"text": "{"}))
    assert error.message.startswith("JSONDecodeError: ")
    assert error.stack_trace is not None
    assert 'in deeper\n    return json.loads(input["text"])' in error.stack_trace
    assert error.stack_trace.count("File ") == 1
    assert "runner.py" not in error.stack_trace


def test_causes_are_shown_when_an_error_has_some() -> None:
    def work(input: Any) -> Any:
        try:
            fail_with(KeyError("sku"))
        except KeyError as error:
            raise ActivityError("NoSku", "the line has no sku") from error

    error = error_of(outcome_of(work))
    assert error.stack_trace is not None
    assert error.stack_trace.endswith("Caused by KeyError: 'sku'")


def test_no_cause_is_shown_when_it_was_put_aside() -> None:
    def work(input: Any) -> Any:
        try:
            fail_with(KeyError("sku"))
        except KeyError:
            raise ActivityError("NoSku", "the line has no sku") from None

    error = error_of(outcome_of(work))
    assert error.stack_trace is not None
    assert "Caused by" not in error.stack_trace


def test_few_causes_are_shown_when_there_are_many() -> None:
    def chain(depth: int) -> None:
        try:
            chain(depth - 1) if depth else fail_with(ValueError("root"))
        except ValueError as error:
            raise ValueError(f"level {depth}") from error

    error = to_error_info(caught_from(chain), package=HERE)
    assert error.stack_trace is not None
    assert error.stack_trace.count("Caused by") == 3


def caught_from(chain: Any) -> BaseException:
    with pytest.raises(ValueError, match="level 6") as raised:
        chain(6)
    return raised.value


def test_a_frame_count_is_bounded_when_the_stack_is_deep() -> None:
    def first(depth: int) -> None:
        return second(depth - 1) if depth else fail()

    def second(depth: int) -> None:
        return first(depth - 1) if depth else fail()

    def fail() -> None:
        raise ValueError("deep")

    error = error_of(outcome_of(lambda input: first(100)))
    assert error.stack_trace is not None
    assert error.stack_trace.count("File ") == 20
    assert "in fail" in error.stack_trace


def test_long_texts_are_cut_when_an_error_is_large() -> None:
    error = to_error_info(caught(ActivityError("C" * 500, "m" * 50_000)), package=HERE)
    assert len(error.code) == 128
    assert len(error.message) == 2_000
    assert error.message.endswith("…")


def test_the_error_can_be_encoded_when_its_text_is_not_unicode() -> None:
    error = to_error_info(caught(OSError("file \udcff is missing")), package=HERE)
    assert error.message == "OSError: file ? is missing"
    assert dumps(error.to_dict())


def test_the_type_is_told_when_the_message_cannot_be_made() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert to_error_info(caught(Mute()), package=HERE).message == "Mute: <no text: RuntimeError>"


@pytest.mark.parametrize("code", ["", None])
def test_a_code_is_there_when_the_activity_gave_none(code: Any) -> None:
    info = to_error_info(caught(ActivityError(code, "m")), package=HERE)
    assert info.code == "ActivityError"


@pytest.mark.parametrize(
    ("details", "note"), [({"at": {1}}, "is a set"), ("x" * 40_000, "40002 bytes"), ({1: 2}, "keys must be strings")]
)
def test_details_are_dropped_with_a_note_when_they_cannot_be_kept(details: Any, note: str) -> None:
    info = to_error_info(caught(ActivityError("Code", "message", details=details)), package=HERE)
    assert info.details is None
    assert info.message.startswith("message [The error's details ")
    assert note in info.message


def test_there_is_no_stack_when_no_frame_is_the_users() -> None:
    assert to_error_info(ValueError("never raised"), package=HERE).stack_trace is None

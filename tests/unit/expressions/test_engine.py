"""The engine's answers: missing told from null, numbers in JSON's form, every refusal with a reason."""

from __future__ import annotations

import math
from typing import Any

import pytest

from chalicelib.domain.expressions import NOTHING, engine
from chalicelib.domain.expressions.engine import EngineFault, Program, compile_program


def run(text: str, data: dict[str, Any] | None = None, bindings: dict[str, Any] | None = None) -> Any:
    return compile_program(text).run(data or {}, bindings)


def test_a_missing_value_is_told_from_null_when_a_field_is_read() -> None:
    assert run("a", {}) is NOTHING
    assert run("a", {"a": None}) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2", 3),
        ("6 / 2", 3),
        ("5 / 2", 2.5),
        ("a * 2", 3),
        ("[6 / 2, [1.5, 3.0]]", [3, [1.5, 3]]),
        ('{"x": 4 / 2}', {"x": 2}),
        ("1e20", 10**20),
        ("1e21", 1e21),
        ("-0.0", 0),
        ("0.1 + 0.2", 0.30000000000000004),
    ],
)
def test_a_number_has_the_form_of_json_when_it_is_computed(text: str, value: Any) -> None:
    computed = run(text, {"a": 1.5})

    assert computed == value
    assert repr(computed) == repr(value)


def test_variables_are_seen_when_they_are_bound() -> None:
    assert run("$x & '!'", {}, {"x": "hi"}) == "hi!"


@pytest.mark.parametrize(
    ("text", "cause", "exceeded"),
    [
        ("1e308 * 10", "A computed number is out of the range of a double", False),
        ("[1, 0 / 0]", "A computed number is out of the range of a double", False),
        ("$power(10, 400)", "A computed number is out of the range of a double", False),
        ('"a" + 1', "T2001: The left side of the + operator must evaluate to a number", False),
        ("$error('no')", "D3137: no", False),
        ("($f := function($n) { 1 + $f($n) }; $f(1))", "It recursed deeper than 400 levels", True),
        ("[1..9999999]", "It built a list of more than 200,000 elements", True),
        ("[1..99999999]", "It built a list of more than 200,000 elements", True),
        ("$reduce([1..300], function($a, $b) { [[$a]] }, 1)", "Its result nests deeper than 200 levels", True),
        ("$fromMillis(0, '[Y,100]')", "The engine failed", True),
    ],
)
def test_the_reason_is_given_when_an_evaluation_fails(text: str, cause: str, exceeded: bool) -> None:
    with pytest.raises(EngineFault) as failed:
        run(text)

    assert failed.value.cause.startswith(cause)
    assert failed.value.exceeded is exceeded


def test_the_reason_is_given_when_an_evaluation_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MAX_MILLISECONDS", 20)

    with pytest.raises(EngineFault, match="It took longer than 1000 ms") as failed:
        run("($f := function($n) { $f($n) }; $f(1))")

    assert failed.value.exceeded


@pytest.mark.parametrize("value", [object(), b"\xff".decode(errors="surrogateescape"), 2**70])
def test_a_value_is_refused_when_it_is_none_of_the_engine(value: Any) -> None:
    with pytest.raises(EngineFault, match="not a JSON value"):
        run("a", {"a": value})


@pytest.mark.parametrize("text", ["1 +", '"\\ud800"', "1}, {"])
def test_a_text_is_refused_when_the_engine_cannot_parse_it(text: str) -> None:
    with pytest.raises(EngineFault):
        compile_program(text)


class Raising:
    """Stands for the engine's own object."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def evaluate(self, data: Any, bindings: Any) -> Any:
        raise self.error


class PanicException(BaseException):
    pass


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (MemoryError(), MemoryError),
        (PanicException("PyObject pointer is null"), MemoryError),
        (PanicException("index out of bounds"), EngineFault),
    ],
)
def test_what_is_no_fault_of_the_expression_passes_when_the_engine_breaks_off(
    error: BaseException, expected: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = compile_program("1")
    monkeypatch.setattr(engine, "_compiled", lambda _: Raising(error))

    with pytest.raises(expected):
        program.run({}, None)


def test_a_result_is_finite_when_the_engine_lets_an_infinity_through() -> None:
    # what all the care in the printer is for
    assert run("a > 5", {"a": math.inf}) is True
    with pytest.raises(EngineFault, match="out of the range"):
        run("a", {"a": math.inf})


def test_a_program_is_one_text_when_it_is_used_again() -> None:
    program = Program("a + 1")

    assert [program.run({"a": number}, None) for number in (1, 2)] == [2, 3]

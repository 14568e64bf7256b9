"""Expressions that would eat time or memory end in an ``ExpressionError``, soon, and this process lives on.

Each one runs in a process of its own, whose memory is limited and measured: an attack that got through would end that
process, not the tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

# The interpreter, the engine and what the largest of the attacks hands over; nothing like what the attacks want.
MOST_MEMORY_MB = 200
MOST_CPU_SECONDS = 10

ATTACKER = """
import json, resource, sys, threading
from datetime import UTC, datetime
from chalicelib.domain.expressions import ExpressionFailure, ExpressionSyntaxError, compile_expression

def attack(text, context):
    try:
        value = compile_expression(text).evaluate(context, now=datetime(2026, 1, 1, tzinfo=UTC))
    except (ExpressionFailure, ExpressionSyntaxError) as error:
        return [error.code, type(error).__name__, error.message]
    return ["value", str(value)[:100]]

answers = []
texts, context, stack_kilobytes = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
if stack_kilobytes:
    threading.stack_size(stack_kilobytes * 1024)
for text in (*texts, "1 + 1", "$map([1], function($x) { $x + 1 })"):
    thread = threading.Thread(target=lambda: answers.append(attack(text, context)))
    thread.start()
    thread.join()
usage = resource.getrusage(resource.RUSAGE_SELF)
children = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = sum(each.ru_utime + each.ru_stime for each in (usage, children))
# ru_maxrss would count the tests too, from which this process was started
peak_kilobytes = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([answers, peak_kilobytes // 1024, cpu]))
"""


def attack(*texts: str, context: dict[str, Any] | None = None, stack_kilobytes: int = 0) -> list[list[str]]:
    """The answers to attacks; asserts that the process, and what it evaluates next, are unharmed."""
    process = subprocess.run(
        [sys.executable, "-c", ATTACKER],
        input=json.dumps([texts, context or {}, stack_kilobytes]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-2_000:]
    (*answers, after, after_that), memory_mb, cpu_seconds = json.loads(process.stdout)
    assert after == after_that == ["value", "2"]
    assert memory_mb < MOST_MEMORY_MB
    assert cpu_seconds < MOST_CPU_SECONDS
    return list(answers)


S = {"input": {"s": "a" * 20_000, "list": list(range(20_000)), "n": 1e9}}

BUILDERS = {
    "doubling in reduce": "$reduce([1..60], function($a, $b) { $a & $a }, 'xxxxxxxx')",
    "doubling in reduce, of lists": "$count($reduce([1..60], function($a, $b) { [$a, $a] }, 1))",
    "doubling in variables": "($a := 'xxxxxxxx'; " + "$a := $a & $a; " * 60 + "$length($a))",
    "doubling by composition": "($f := function($x) { $x & $x }; "
    + "".join(f"${b} := ${a} ~> ${a}; " for a, b in zip("fghij", "ghijk", strict=True))
    + "$length($k('xxxxxxxx')))",
    "doubling in objects": "($a := {'x': 1}; " + "$a := {'x': $a, 'y': $a}; " * 40 + "$string($a))",
    "escaping of escapes": "$length(" + "$string([" * 28 + "'\\\"'" + "])" * 28 + ")",
    "join": "$length($join($.input.list.('x'), $.input.s))",
    "replace": "$length($replace($.input.s, 'a', $.input.s))",
    "replace by regular expression": "$length($replace($.input.s, /a/, $.input.s))",
    "cartesian product": "$count($.input.list.($$.input.list))",
    "copies of everything": "$.input.list.{'a': $$.input.list}",
    "nested map": "$map($.input.list, function($x) { $map($$.input.list, function($y) { [$x, $y] }) })",
    "ranges of ranges": "$count([1..20000].([1..20000]))",
    "transform": "$reduce([1..60], function($a, $b) { $a ~> |$|{'y': $, 'z': $}| }, {'x': 1})",
    "width of a date": "$fromMillis(0, '[f,1000000000]')",
    "width of now": "$now('[f,1000000000]')",
    "digits of a roman number": "$formatInteger(999999999999, 'I')",
    "descendants of descendants": "$count(**.**.**.**)",
}
LOOPS = {
    "tail recursion": "($f := function($n) { $f($n + 1) }; $f(1))",
    "recursion": "($f := function($n) { 1 + $f($n + 1) }; $f(1))",
    "mutual recursion": "($f := function($g, $n) { $g($g, $n) }; $f($f, 1))",
    "anonymous recursion": "(function($f) { $f($f) })(function($f) { $f($f) })",
    "exponential recursion": "($f := function($n) { $n < 2 ? 1 : $f($n - 1) + $f($n - 2) }; $f(60))",
    "nested reduce": "$reduce([1..100000], function($a, $b) { $a + $sum([1..100000]) }, 0)",
    "distinct": "$count($distinct($.input.list))",
    "membership": "$count($.input.list[$ in $$.input.list])",
}
LISTS = {
    "huge range": "[1..10000000]",
    "huger range": "$sum([1..100000000])",
    "range from the input": "[1..$.input.n]",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", BUILDERS.values(), ids=BUILDERS.keys())
def test_memory_is_bounded_when_an_expression_builds_without_end(text: str) -> None:
    ((code, kind, message),) = attack(text, context=S)

    assert (code, kind) == ("ExpressionError", "ExpressionFailure")
    reasons = ("128 MB", "250 ms", "1000 ms", "elements", "larger than 4 MB", "nests deeper", "The engine failed")
    assert any(reason in message for reason in reasons), message


@pytest.mark.slow
@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS.keys())
def test_time_is_bounded_when_an_expression_loops(text: str) -> None:
    ((code, kind, message),) = attack(text, context=S)

    assert (code, kind) == ("ExpressionError", "ExpressionFailure")
    assert any(reason in message for reason in ("250 ms", "1000 ms", "recursed deeper")), message


@pytest.mark.slow
@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS.keys())
def test_lists_are_bounded_when_a_range_is_huge(text: str) -> None:
    ((code, kind, message),) = attack(text, context=S)

    assert (code, kind) == ("ExpressionError", "ExpressionFailure")
    assert "more than 200,000 elements" in message


@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern",
    [r"^(a+)+$", r"(a|a)*b", r"(a|aa)+$", r"(.*)*x", r"(\w+\s?)*$", r"((a*)*)*b", "(?:a?){30}a{30}", r"(x+x+)+y"],
)
def test_a_regular_expression_is_linear_when_it_would_be_catastrophic_elsewhere(pattern: str) -> None:
    context = {"input": {"s": "a" * 200_000}}

    ((kind, _),) = attack(f"$contains($.input.s & '!', /{pattern}/)", context=context)

    assert kind == "value"


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["((a{1,100}){1,100}){1,100}", "a{1000}{1000}{1000}", r"(\w{100}){100}"])
def test_a_regular_expression_is_refused_when_it_would_be_huge(pattern: str) -> None:
    ((code, kind, message),) = attack(f"$contains($.input.s, /{pattern}/)", context=S)

    assert (code, kind) == ("ExpressionError", "ExpressionFailure")
    assert "size limit" in message or "250 ms" in message or "128 MB" in message


REFUSED = {
    "$pad('x', 1000000000)": "not available",
    "'x' ~> $pad(1000000000)": "not available",
    "($p := $pad; $p('x', 1000000000))": "not available",
    "$eval('[1..1000000]')": "not available",
    "(" * 2_000 + "1" + ")" * 2_000: "Nested deeper",
    "[" * 2_000 + "]" * 2_000: "Nested deeper",
    '{"a":' * 600 + "1" + "}" * 600: "Nested deeper",
    "-" * 4_000 + "1": "Nested deeper",
    "1" + "+1" * 2_000: "operators in a row",
    "a" + "[0]" * 1_300: "Nested deeper",
    "a" + ".a" * 2_000: "operators in a row",
    "true?" * 700 + "1" + ":1" * 200: "Nested deeper",
    "$not(" * 600 + "1" + ")" * 600: "Nested deeper",
    "/*" + "x*" * 2_000: "comment is not closed",
    '"' + '\\"' * 2_000: "quote is not closed",
    "/" + "(" * 4_000: "regular expression",
    "x" * 5_000: "at most 4,096 bytes",
}


@pytest.mark.slow
@pytest.mark.parametrize("stack_kilobytes", [0, 512])
def test_registration_refuses_when_an_expression_cannot_be_bounded(stack_kilobytes: int) -> None:
    answers = attack(*REFUSED, stack_kilobytes=stack_kilobytes)

    for reason, (code, kind, message) in zip(REFUSED.values(), answers, strict=True):
        assert (code, kind) == ("ExpressionError", "ExpressionSyntaxError")
        assert reason in message


@pytest.mark.slow
def test_deep_values_do_no_harm_when_expressions_walk_them() -> None:
    value: Any = 1
    for _ in range(800):
        value = {"a": value}
    texts = ["$count($.input.**)", "$string($.input)", "$.input = $$.input", "$keys($.input)", "$.input.a.*"]

    answers = attack(*texts, context={"input": value}, stack_kilobytes=512)

    assert {answer[0] for answer in answers} <= {"value", "ExpressionError"}
    assert len(answers) == len(texts)

"""The engine's text: the same meaning, unmistakable names, no clock, no infinity that is swallowed."""

from __future__ import annotations

import pytest

from chalicelib.domain.expressions.parser import parse
from chalicelib.domain.expressions.printer import to_engine


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.input.and", "$.`input`.`and`"),
        ("'it is \"5\" \\u00e9'", '"it is \\"5\\" \\u00e9"'),
        ("a==1 /* one */", "`a` = 1"),
        ("true and null", "true and null"),
        ("a[b][0][]", "`a`[`b`][0][]"),
        ("a{b: c, d: 1}", "`a`{`b`:`c`,`d`:1}"),
        ("a^(b, >c)", "`a`^(<`b`,>`c`)"),
        ("a@$x.b#$y.%.c", "`a`@$x.`b`#$y.%.`c`"),
        ("a ? b : c", "`a` ? `b` : `c`"),
        ("a ? b", "`a` ? `b`"),
        ("a ?: b ?? c", "`a` ?: `b` ?? `c`"),
        ("($a := 1; $a;)", "($a := 1;$a)"),
        ("()", "()"),
        ("[1..3, a]", "[1..3,`a`]"),
        ("- -1", "- - 1"),
        ("*.**", "*.**"),
        ("$f(a, ?, /x\\/y/i)", "$f(`a`,?,/x\\/y/i)"),
        ("λ($a)<n:n>{$a}", "function($a)<n:n>{$a}"),
        ("a ~> |b|c|", "`a` ~> |`b`|`c`|"),
        ("a ~> |b|c,d|", "`a` ~> |`b`|`c`,`d`|"),
        ("$$", "$$"),
    ],
)
def test_the_same_is_said_when_a_tree_is_printed(text: str, expected: str) -> None:
    assert to_engine(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$now()", "$__now"),
        ("$millis() + 1", "$__millis + 1"),
        ("$now('[Y]', '+0100')", '$fromMillis($__millis,"[Y]","+0100")'),
    ],
)
def test_the_time_is_a_variable_when_an_expression_asks_for_it(text: str, expected: str) -> None:
    assert to_engine(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # it is the result, or becomes part of it
        ("1 + 2", "1 + 2"),
        ("[1 * 2]", "[1 * 2]"),
        ("{'a': 1 * 2}", '{"a":1 * 2}'),
        ("a.(b * c)", "`a`.(`b` * `c`)"),
        ("true ? 1 / 0 : 2 - 1", "true ? 1 / 0 : 2 - 1"),
        ("(1; 1 * 2)", "(1;1 * 2)"),
        ("-(1 * 2)", "- (1 * 2)"),
        # arithmetic hands it on
        ("(1 / 0) + 2 * 3", "(1 / 0) + 2 * 3"),
        ("(1 / 0) / 2", "(1 / 0) / 2"),
        # everything else swallows it
        ("2 / (1 / 0)", "2 / ($power(1 / 0,1))"),
        ("2 % (1 * 3)", "2 % ($power(1 * 3,1))"),
        ("1 / 0 > 5", "$power(1 / 0,1) > 5"),
        ("5 < 1 / 0", "5 < $power(1 / 0,1)"),
        ("'' & 1 * 2", '"" & $power(1 * 2,1)'),
        ("1 * 2 ? 3", "$power(1 * 2,1) ? 3"),
        ("(1 * 2; 3)", "($power(1 * 2,1);3)"),
        ("a[1 * 2]", "`a`[$power(1 * 2,1)]"),
        ("$max([1 * 2])", "$max([$power(1 * 2,1)])"),
        ("($a := 1 * 2)", "($a := $power(1 * 2,1))"),
        ("(1 * 2).a", "($power(1 * 2,1)).`a`"),
        ("[1..1 * 2]", "[1..$power(1 * 2,1)]"),
        ("{1 * 2: 3}", "{$power(1 * 2,1):3}"),
        ("(1 * 2) ?: 3", "($power(1 * 2,1)) ?: 3"),
        ("function() {1 * 2}()", "function(){$power(1 * 2,1)}()"),
        # functions that may overflow
        ("$sum(a)", "$sum(`a`)"),
        ("$sum(a.(b * c)) > 5", "$power($sum(`a`.(`b` * `c`)),1) > 5"),
        ("$round(a, 9) = 1", "$power($round(`a`,9),1) = 1"),
        ("a ~> $sum() > 5", "$power(`a` ~> $sum(),1) > 5"),
        ("a ~> $sum > 5", "$power(`a` ~> $sum,1) > 5"),
        ("a ~> $sum ~> $string", "`a` ~> $sum ~> $string"),
        ("[a ~> $sum()][0]", "[`a` ~> $sum()][0]"),
        ("$string(a ~> $sum())", "$string($power(`a` ~> $sum(),1))"),
        # a function, not a number
        ("($f := $map(?, $string) ~> $sum; 1)", "($f := $map(?,$string) ~> $sum;1)"),
    ],
)
def test_an_infinity_cannot_be_swallowed_when_arithmetic_overflows(text: str, expected: str) -> None:
    assert to_engine(parse(text)) == expected

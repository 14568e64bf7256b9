"""Random contexts and random expressions over them, as text.

Layer: tests. The expressions are well formed, mostly meaningless, and use the fields that the contexts have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from chalicelib.domain.expressions import ExpressionFailure, ExpressionSyntaxError


def outcome(action: Callable[[], Any]) -> Any:
    """What an action gives, or the error of the expression that it raises."""
    try:
        return action()
    except (ExpressionSyntaxError, ExpressionFailure) as error:
        return error


FIELDS = ("a", "b", "c")

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([0.5, -1.5, 1e10, 1e-7]),
    st.sampled_from(["", "x", "a", 'q"\\', "é\U0001f600"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(FIELDS), values, min_size=1, max_size=3)


@st.composite
def contexts(draw: st.DrawFn) -> dict[str, Any]:
    """Input and variables, some steps."""
    return {
        "input": draw(objects),
        "context": draw(objects),
        "steps": draw(st.dictionaries(st.sampled_from(("s1", "s2")), st.fixed_dictionaries({"output": values}))),
    }


roots = st.sampled_from(
    ["$.input", "$$.context", "$.input.a", "$.input.b", "input.c", "$.context.a", "$.steps.s1.output", "$.steps"]
)
literals = st.sampled_from(["1", "0", "2.5", '"x"', "'a'", "true", "false", "null", '"q\\"\\\\"', "[]", "{}", "[1,2]"])
names = st.sampled_from(FIELDS)
binary = st.sampled_from(["+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"])
unary_functions = st.sampled_from(
    ["$sum", "$count", "$string", "$exists", "$not", "$boolean", "$type", "$keys", "$reverse", "$distinct", "$max",
     "$average", "$number", "$abs", "$length", "$uppercase", "$merge", "$spread", "$sort", "$floor", "$trim"]
)  # fmt: skip


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    item = st.one_of(names, names, st.just("$"), inner.filter(lambda text: "$." not in text.replace("$$.", "")))
    return st.one_of(
        st.builds("{} {} {}".format, inner, binary, inner),
        st.builds("({})".format, inner),
        st.builds("-({})".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds('{{"a": {}, "b": {}}}'.format, inner, inner),
        st.builds("({}).{}".format, inner, names),
        st.builds("({}).({})".format, inner, item),
        st.builds("({})[{}]".format, inner, item),
        st.builds("({})[{}]".format, inner, st.integers(-2, 2)),
        st.builds("({})[]".format, inner),
        st.builds("({})^(>{})".format, inner, names),
        st.builds("({}){{$string({}): {}}}".format, inner, names, item),
        st.builds("({}).*".format, inner),
        st.builds("({}).**".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("({} ?: {})".format, inner, inner),
        st.builds("({} ?? {})".format, inner, inner),
        st.builds("{}({})".format, unary_functions, inner),
        st.builds("({} ~> {})".format, inner, unary_functions),
        st.builds("({} ~> {}())".format, inner, unary_functions),
        st.builds("({} ~> {}() {} {})".format, inner, unary_functions, binary, inner),
        st.builds("$append({}, {})".format, inner, inner),
        st.builds("($v := {}; {} & $v)".format, inner, inner),
        st.builds("($v := {}; $w := [$v, $v]; $w.({}))".format, inner, item),
        st.builds("$map({}, function($i) {{ [$i, {}] }})".format, inner, inner),
        st.builds("$filter({}, function($i) {{ $i = {} }})".format, inner, inner),
        st.builds("($f := function($i) {{ {} }}; $f({}))".format, inner, inner),
        st.builds("({})@$v.[$v, {}]".format, roots, names),
        st.builds("({})#$v.[$v, {}]".format, roots, names),
        st.builds("({}).{}.%.{}".format, roots, names, names),
    )


expressions = st.recursive(st.one_of(roots, roots, literals), _grown, max_leaves=5)
